package csvmerge_test

import (
	"bytes"
	"encoding/csv"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"tenantrollup/internal/csvmerge"
)

var seeds = []string{
	"",
	"a,b\r\n1,2\r\n",
	"\uFEFFb,c\n3,\"4\"\n\n",
	"\uFEFF\"a\",\"c,c\"\n\"=1\",\"x\r\n\"\"y\"\"\r\n\"\n\r\n-5,+x\r\n",
	"Report Refresh Date,User Principal Name\r\n2026-11-22,0123456789ABCDEF0123456789ABCDEF\r\n",
	"a\n\"\"\n\"\"\"=x\"\"\"\n\t\n",
	"a,b\n1,2",
	"a,b\n1\n",
	"a,b\n1,\"2\n",
	"a,b\n1,x\"2\"\n",
	"a,b\n1,\"2\"x\n",
	"a,b\r1,2\r",
	"a,b\n1,2\r\r\n",
	"a,a\n1,2\n",
	"X,x,X (2),X\n1,a;=1,\"b;\"\"-5;+6\",\"c\r\n＝d\"\n",
	"a,\n1,2\n",
	"\xFF\xFEa\x00\n\x00",
	"a\n\xE9\n",
	"Customer Name\n1\n",
	"<html>\n",
}

var customerColumns = []string{"Customer Tenant Id", "Customer Name", "Customer Domain"}

// readAll reads a CSV with encoding/csv, in its strict mode. It would drop the CR of a
// CRLF inside quotes, so a NUL represents each CR there.
func readAll(body []byte) ([][]string, error) {
	body = bytes.Clone(bytes.TrimPrefix(body, []byte("\uFEFF")))
	quoted := false
	for i, c := range body {
		quoted = quoted != (c == '"')
		if quoted && c == '\r' {
			body[i] = 0
		}
	}
	return csv.NewReader(bytes.NewReader(body)).ReadAll()
}

// Check accepts what encoding/csv accepts, except for its stricter rules, which
// isStrict states.
func FuzzCheck(f *testing.F) {
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		table, err := csvmerge.Check(bytes.NewReader(body))
		records, theirs := readAll(body)
		if want := theirs == nil && isStrict(body, records); want != (err == nil) {
			t.Fatalf("Check says %v, encoding/csv %v, both with the stricter rules %v", err, theirs, want)
		}
		if err != nil {
			return
		}
		names := namesOf(table)
		if table.Rows != len(records)-1 || len(names) != len(records[0]) {
			t.Fatalf("got %d rows of %q, encoding/csv read %d of %q", table.Rows, names, len(records)-1, records[0])
		}
		for i, name := range names {
			if !strings.HasPrefix(name, records[0][i]) || records[0][i] == "" && !strings.HasPrefix(name, "Column ") {
				t.Errorf("the name %q became %q", records[0][i], name)
			}
			if index(append(customerColumns, names[:i]...), name) >= 0 {
				t.Errorf("%q appears twice in %q", name, names)
			}
		}
	})
}

// namesOf are a table's columns as readAll writes them.
func namesOf(table *csvmerge.Table) []string {
	names := slices.Clone(table.Columns)
	for i, name := range names {
		names[i] = strings.ReplaceAll(name, "\r", "\x00")
	}
	return names
}

func index(names []string, name string) int {
	return slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
}

// isStrict checks a body that encoding/csv read as these records against the rules that
// Check has and encoding/csv does not, except for the longest record.
func isStrict(body []byte, records [][]string) bool {
	if !utf8.Valid(body) || bytes.IndexByte(body, 0) >= 0 || !bytes.HasSuffix(body, []byte("\n")) || len(records) == 0 {
		return false
	}
	quoted := false
	for i, c := range body {
		quoted = quoted != (c == '"')
		if c == '\r' && !quoted && body[i+1] != '\n' {
			return false
		}
	}
	return true
}

// Read with encoding/csv, the file has the cells of the bodies, aligned by name, except
// for the guard.
func FuzzMerge(f *testing.F) {
	for i, seed := range seeds {
		f.Add([]byte(seed), []byte(seeds[(i+2)%len(seeds)]), []byte(seeds[1]), "Contoso, Ltd.\r\n")
	}
	f.Fuzz(func(t *testing.T, a, b, c []byte, name string) {
		if !utf8.ValidString(name) || strings.Contains(name, "\x00") {
			return
		}
		layout := csvmerge.NewLayout()
		var bodies [][]byte
		var tables []*csvmerge.Table
		var columns []string
		for _, body := range [][]byte{a, b, c} {
			table, err := csvmerge.Check(bytes.NewReader(body))
			if err != nil {
				continue
			}
			layout.Add(table.Columns)
			bodies, tables = append(bodies, body), append(tables, table)
			columns = union(columns, namesOf(table))
		}
		customer := csvmerge.Customer{TenantID: "t", Name: name, Domain: "d"}
		file := bytes.NewBuffer(layout.Header())
		want := [][]string{guarded(slices.Concat(customerColumns, columns))}
		for i, body := range bodies {
			if err := layout.Append(file, customer, tables[i], bytes.NewReader(body)); err != nil {
				t.Fatal(err)
			}
			want = append(want, expected(t, columns, namesOf(tables[i]), customer, body)...)
		}
		got, err := readAll(file.Bytes())
		if err != nil {
			t.Fatalf("encoding/csv cannot read the file: %v\n%q", err, file)
		}
		if !slices.EqualFunc(got, want, slices.Equal) {
			t.Errorf("got\n%q\nwant\n%q", got, want)
		}
		if !bytes.HasSuffix(file.Bytes(), []byte("\r\n")) {
			t.Error("the last record has no CRLF")
		}
	})
}

func union(columns, names []string) []string {
	for _, name := range names {
		if index(columns, name) < 0 {
			columns = append(columns, name)
		}
	}
	return columns
}

func expected(t *testing.T, columns, names []string, c csvmerge.Customer, body []byte) [][]string {
	records, err := readAll(body)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for _, record := range records[1:] {
		row := []string{c.TenantID, strings.ReplaceAll(c.Name, "\r", "\x00"), c.Domain}
		for _, name := range columns {
			cell := ""
			if i := index(names, name); i >= 0 {
				cell = record[i]
			}
			row = append(row, cell)
		}
		rows = append(rows, guarded(row))
	}
	return rows
}

// NUL means CR.
var (
	formula = regexp.MustCompile(`^[=+\-@＝＋－＠\t\n\x00]`)
	number  = regexp.MustCompile(`^[+-][0-9]+(\.[0-9]+)?$`)
	behind  = regexp.MustCompile(`^"*[=+\-@＝＋－＠]`)
	alone   = regexp.MustCompile(`^"*[+-][0-9]+(?:\.[0-9]+)?([;\t\n\x00])`)
)

func guarded(row []string) []string {
	for i, cell := range row {
		var out strings.Builder
		if formula.MatchString(cell) && !number.MatchString(cell) {
			out.WriteByte('\'')
		}
		for at := range cell {
			if at > 0 && strings.IndexByte(";\t\n\x00", cell[at-1]) >= 0 && behind.MatchString(cell[at:]) {
				ends := alone.FindStringSubmatch(cell[at:])
				if ends == nil || ends[1] != cell[at-1:at] && ends[1] != "\n" && ends[1] != "\x00" {
					out.WriteByte('\'')
				}
			}
			_, size := utf8.DecodeRuneInString(cell[at:])
			out.WriteString(cell[at : at+size])
		}
		row[i] = out.String()
	}
	return row
}
