package m365

import (
	"bytes"
	"hash/fnv"
	"math/rand/v2"
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

// columns of the functions whose rows are like the real ones; see columnsOf.
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
}

// columnsOf returns a report's columns; functions without their own get those
// of mailbox counts, or a plain list of users.
func columnsOf(got call) []string {
	if own := columns[got.function]; own != nil {
		return own
	}
	if got.detail() {
		return []string{"Report Refresh Date", "User Principal Name", "Display Name", "Last Activity Date", "Item Count", "Report Period"}
	}
	return []string{"Report Refresh Date", "Total", "Active", "Report Date", "Report Period"}
}

// writtenDays are as many days as reports reach back.
func writtenDays(today time.Time) []string {
	days := make([]string, 1500)
	for back := range days {
		days[back] = today.AddDate(0, 0, -back).Format(time.DateOnly)
	}
	return days
}

// sheet writes one customer's report.
type sheet struct {
	customer Customer
	call     call
	days     []string // the refresh date and the days before it
	columns  []string
	names    []string // display names to take by turns; nil for plain ones
	random   *rand.Rand
	out      []byte
}

// body returns a customer's report as the report host sends it, the faults of
// bodies included.
func (c *Cloud) body(customer Customer, got call) []byte {
	if customer.Fault == HTMLBody {
		return []byte(signInPage)
	}
	s := c.newSheet(customer, got)
	rows := c.rows(s)
	s.out = make([]byte, 0, 256+rows*(12*len(s.columns)+60))
	if customer.Fault != NoBOM {
		s.out = append(s.out, byteOrderMark...)
	}
	s.header()
	for row := range rows {
		s.row(row, rows)
	}
	if customer.Fault == Truncated {
		return truncated(s.out)
	}
	return s.out
}

func (c *Cloud) newSheet(customer Customer, got call) *sheet {
	hash := fnv.New64a()
	hash.Write([]byte(customer.TenantID + got.function))
	s := &sheet{
		customer: customer, call: got, columns: columnsOf(got),
		days:   c.days[2:],
		random: rand.New(rand.NewPCG(c.opts.Seed, hash.Sum64())),
	}
	switch customer.Fault {
	case Stale:
		s.days = c.days[9:]
	case ExtraColumn:
		s.columns = slices.Insert(slices.Clone(s.columns), len(s.columns)-1, extraColumn)
	case QuotedBreaks:
		s.names = brokenNames
	case FormulaNames:
		s.names = formulaNames
	case HostileNames:
		s.names = hostileNames
	}
	return s
}

// rows is how many there are: days of the period, or users; none of a day that
// is not counted yet.
func (c *Cloud) rows(s *sheet) int {
	switch {
	case s.customer.Fault == HeaderOnly, s.call.date.Format(time.DateOnly) > s.days[0]:
		return 0
	case s.customer.Fault == Huge:
		return c.opts.Tuning.HugeRows
	case s.call.detail():
		return c.opts.Rows
	}
	days, err := strconv.Atoi(strings.TrimPrefix(s.call.period, "D"))
	if err != nil {
		days = 1
	}
	return days
}

func (s *sheet) header() {
	for i, name := range s.columns {
		if i == 1 && s.customer.Fault == RenamedColumn {
			name += " (New)"
		}
		s.cell(i, name)
	}
	s.end(0)
}

func (s *sheet) row(row, rows int) {
	last := len(s.columns) - 1
	ragged := s.customer.Fault == Ragged
	for i, column := range s.columns {
		if ragged && row == rows/2 && i == last {
			break
		}
		value := s.value(column, row)
		if i == last && s.customer.Fault == QuotedBreaks && !slices.Contains(s.columns, "Display Name") {
			value += []string{"\r\n", "\n"}[row%2]
		}
		s.cell(i, value)
	}
	if ragged && row == rows/2+1 {
		s.cell(last+1, "0")
	}
	s.end(row + 1)
}

// value draws a cell. Rows of counts are days, newest first.
func (s *sheet) value(column string, row int) string {
	switch column {
	case "Report Refresh Date":
		return s.days[0]
	case "Report Date":
		return s.days[row%len(s.days)]
	case "Report Period":
		return s.period()
	case "User Principal Name":
		if s.customer.Fault == Concealed {
			return s.concealed()
		}
		return "mailbox" + strconv.Itoa(row) + "@" + s.customer.DefaultDomain
	case "Display Name":
		return s.name(row)
	case "Is Deleted", "Activated On Shared Computer":
		return "False"
	case "Has Archive":
		return []string{"True", "False"}[s.random.IntN(2)]
	case "Deleted Date":
		return ""
	case "Created Date":
		return s.days[400+s.random.IntN(900)]
	case "Last Activity Date", "Last Activated Date":
		return s.days[s.random.IntN(60)]
	case "Assigned Products":
		return "MICROSOFT 365 BUSINESS PREMIUM+EXCHANGE ONLINE (PLAN 2)"
	case "Product Type":
		return "MICROSOFT 365 APPS FOR ENTERPRISE"
	case extraColumn:
		return []string{"User", "Shared"}[row%2]
	}
	if strings.HasSuffix(column, "(Byte)") {
		return strconv.Itoa(1_000_000 + s.random.IntN(1_000_000_000))
	}
	return strconv.Itoa(s.random.IntN(500))
}

func (s *sheet) period() string {
	if s.call.period == "" {
		return "1"
	}
	return strings.TrimPrefix(s.call.period, "D")
}

func (s *sheet) name(row int) string {
	switch {
	case s.customer.Fault == Concealed:
		return s.concealed()
	case s.names != nil:
		return s.names[row%len(s.names)]
	}
	return "Mailbox " + strconv.Itoa(row)
}

func (s *sheet) concealed() string {
	const digits = "0123456789ABCDEF"
	var name [32]byte
	for i := range name {
		name[i] = digits[s.random.IntN(16)]
	}
	return string(name[:])
}

func (s *sheet) cell(i int, value string) {
	if i > 0 {
		s.out = append(s.out, ',')
	}
	if s.customer.Fault != QuotedBreaks && !strings.ContainsAny(value, "\",\r\n") {
		s.out = append(s.out, value...)
		return
	}
	s.out = append(s.out, '"')
	s.out = append(s.out, strings.ReplaceAll(value, `"`, `""`)...)
	s.out = append(s.out, '"')
}

// end ends a line: LF, in every fifth customer CRLF.
func (s *sheet) end(line int) {
	switch {
	case s.customer.Fault == CRLF, s.customer.Fault == MixedEnds && line%2 == 1, s.customer.Fault != MixedEnds && s.customer.Index%5 == 4:
		s.out = append(s.out, "\r\n"...)
	default:
		s.out = append(s.out, '\n')
	}
}

// truncated cuts a body inside the first field of a record, two thirds down.
func truncated(body []byte) []byte {
	at := bytes.LastIndexByte(body[:len(body)*2/3], '\n')
	return body[:min(at+8, len(body))]
}
