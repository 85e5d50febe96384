// Package report says what may be asked of a customer's tenant: a call, as
// Microsoft's documentation writes it, checked before anything runs. It is one of
//
//   - a usage report of Graph, such as getMailboxUsageDetail(period='D7'), whose
//     parameters and columns are in the catalogue;
//   - a cmdlet of Exchange Online, such as Get-MailFlowStatusReport -StartDate
//     {today-2} -EndDate {today-1}: one that reads, with names and values written
//     as in PowerShell, but never passed to PowerShell. Exchange itself says
//     whether it has the cmdlet and accepts those parameters;
//   - a collection of Graph v1.0 that can be read, such as
//     /users?$select=id,displayName&$top=500, or a short name for one, such as
//     licenses;
//   - a cmdlet that Microsoft retired, answered by a report of Graph;
//   - our own report, access.
//
// The canonical text of a call parses back to the same call. It is printable ASCII
// without two spaces in a row, so that it fits into a blob's metadata: other
// characters of a cmdlet's values are in it as PowerShell escapes them. The package
// does no I/O.
//
// It exports more names than most packages because it also describes dates and
// permissions, which all calls have.
package report

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Kind says who answers a call.
type Kind int

// The kinds of calls.
const (
	Graph      Kind = iota // a usage report of Microsoft Graph, also in place of a retired cmdlet
	Exchange               // a cmdlet of Exchange Online
	Own                    // our own report, access
	Collection             // a collection of Microsoft Graph, answered in pages of JSON
)

// callKind is what a call asks for, and so which files know more about it. A new
// kind begins with a constant, a case of parse, and files of its own.
type callKind int

const (
	usageCall      callKind = iota // usage.go: a usage report of Graph
	cmdletCall                     // cmdlet.go: a cmdlet of Exchange
	retiredCall                    // retired_call.go: a cmdlet that a usage report answers
	ownCall                        // own.go: our own report
	collectionCall                 // collection.go: a collection of Graph
)

// maxText is the longest call in bytes, before it is converted to its canonical
// form, so that refusing a wrong one never takes long.
const maxText = 4 << 10

// Call is one report with its parameters. Calls are equal (==) when their texts
// are: they ask for the same thing. Only Parse makes one: the zero Call asks for
// nothing.
type Call struct {
	kind     callKind
	function string

	period, version, date string // of a usage report; the date is YYYY-MM-DD, {today} or {today-N}
	path                  string // of a collection, canonical
	parameters            string // of a cmdlet, or a collection's query, canonical
	pipes                 string // likewise, of what a cmdlet's rows are piped to
	from, to              string // of a retired cmdlet, dates as above
}

// Parse reads a call: getMailboxUsageDetail(period='D7'),
// getEmailActivityUserDetail(date={today-3}), a function without parameters, such
// as access, with or without its empty parentheses, a cmdlet, a collection's path,
// or a short name. The error names what is wrong and what is accepted; it is one
// line.
//
// Sources: https://learn.microsoft.com/graph/api/resources/report
// https://learn.microsoft.com/graph/query-parameters
func Parse(text string) (Call, error) {
	text = strings.TrimSpace(text)
	call, err := parse(text)
	if err != nil {
		return Call{}, fmt.Errorf("call %q: %w", clip(text), err)
	}
	return call, nil
}

func parse(text string) (Call, error) {
	if short, ok := shortNames.find(text); ok {
		text = short.Call
	}
	switch {
	case text == "":
		return Call{}, errors.New("empty: want a usage report of Graph v1.0, such as " + usageExample + ", a collection, such as " + collectionExample + ", or a cmdlet, such as " + cmdletExample)
	case len(text) > maxText:
		return Call{}, fmt.Errorf("it is %d bytes long: want %d at most", len(text), maxText)
	case !utf8.ValidString(text):
		return Call{}, errors.New("it is not UTF-8: want it in UTF-8")
	case strings.ContainsAny(text, "\r\n"):
		return Call{}, errors.New("it has a line break: want a call on one line, and \";\" between two reports")
	case verbNoun.MatchString(text):
		return parseCmdlet(text) // or a retired one
	case strings.ContainsRune("&($.", rune(text[0])):
		return Call{}, errors.New("want it to begin with the name of a cmdlet or a report, and nothing around it")
	}
	return parseAddress(text)
}

// String returns the canonical text of the call, which Parse reads back.
func (c Call) String() string {
	switch c.kind {
	case cmdletCall:
		return c.cmdletText()
	case retiredCall:
		return c.retiredText()
	case collectionCall:
		return c.collectionText()
	}
	return c.function + c.inParentheses(c.period, c.date)
}

// Function returns the name of the report function or cmdlet, such as
// getMailboxUsageDetail; for a retired cmdlet its own, not its successor's; for a
// collection the last segment of its path. It is a valid name of a report.
func (c Call) Function() string { return c.function }

// Kind says who answers the call.
func (c Call) Kind() Kind {
	switch c.kind {
	case cmdletCall:
		return Exchange
	case ownCall:
		return Own
	case collectionCall:
		return Collection
	}
	return Graph
}

// Path returns the path and parameters below https://graph…/v1.0, such as
// /reports/getMailboxUsageDetail(period='D7') or
// /users?$select=id,displayName&$top=500, escaped. {today-N} counts back from d,
// the run's date; the period that answers a retired cmdlet is the smallest that
// holds its dates, counted from today. Only calls of kinds Graph and Collection
// have one.
func (c Call) Path(d, today Date) string {
	if c.kind == collectionCall {
		return toAddress.Replace(fillIn(c.collectionText(), d))
	}
	name, period := c.answeredBy(), c.period
	if c.kind == retiredCall {
		period = periodSince(Date(fillIn(c.from, d)), today)
	}
	return catalogue[name].under + name + c.inParentheses(period, fillIn(c.date, d))
}

// Columns returns the documented columns of a usage report, all columns of access,
// and none for cmdlets and collections, whose answers determine them. Microsoft
// adds and drops columns without notice: a body that has none of these is not the
// report, but one that lacks some may well be.
func (c Call) Columns() []string { return slices.Clone(catalogue[c.answeredBy()].columns) }

// HowToNarrow says how REPORTS asks for fewer columns, as a remedy; empty if a call
// of this kind can't.
func (c Call) HowToNarrow() string {
	switch c.Kind() {
	case Collection:
		return "Add $select to the path in REPORTS, with the names of the properties that you need."
	case Exchange:
		return "Add | Select-Object after the cmdlet in REPORTS, with the names of the columns that you need."
	}
	return ""
}

// answeredBy is the function in the catalogue, if the call has one there.
func (c Call) answeredBy() string {
	switch c.kind {
	case retiredCall:
		return retirements[c.function].runs
	case collectionCall:
		return ""
	}
	return c.function
}

// AsOfNow reports whether the call answers with the newest data whatever the run's
// date is: all reports do, except those that ask for certain days.
func (c Call) AsOfNow() bool {
	switch c.kind {
	case cmdletCall:
		return !c.dated()
	case retiredCall:
		return !retirements[c.function].daily()
	case collectionCall:
		return !strings.Contains(c.collectionText(), "{today")
	}
	return c.date == ""
}

// OneDay reports whether the call is Graph's report of a single day (date=).
func (c Call) OneDay() bool { return c.date != "" }

// AnswerableOn returns why Microsoft does not answer the call, today, for a run of
// date d, or nil: days that it no longer keeps, or that are in the future. The
// error names the limit. Cmdlets are not checked: Exchange has a different limit
// for each.
func (c Call) AnswerableOn(d, today Date) error {
	var err error
	switch {
	case c.kind == retiredCall:
		err = c.retiredDays(d, today)
	case c.OneDay():
		err = singleDays.cover(Date(fillIn(c.date, d)), today)
	}
	if err != nil {
		return fmt.Errorf("call %q: %w", c, err)
	}
	return nil
}
