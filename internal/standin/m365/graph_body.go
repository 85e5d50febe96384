package m365

import (
	"bytes"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	byteOrderMark = "\ufeff"
	extraColumn   = "Recipient Type"
	signInPage    = "<!DOCTYPE html>\n<html><head><title>Sign in to your account</title></head><body>Sign in</body></html>\n"
)

// columns has the columns of the functions whose rows are like the real ones; see
// columnsOf.
var columns = map[string][]string{
	"getMailboxUsageDetail": {
		"Report Refresh Date", "User Principal Name", "Display Name", "Is Deleted", "Deleted Date", "Created Date",
		"Last Activity Date", "Item Count", "Storage Used (Byte)", "Issue Warning Quota (Byte)", "Prohibit Send Quota (Byte)",
		"Prohibit Send/Receive Quota (Byte)", "Deleted Item Count", "Deleted Item Size (Byte)", "Deleted Item Quota (Byte)",
		"Has Archive", "Report Period",
	},
	"getEmailActivityUserDetail": {
		"Report Refresh Date", "User Principal Name", "Display Name", "Is Deleted", "Deleted Date", "Last Activity Date",
		"Send Count", "Receive Count", "Read Count", "Meeting Created Count", "Meeting Interacted Count", "Assigned Products",
		"Report Period",
	},
	"getOffice365ActivationsUserDetail": {
		"Report Refresh Date", "User Principal Name", "Display Name", "Product Type", "Last Activated Date", "Windows", "Mac",
		"Windows 10 Mobile", "iOS", "Android", "Activated On Shared Computer",
	},
	"getEmailAppUsageUserDetail": {
		"Report Refresh Date", "User Principal Name", "Display Name", "Is Deleted", "Deleted Date", "Last Activity Date",
		"Mail For Mac", "Outlook For Mac", "Outlook For Windows", "Outlook For Mobile", "Other For Mobile", "Outlook For Web",
		"POP3 App", "IMAP4 App", "SMTP App", "Report Period",
	},
	"getEmailActivityCounts": {"Report Refresh Date", "Send", "Receive", "Read", "Report Date", "Report Period"},
	"getMicrosoft365CopilotUsageUserDetail": {
		"Report Refresh Date", "User Principal Name", "Display Name", "Last Activity Date", "Copilot Chat Last Activity Date",
		"Microsoft Teams Copilot Last Activity Date", "Word Copilot Last Activity Date", "Excel Copilot Last Activity Date",
		"PowerPoint Copilot Last Activity Date", "Outlook Copilot Last Activity Date", "OneNote Copilot Last Activity Date",
		"Loop Copilot Last Activity Date", "Report Period",
	},
}

// secondColumns are the columns that version 2 of a Copilot report of users adds.
var secondColumns = []string{
	"Prompts submitted for all apps", "Prompts submitted for Copilot Chat (work)", "Prompts submitted for Copilot Chat (web)",
	"Active Usage Days for all apps", "Copilot Chat (work) Last Activity Date", "Copilot Chat (web) Last Activity Date",
	"Microsoft 365 Copilot Last Activity Date", "Edge Last Activity Date", "Copilot Agent Last Activity Date",
}

// columnsOf returns a report's columns. Functions without columns of their own get
// those of mailbox counts, or a plain list of users.
func columnsOf(got call) []string {
	own := columns[got.function]
	if own != nil && got.second {
		return slices.Concat(own, secondColumns)
	}
	if own != nil {
		return own
	}
	if got.detail() {
		return []string{"Report Refresh Date", "User Principal Name", "Display Name", "Last Activity Date", "Item Count", "Report Period"}
	}
	return []string{"Report Refresh Date", "Total", "Active", "Report Date", "Report Period"}
}

// writtenDays is how many days reports go back.
func writtenDays(today time.Time) []string {
	days := make([]string, 1500)
	for back := range days {
		days[back] = today.AddDate(0, 0, -back).Format(time.DateOnly)
	}
	return days
}

// body returns a customer's report as the report host sends it, including the faults
// of bodies. The attempt is zero unless Options.Vary drew it.
func (c *Cloud) body(customer Customer, got call, attempt int) []byte {
	if customer.Fault == HTMLBody {
		return []byte(signInPage)
	}
	s := c.newSheet(customer, got, attempt)
	rows := c.rows(s)
	s.out = make([]byte, 0, 256+rows*(9*len(s.columns)+60))
	s.begin()
	for row := range rows {
		s.row(row, rows)
	}
	if customer.Fault == Truncated {
		return truncated(s.out)
	}
	return s.out
}

// truncated cuts a body inside the first field of a record, two thirds down.
func truncated(body []byte) []byte {
	at := bytes.LastIndexByte(body[:len(body)*2/3], '\n')
	return body[:min(at+8, len(body))]
}

// pieces returns what body returns, piece by piece, so that a huge body is never in
// memory. A piece is valid until the next. It knows only the fault Huge.
func (c *Cloud) pieces(customer Customer, got call, attempt int) iter.Seq[[]byte] {
	const size = 64 << 10
	return func(yield func([]byte) bool) {
		s := c.newSheet(customer, got, attempt)
		rows := c.rows(s)
		s.begin()
		for row := range rows {
			s.row(row, rows)
			if len(s.out) < size {
				continue
			}
			if !yield(s.out) {
				return
			}
			s.out = s.out[:0]
		}
		yield(s.out)
	}
}

func (c *Cloud) newSheet(customer Customer, got call, attempt int) *sheet {
	s := &sheet{
		customer: customer, call: got, attempt: attempt,
		columns: drifted(columnsOf(got), customer.Fault), days: c.days[2:],
		random: c.random(customer.TenantID+got.function, attempt),
	}
	switch customer.Fault {
	case Stale:
		s.days = c.days[9:]
	case QuotedBreaks:
		s.names = brokenNames
	case FormulaNames:
		s.names = formulaNames
	case HostileNames:
		s.names = hostileNames
	}
	return s
}

// rows is the number of rows: days of the period, or users, and with each attempt up
// to two more. A day that is not counted yet has none.
func (c *Cloud) rows(s *sheet) int {
	more := s.attempt % 3
	switch {
	case s.customer.Fault == HeaderOnly, s.call.date.Format(time.DateOnly) > s.days[0]:
		return 0
	case s.customer.Fault == Huge:
		return c.opts.Tuning.HugeRows
	case s.call.detail():
		return c.opts.Rows + more
	}
	days, err := strconv.Atoi(strings.TrimPrefix(s.call.period, "D"))
	if err != nil {
		days = 1
	}
	return days + more
}
