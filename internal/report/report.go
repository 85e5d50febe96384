// Package report says what may be asked of a customer's tenant: a call, as
// Microsoft's documentation writes it, or our own report access, checked against
// the catalogue before anything runs. Any other call that this package parses is
// one that Microsoft knows, its canonical text parses back to the same call, and
// that text is printable ASCII, fit for a blob's metadata. The package does no
// I/O.
package report

import (
	"fmt"
	"slices"
	"strings"
)

// Access is the function of our own report, one row for every customer with what
// it lets us do, and the name that no other report may have.
const Access = "access"

// Call is one usage report of Microsoft Graph v1.0 with its parameters, or our
// own report. Calls are equal (==) when they ask for the same thing, and so are
// their texts. Only Parse makes one: the zero Call asks for nothing.
type Call struct {
	function string
	period   string
	version  string
	date     string // YYYY-MM-DD, {today} or {today-N}
}

// Parse reads a call: getMailboxUsageDetail(period='D7'),
// getEmailActivityUserDetail(date={today-3}), or a function without parameters,
// such as access, with or without its empty parentheses. The error names what is wrong and what
// is accepted.
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
func (c Call) String() string { return c.with(c.date) }

// Function returns the name of the report function, such as
// getMailboxUsageDetail.
func (c Call) Function() string { return c.function }

// Path returns the path and parameters below https://graph…/v1.0, such as
// /reports/getMailboxUsageDetail(period='D7'). {today-N} counts back from d, the
// run's date. Access has none: it is not asked of Graph.
func (c Call) Path(d Date) string {
	return catalogue[c.function].under + c.with(dayOn(c.date, d))
}

// Columns returns the documented columns of the report, or, where its own are
// not in the catalogue, those that usage reports share; of Access, all it has. Microsoft adds and drops
// columns without notice: a body that has none of these is no such report, but
// one that lacks some may well be.
func (c Call) Columns() []string { return slices.Clone(catalogue[c.function].columns) }

// AsOfNow tells whether the call answers with the newest data whatever the run's
// date: every report but that of a single day.
func (c Call) AsOfNow() bool { return c.date == "" }

func (c Call) with(date string) string {
	var parameters []string
	if c.period != "" {
		parameters = append(parameters, "period='"+c.period+"'")
	}
	if c.version != "" {
		parameters = append(parameters, "version='"+c.version+"'")
	}
	if date != "" {
		parameters = append(parameters, "date="+date)
	}
	if len(parameters) == 0 {
		return c.function
	}
	return c.function + "(" + strings.Join(parameters, ",") + ")"
}
