package csvmerge_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"tenantrollup/internal/csvmerge"
)

func TestCheckAccepts(t *testing.T) {
	for _, test := range []struct {
		rule, body string
		columns    []string
		rows       int
	}{
		{"a header and records", "a,b\r\n1,2\r\n3,4\r\n", []string{"a", "b"}, 2},
		{"a header only", "a,b\n", []string{"a", "b"}, 0},
		{"line feeds and CRLF mixed", "a,b\n1,2\r\n3,4\n", []string{"a", "b"}, 2},
		{"a byte order mark", "\uFEFFa,b\n1,2\n", []string{"a", "b"}, 1},
		{"a byte order mark before a quote", "\uFEFF\"a\",b\n1,2\n", []string{"a", "b"}, 1},
		{"blank lines anywhere", "\r\n\na,b\n\n1,2\n\r\n\n3,4\n\r\n", []string{"a", "b"}, 2},
		{"quoted commas, quotes and line breaks", "a,b\n\"1,1\",\"\"\"2\"\"\"\n\"3\r\n\n3\",\"\r\"\n", []string{"a", "b"}, 2},
		{"a quoted header", "\"a,a\",\"b\"\"b\",\"c\r\nc\"\n1,2,3\n", []string{"a,a", `b"b`, "c\r\nc"}, 1},
		{"one column", "a\n1\n\"\"\n", []string{"a"}, 2},
		{"empty fields", "a,b,c\n,,\n\"\",,\"\"\n", []string{"a", "b", "c"}, 2},
		{"letters from all over the world", "a,b\nŁódź,東京\n", []string{"a", "b"}, 1},
		{"names that appear twice, in any case", "X,x,X (2),X\n1,2,3,4\n", []string{"X", "x (3)", "X (2)", "X (4)"}, 1},
		{"names in other alphabets", "Größe,GRÖßE,ſ,S\n", []string{"Größe", "GRÖßE (2)", "ſ", "S (2)"}, 0},
		{"columns without a name", "a,,\"\",Column 2\n", []string{"a", "Column 2", "Column 3", "Column 2 (2)"}, 0},
		{"the names of customer columns", "a,Customer Name,customer domain\n", []string{"a", "Customer Name (2)", "customer domain (2)"}, 0},
		{"a page that happens to be CSV", "<html>\n<body>\n", []string{"<html>"}, 1},
	} {
		t.Run(test.rule, func(t *testing.T) {
			table, err := csvmerge.Check(strings.NewReader(test.body))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(table.Columns, test.columns) || table.Rows != test.rows {
				t.Errorf("got columns %q, %d rows, want %q, %d", table.Columns, table.Rows, test.columns, test.rows)
			}
		})
	}
}

func TestCheckRefuses(t *testing.T) {
	for _, test := range []struct {
		rule, body string
		line       int
		problem    string
	}{
		{"nothing", "", 1, "empty"},
		{"only a byte order mark", "\uFEFF", 1, "empty"},
		{"only blank lines", "\n\r\n", 3, "empty"},
		{"no line end at the end", "a,b\n1,2\n3,4", 3, "no line end"},
		{"no line end at the end, whatever the number of fields", "a,b\n1,2\n3", 3, "no line end"},
		{"a header without line end", "a,b", 1, "no line end"},
		{"an end between CR and LF", "a,b\n1,2\r", 2, "no line end"},
		{"an end after a closing quote", "a,b\n1,\"2\"", 2, "no line end"},
		{"an end inside quotes", "a,b\n1,2\n1,\"2\n3,4\n", 3, "not closed"},
		{"an end inside a letter", "a,b\n1,\xC3", 2, "no line end"},
		{"too few fields", "a,b\n\n1,2\n3\n", 4, "fields in the record: 1, in the header: 2"},
		{"too many fields", "a,b\n\"1\n1\",2\n1,2,3\n", 4, "fields in the record: 3, in the header: 2"},
		{"a ragged record of several lines, at its first", "a,b\n\"1\n1\"\n", 2, "fields in the record: 1"},
		{"a quote inside an unquoted field", "a,b\n1,2\n1,x\"y\"\n", 3, "inside an unquoted field"},
		{"a quote inside an unquoted field, at its line", "a,b\n\"\n\",x\"y\n1,2\n", 3, "inside an unquoted field"},
		{"text after a closing quote", "a,b\n1,\"2\"x\n", 2, "closing quote"},
		{"a space after a closing quote", "a,b\n\"1\" ,2\n", 2, "closing quote"},
		{"a lone CR between records", "a,b\r1,2\r", 1, "carriage return"},
		{"a lone CR in an unquoted field", "a,b\n1,2\r2\n", 2, "carriage return"},
		{"a lone CR next to a quoted field", "a,b\n\"1\",2\r2\n", 2, "carriage return"},
		{"two CRs before a line feed", "a,b\n1,2\r\r\n", 2, "carriage return"},
		{"a separate CR before a line feed", "a,b\n\r\r\n1,2\n", 2, "carriage return"},
		{"a CR after a closing quote", "a,b\n1,\"2\"\r\r\n", 2, "closing quote"},
		{"NUL", "a,b\n1,\x00\n", 2, "NUL"},
		{"NUL in the header", "a\x00,b\n", 1, "NUL"},
		{"bytes that are not UTF-8, at their line", "a,b\n\"\n\xE9\",2\n", 3, "0xE9 is not UTF-8"},
		{"UTF-16, little end first", "\xFF\xFEa\x00\n\x00", 1, "UTF-16"},
		{"UTF-16, big end first", "\xFE\xFF\x00a\x00\n", 1, "UTF-16"},
	} {
		t.Run(test.rule, func(t *testing.T) {
			table, err := csvmerge.Check(strings.NewReader(test.body))
			flaw, ok := errors.AsType[*csvmerge.FormatError](err)
			if !ok {
				t.Fatalf("got %+v, %v, want a FormatError", table, err)
			}
			if flaw.Line != test.line || !strings.Contains(flaw.Problem, test.problem) {
				t.Errorf("got %+v, want line %d, %q", *flaw, test.line, test.problem)
			}
		})
	}
}

func TestCheckLimitsRecords(t *testing.T) {
	const limit = 1 << 20
	fill := func(size int) string { return strings.Repeat("x", size) }
	for _, test := range []struct {
		rule, body, problem string
	}{
		{"a record of 1 MiB with its line end is accepted", "a\n" + fill(limit-2) + "\r\n1\n", ""},
		{"one byte more is too long", "a\n" + fill(limit-1) + "\r\n1\n", "line 2: the record is longer than 1048576 bytes"},
		{"a header is a record", "\uFEFF" + fill(limit) + "\n", "line 1: the record is longer"},
		{"a stray quote is named, not the record that it makes", "a\n1\nx\"y\n" + fill(limit) + "\n", "line 3: there is a quote inside"},
		{"a quote that is never closed is named where it opens", "a\n1\n\"y\n" + strings.Repeat("y\n", limit), "line 3: a quoted field is not closed within 1048576 bytes"},
		{"blank lines are not records", "a\n" + strings.Repeat("\r\n", limit) + "1\n", ""},
	} {
		t.Run(test.rule, func(t *testing.T) {
			_, err := csvmerge.Check(strings.NewReader(test.body))
			if test.problem == "" && err != nil {
				t.Fatal(err)
			}
			if test.problem != "" && (err == nil || !strings.Contains(err.Error(), test.problem)) {
				t.Errorf("got %v, want %q", err, test.problem)
			}
		})
	}
}

func TestCheckPassesReadErrorsOn(t *testing.T) {
	// What net/http returns for a body shorter than its Content-Length.
	body := io.MultiReader(strings.NewReader("a,b\n1,2\n"), iotest.ErrReader(io.ErrUnexpectedEOF))
	_, err := csvmerge.Check(body)
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v, want io.ErrUnexpectedEOF", err)
	}
	if _, ok := errors.AsType[*csvmerge.FormatError](err); ok {
		t.Errorf("%v is a FormatError: the body was not at fault", err)
	}
}

func TestCheckLearnsRefreshDates(t *testing.T) {
	for _, test := range []struct {
		rule, body, oldest, newest string
	}{
		{"least and greatest", "Report Refresh Date,b\n2026-11-22,1\n2026-11-20,1\n\"2026-11-23\",1\n", "2026-11-20", "2026-11-23"},
		{"in any column", "b,Report Refresh Date\n1,2026-11-22\n", "2026-11-22", "2026-11-22"},
		{"dates only", "Report Refresh Date,b\n11/22/2026,1\n,1\n2026-11-22,1\n2026-11-32,1\nzz,1\n", "2026-11-22", "2026-11-22"},
		{"with a time after them", "Report Refresh Date,b\n2026-11-22T00:00:00Z,1\n2026-11-23 10:00,1\n", "2026-11-22", "2026-11-23"},
		{"whatever the case of the name", "REPORT REFRESH DATE,b\n2026-11-22,1\n", "2026-11-22", "2026-11-22"},
		{"none without a row", "Report Refresh Date\n", "", ""},
		{"none without the column", "Refresh Date\n2026-11-22\n", "", ""},
	} {
		t.Run(test.rule, func(t *testing.T) {
			table, err := csvmerge.Check(strings.NewReader(test.body))
			if err != nil {
				t.Fatal(err)
			}
			if table.OldestRefresh != test.oldest || table.NewestRefresh != test.newest {
				t.Errorf("got %q to %q, want %q to %q", table.OldestRefresh, table.NewestRefresh, test.oldest, test.newest)
			}
		})
	}
}

func TestCheckReportsWhatIsNotARefreshDate(t *testing.T) {
	for value, want := range map[string]bool{"2026-11-22": false, "": false, "2026-11-22T00:00:00Z": false, "11/22/2026": true, "2026-11-32": true} {
		table, err := csvmerge.Check(strings.NewReader("Report Refresh Date,b\n2026-11-22,1\n" + value + ",1\n"))
		if err != nil || table.UnreadableRefresh != want {
			t.Errorf("%q: unreadable is %t, %v", value, table.UnreadableRefresh, err)
		}
	}
}

func TestCheckFindsConcealedNames(t *testing.T) {
	const hidden = "0123456789ABCDEF0123456789ABCDEF"
	for _, test := range []struct {
		rule, body string
		want       []string
	}{
		{"every value", "a,b,c\n" + hidden + ",1,\"" + hidden + "\"\n" + hidden + ",2," + hidden + "\n", []string{"a", "c"}},
		{"empty values aside", "a,b\n,1\n" + hidden + ",1\n\"\",1\n", []string{"a"}},
		{"not one value in plain text", "a,b\n" + hidden + ",1\ncontoso,1\n", nil},
		{"not in lower case", "a\n" + strings.ToLower(hidden) + "\n", nil},
		{"not a digit more", "a\n" + hidden + "0\n", nil},
		{"not without a value", "a,b\n,1\n", nil},
		{"not without a row", "a,b\n", nil},
	} {
		t.Run(test.rule, func(t *testing.T) {
			table, err := csvmerge.Check(strings.NewReader(test.body))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(table.Concealed, test.want) {
				t.Errorf("got %q, want %q", table.Concealed, test.want)
			}
		})
	}
}
