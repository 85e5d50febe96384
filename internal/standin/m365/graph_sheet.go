package m365

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// sheet writes one customer's report.
type sheet struct {
	customer Customer
	call     call
	attempt  int
	days     []string // the refresh date and the days before it
	columns  []string
	names    []string // display names to use in turn; nil for plain ones
	random   *rand.Rand
	total    int // the last Total, less what tells the attempt
	out      []byte
}

// begin writes what precedes the rows.
func (s *sheet) begin() {
	if s.customer.Fault != NoBOM {
		s.out = append(s.out, byteOrderMark...)
	}
	if s.customer.Fault == NoHeader {
		return
	}
	for i, name := range s.columns {
		s.open(i)
		s.text(title(name, i, s.customer.Fault))
		s.close()
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
		s.open(i)
		s.value(column, row)
		if i == last && s.customer.Fault == QuotedBreaks && !slices.Contains(s.columns, "Display Name") {
			s.add([]string{"\r\n", "\n"}[row%2])
		}
		s.close()
	}
	if ragged && row == rows/2+1 {
		s.add(",0")
	}
	s.end(row + 1)
}

// open begins a field. Under QuotedBreaks all fields are quoted.
func (s *sheet) open(i int) {
	if i > 0 {
		s.out = append(s.out, ',')
	}
	s.close()
}

func (s *sheet) close() {
	if s.customer.Fault == QuotedBreaks {
		s.out = append(s.out, '"')
	}
}

// value draws a field. Rows of counts are days, newest first.
func (s *sheet) value(column string, row int) {
	switch column {
	case "Report Refresh Date":
		s.add(s.days[0])
	case "Report Date":
		s.add(s.days[row%len(s.days)])
	case "Report Period":
		s.add(s.period())
	case "User Principal Name":
		s.principal(row)
	case "Display Name":
		s.name(row)
	case "Is Deleted", "Activated On Shared Computer":
		s.add("False")
	case "Has Archive":
		s.add([]string{"True", "False"}[s.random.IntN(2)])
	case "Deleted Date":
	case "Created Date":
		s.add(s.days[400+s.random.IntN(900)])
	case "Last Activity Date", "Last Activated Date":
		s.add(s.days[s.random.IntN(60)])
	case "Assigned Products":
		s.add("MICROSOFT 365 BUSINESS PREMIUM+EXCHANGE ONLINE (PLAN 2)+MICROSOFT TEAMS PREMIUM+POWER BI PREMIUM")
	case "Product Type":
		s.add("MICROSOFT 365 APPS FOR ENTERPRISE")
	case extraColumn:
		s.add([]string{"User", "Shared"}[row%2])
	default:
		s.byKind(column)
	}
}

// byKind draws a field of a column that is one of many similar ones.
func (s *sheet) byKind(column string) {
	switch {
	case strings.HasSuffix(column, " Last Activity Date"): // of one app: many users have none
		if s.random.IntN(3) > 0 {
			s.add(s.days[s.random.IntN(60)])
		}
	case strings.HasSuffix(column, " App"), strings.HasPrefix(column, "Outlook For "), strings.HasSuffix(column, " For Mac"), column == "Other For Mobile":
		s.add([]string{"Yes", "No"}[s.random.IntN(2)])
	default:
		s.number(column)
	}
}

// number draws a size or a count; a count identifies the attempt.
func (s *sheet) number(column string) {
	if strings.HasSuffix(column, "(Byte)") {
		s.digits(1_000_000 + s.random.IntN(1_000_000_000))
		return
	}
	n := s.random.IntN(500)
	switch column {
	case "Total":
		s.total = n
	case "Active": // some of them
		n = n * (s.total + 1) / 500
	}
	s.digits(1000*s.attempt + n)
}

func (s *sheet) period() string {
	if s.call.period == "" {
		return "1"
	}
	return strings.TrimPrefix(s.call.period, "D")
}

func (s *sheet) principal(row int) {
	if s.customer.Fault == Concealed {
		s.conceal()
		return
	}
	s.add("mailbox")
	s.digits(row)
	s.add("@")
	s.add(s.customer.DefaultDomain)
}

func (s *sheet) name(row int) {
	switch {
	case s.customer.Fault == Concealed:
		s.conceal()
	case s.names != nil:
		s.text(s.names[row%len(s.names)])
	default:
		s.add("Mailbox ")
		s.digits(row)
	}
}

func (s *sheet) conceal() {
	const digits = "0123456789ABCDEF"
	for range 32 {
		s.out = append(s.out, digits[s.random.IntN(16)])
	}
}

// text adds any text, quoted if necessary and if the field is not quoted yet.
func (s *sheet) text(text string) {
	escaped := strings.ReplaceAll(text, `"`, `""`)
	if s.customer.Fault != QuotedBreaks && strings.ContainsAny(text, "\",\r\n") {
		escaped = `"` + escaped + `"`
	}
	s.add(escaped)
}

// add adds a text that needs no quotes.
func (s *sheet) add(text string) { s.out = append(s.out, text...) }

func (s *sheet) digits(n int) { s.out = strconv.AppendInt(s.out, int64(n), 10) }

// end ends a line with LF, or with CRLF for every fifth customer.
func (s *sheet) end(line int) {
	switch {
	case s.customer.Fault == CRLF, s.customer.Fault == MixedEnds && line%2 == 1, s.customer.Fault != MixedEnds && s.customer.Index%5 == 4:
		s.add("\r\n")
	default:
		s.add("\n")
	}
}
