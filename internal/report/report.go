// Package report says what may be asked of a customer's tenant: a call, as
// Microsoft's documentation writes it, checked before anything runs. It is one of
//
//   - a usage report of Graph, such as getMailboxUsageDetail(period='D7'), which
//     the catalogue knows with its parameters and columns;
//   - a cmdlet of Exchange Online, such as Get-MailFlowStatusReport -StartDate
//     {today-2} -EndDate {today-1}: one that reads, in PowerShell's way of writing
//     names and values but never given to PowerShell. Whether Exchange has it, and
//     takes those parameters, Exchange says;
//   - a cmdlet that Microsoft retired, answered by a report of Graph;
//   - our own report, access.
//
// The canonical text of a call parses back to the same call, and it is printable
// ASCII without two spaces in a row, fit for a blob's metadata: what is not, in a
// cmdlet's values too, is refused. The package does no I/O.
package report

import (
	"fmt"
	"slices"
	"strings"
)

// Access is the function of our own report, one row for every customer with what
// it lets us do, and the name that no other report may have.
const Access = "access"

// Kind says who answers a call.
type Kind int

// The kinds of calls.
const (
	Graph    Kind = iota // a usage report of Microsoft Graph, also in place of a retired cmdlet
	Exchange             // a cmdlet of Exchange Online
	Own                  // our own report, access
)

// Call is one report with its parameters. Calls are equal (==) when their texts
// are: they ask for the same thing. Only Parse makes one: the zero Call asks for
// nothing.
type Call struct {
	function   string
	period     string
	version    string
	date       string // YYYY-MM-DD, {today} or {today-N}
	from, to   string // likewise, of a retired cmdlet
	parameters string // canonical, of a cmdlet
}

// Parse reads a call: getMailboxUsageDetail(period='D7'),
// getEmailActivityUserDetail(date={today-3}), a function without parameters, such
// as access, with or without its empty parentheses, or a cmdlet. The error names
// what is wrong and what is accepted; it is one line.
//
// Source: https://learn.microsoft.com/graph/api/resources/report
func Parse(text string) (Call, error) {
	text = strings.TrimSpace(text)
	call, err := parse(text)
	if err != nil {
		return Call{}, fmt.Errorf("call %q: %w", text, err)
	}
	return call, nil
}

// String returns the canonical text of the call, which Parse reads back.
func (c Call) String() string {
	switch {
	case c.from != "":
		return c.retiredText()
	case c.parameters != "":
		return c.function + " " + c.parameters
	}
	return c.function + c.inParentheses(c.period, c.date)
}

// Function returns the name of the report function or cmdlet, such as
// getMailboxUsageDetail; of a retired cmdlet its own, not its successor's.
func (c Call) Function() string { return c.function }

// Kind says who answers the call.
func (c Call) Kind() Kind {
	switch {
	case c.function == Access:
		return Own
	case c.from == "" && strings.HasPrefix(c.function, getVerb):
		return Exchange
	}
	return Graph
}

// Path returns the path and parameters below https://graph…/v1.0, such as
// /reports/getMailboxUsageDetail(period='D7'). {today-N} counts back from d, the
// run's date; the period that answers a retired cmdlet is the smallest that holds
// its dates, counted from today. Only calls of kind Graph have one.
func (c Call) Path(d, today Date) string {
	name, period := c.function, c.period
	if c.from != "" {
		name, period = retirements[c.function].runs, periodSince(Date(fillIn(c.from, d)), today)
	}
	return catalogue[name].under + name + c.inParentheses(period, fillIn(c.date, d))
}

// Columns returns the documented columns of the report, of access all it has, of
// a cmdlet none: Exchange documents none. Microsoft adds and drops columns without
// notice: a body that has none of these is no such report, but one that lacks some
// may well be.
func (c Call) Columns() []string {
	name := c.function
	if c.from != "" {
		name = retirements[name].runs
	}
	return slices.Clone(catalogue[name].columns)
}

// AsOfNow tells whether the call answers with the newest data whatever the run's
// date: every report but those that ask for certain days.
func (c Call) AsOfNow() bool {
	if c.from != "" {
		return !retirements[c.function].daily()
	}
	return c.date == "" && !c.dated()
}

// OneDay tells whether the call is Graph's report of a single day (date=).
func (c Call) OneDay() bool { return c.date != "" }

// AnswerableOn returns why Microsoft does not answer the call, today, for a run of
// date d, or nil: days that it no longer keeps, or that are yet to come. The
// error names the limit. A cmdlet is not judged: Exchange has a limit for each.
func (c Call) AnswerableOn(d, today Date) error {
	var err error
	switch from, to := fillIn(c.from, d), fillIn(c.to, d); {
	case c.date != "":
		err = singleDays.cover(Date(fillIn(c.date, d)), today)
	case from > to:
		err = outOfOrder(from, to)
	case from != "":
		err = periodDays.cover(Date(from), today)
	}
	if err != nil {
		return fmt.Errorf("call %q: %w", c, err)
	}
	return nil
}

func (c Call) inParentheses(period, date string) string {
	var parameters []string
	if period != "" {
		parameters = append(parameters, "period='"+period+"'")
	}
	if c.version != "" {
		parameters = append(parameters, "version='"+c.version+"'")
	}
	if date != "" {
		parameters = append(parameters, "date="+date)
	}
	if len(parameters) == 0 {
		return ""
	}
	return "(" + strings.Join(parameters, ",") + ")"
}
