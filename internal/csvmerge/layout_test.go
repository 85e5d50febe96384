package csvmerge_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"tenantrollup/internal/csvmerge"
)

var plain = csvmerge.Customer{TenantID: "t", Name: "Contoso", Domain: "contoso.com"}

// merged returns the file that these bodies make, each led by c's columns.
func merged(t *testing.T, c csvmerge.Customer, layout *csvmerge.Layout, bodies ...string) string {
	t.Helper()
	var tables []*csvmerge.Table
	for _, body := range bodies {
		table, err := csvmerge.Check(strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		layout.Add(table.Columns)
		tables = append(tables, table)
	}
	out := bytes.NewBuffer(layout.Header())
	for i, body := range bodies {
		if err := layout.Append(out, c, tables[i], strings.NewReader(body)); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

const lead = "\uFEFFCustomer Tenant Id,Customer Name,Customer Domain,"

func TestMerge(t *testing.T) {
	for _, test := range []struct {
		rule   string
		bodies []string
		want   string
	}{
		{"every record ends with CRLF",
			[]string{"a,b\n1,2\r\n\n3,4\n"},
			lead + "a,b\r\nt,Contoso,contoso.com,1,2\r\nt,Contoso,contoso.com,3,4\r\n"},
		{"only the first byte order mark of all is written",
			[]string{"\uFEFFa\n1\n", "\uFEFFa\n2\n"},
			lead + "a\r\nt,Contoso,contoso.com,1\r\nt,Contoso,contoso.com,2\r\n"},
		{"columns are matched by name; those that a body lacks are empty",
			[]string{"a,b\n1,2\n", "c,\"a\"\n3,1\n"},
			lead + "a,b,c\r\nt,Contoso,contoso.com,1,2,\r\nt,Contoso,contoso.com,1,,3\r\n"},
		{"a body with only a header adds no record",
			[]string{"a,b\n"},
			lead + "a,b\r\n"},
		{"the bytes of a field stay as they came",
			[]string{"a,b\n\"1\r\n1\n\r1\",\"2\"\n\"\"\"3\"\"\", 4 \n"},
			lead + "a,b\r\nt,Contoso,contoso.com,\"1\r\n1\n\r1\",\"2\"\r\nt,Contoso,contoso.com,\"\"\"3\"\"\", 4 \r\n"},
		{"even when columns change places",
			[]string{"b\n", "a,b\n\"1\r\n1\n\r1\",\"2\"\n\"\", 4 \n"},
			lead + "b,a\r\nt,Contoso,contoso.com,\"2\",\"1\r\n1\n\r1\"\r\nt,Contoso,contoso.com, 4 ,\"\"\r\n"},
		{"all spellings of a name are one column, and the first is written",
			[]string{"Report Date,a\n1,2\n", "A,REPORT DATE\n3,4\n"},
			lead + "Report Date,a\r\nt,Contoso,contoso.com,1,2\r\nt,Contoso,contoso.com,4,3\r\n"},
		{"header cells are guarded too",
			[]string{"a;=1,＝b\n1,2\n"},
			lead + "a;'=1,'＝b\r\nt,Contoso,contoso.com,1,2\r\n"},
		{"names in the header are quoted if necessary",
			[]string{"\"a\",\"b,b\",\"c\"\"\", d,\"=e\",-5\n"},
			lead + "a,\"b,b\",\"c\"\"\",\" d\",'=e,-5\r\n"},
	} {
		t.Run(test.rule, func(t *testing.T) {
			if got := merged(t, plain, csvmerge.NewLayout(), test.bodies...); got != test.want {
				t.Errorf("got\n%q\nwant\n%q", got, test.want)
			}
		})
	}
}

func TestGuard(t *testing.T) {
	for _, test := range []struct{ rule, in, want string }{
		{"equals sign", `=1`, `'=1`},
		{"plus", `+a`, `'+a`},
		{"minus", `-a`, `'-a`},
		{"at", `@a`, `'@a`},
		{"tab", "\ta", "'\ta"},
		{"inside its quotes", `"=1"`, `"'=1"`},
		{"with a comma", `"=SUM(A1,A2)"`, `"'=SUM(A1,A2)"`},
		{"carriage return in quotes", "\"\r\n=1\"", "\"'\r\n'=1\""},
		{"line feed in quotes", "\"\n=1\"", "\"'\n'=1\""},
		{"full-width forms", `＝1`, `'＝1`},
		{"a full-width sign before a number", `－5`, `'－5`},
		{"after a semicolon", `Contoso;=1+1;North`, `Contoso;'=1+1;North`},
		{"after each separator", `a;=1;＠b`, `a;'=1;'＠b`},
		{"after a tab", "a\t+b", "a\t'+b"},
		{"after line breaks", "\"a\r\n=1\n-b\r@c\"", "\"a\r\n'=1\n'-b\r'@c\""},
		{"after a carriage return alone", "\"a\r=1\"", "\"a\r'=1\""},
		{"after a quote that opens once the cell is split", `"a;""=1;b"`, `"a;'""=1;b"`},
		{"a number that the next cell may continue", `a;-5`, `a;'-5`},
		{"a number that continues after another separator", "a;-5\t*b", "a;'-5\t*b"},
		{"only a sign", `-`, `'-`},
		{"an address", `-2+3`, `'-2+3`},
		{"two signs", `--1`, `'--1`},
		{"a point without digits before it", `-.5`, `'-.5`},
		{"a point without digits after it", `+5.`, `'+5.`},
		{"two points", `+1.2.3`, `'+1.2.3`},
		{"an exponent", `-1e5`, `'-1e5`},
		{"a number after an equals sign", `=5`, `'=5`},

		{"not a number between separators", `a;-5;+6.5;b`, `a;-5;+6.5;b`},
		{"not a number at the end of a line", "\"a\t-5\nb;-5\r\nc\"", "\"a\t-5\nb;-5\r\nc\""},
		{"not an empty line", "\"a\r\n\r\nb\"", "\"a\r\n\r\nb\""},
		{"not another character of three bytes", `（a`, `（a`},
		{"not a negative number", `-5`, `-5`},
		{"not a signed decimal", `+5.25`, `+5.25`},
		{"not a quoted number", `"-5"`, `"-5"`},
		{"not a formula after a quote", `"""=x"""`, `"""=x"""`},
		{"not a formula after a space", ` =1`, ` =1`},
		{"not in the middle", `a=1`, `a=1`},
		{"not nothing", ``, ``},
		{"not quoted nothing", `""`, `""`},
	} {
		t.Run(test.rule, func(t *testing.T) {
			want := lead + "a,b\r\nt,Contoso,contoso.com,x," + test.want + "\r\n"
			if got := merged(t, plain, csvmerge.NewLayout(), "a,b\nx,"+test.in+"\n"); got != want {
				t.Errorf("in place: got %q, want %q", got, want)
			}
			want = lead + "b,a\r\nt,Contoso,contoso.com," + test.want + ",x\r\n"
			if got := merged(t, plain, csvmerge.NewLayout("b"), "a,b\nx,"+test.in+"\n"); got != want {
				t.Errorf("moved: got %q, want %q", got, want)
			}
		})
	}
}

func TestCustomerColumns(t *testing.T) {
	for _, test := range []struct{ rule, name, want string }{
		{"plain", "Contoso Ltd.", "Contoso Ltd."},
		{"nothing", "", ""},
		{"comma", "Contoso, Ltd.", `"Contoso, Ltd."`},
		{"quotes", `The "Contoso"`, `"The ""Contoso"""`},
		{"line breaks stay", "Con\r\ntoso\n", "\"Con\r\ntoso\n\""},
		{"tabs stay", "Con\ttoso", "\"Con\ttoso\""},
		{"space around", " Contoso", `" Contoso"`},
		{"space after", "Contoso\u00A0", "\"Contoso\u00A0\""},
		{"formula", "=cmd", "'=cmd"},
		{"formula with a comma", "=A(1,2)", `"'=A(1,2)"`},
		{"tab first", "\tContoso", "\"'\tContoso\""},
		{"CR first", "\rContoso", "\"'\rContoso\""},
		{"number", "-5", "-5"},
	} {
		t.Run(test.rule, func(t *testing.T) {
			want := lead + "a\r\nt," + test.want + ",d,1\r\n"
			c := csvmerge.Customer{TenantID: "t", Name: test.name, Domain: "d"}
			if got := merged(t, c, csvmerge.NewLayout(), "a\n1\n"); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestLayout(t *testing.T) {
	l := csvmerge.NewLayout("a", "b")
	if missing := l.Missing([]string{"c", "a", "d"}); !slices.Equal(missing, []string{"c", "d"}) {
		t.Errorf("missing %q", missing)
	}
	if l.Add([]string{"b", "a"}) {
		t.Error("Add reported a new column among known ones")
	}
	if !l.Add([]string{"c", "a", "c"}) {
		t.Error("Add did not report a new column")
	}
	columns := l.Columns()
	if !slices.Equal(columns, []string{"a", "b", "c"}) {
		t.Errorf("columns %q", columns)
	}
	columns[0] = "x"
	if l.Columns()[0] != "a" {
		t.Error("a caller changed the layout through Columns")
	}
}

func TestAFileWithTwoSpellingsKeepsThem(t *testing.T) {
	layout := csvmerge.NewLayout("Report Date", "REPORT DATE")
	got := merged(t, plain, layout, "REPORT DATE\n1\n", "Report Date\n2\n", "report date\n3\n")
	want := lead + "Report Date,REPORT DATE\r\nt,Contoso,contoso.com,,1\r\nt,Contoso,contoso.com,2,\r\nt,Contoso,contoso.com,3,\r\n"
	if got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if got := csvmerge.Distinct([]string{"Report Date", "REPORT DATE", "customer name", "b"}); !slices.Equal(got, []string{"Report Date", "b"}) {
		t.Errorf("a later night learns %q", got)
	}
}

func TestAppendRefuses(t *testing.T) {
	const body = "a,b\n1,2\n3,4\n"
	table, err := csvmerge.Check(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		rule    string
		layout  *csvmerge.Layout
		body    string
		problem string
	}{
		{"a layout without the columns", csvmerge.NewLayout("a"), body, `lacks the column "b"`},
		{"another header", csvmerge.NewLayout("a", "b"), "b,a\n1,2\n3,4\n", "another header"},
		{"fewer rows", csvmerge.NewLayout("a", "b"), "a,b\n1,2\n", "has 1 rows, but had 2"},
		{"a body that has been cut off since", csvmerge.NewLayout("a", "b"), body[:len(body)-1], "no line end"},
		{"a ragged record", csvmerge.NewLayout("b", "a"), "a,b\n1,2\n3\n", "fields in the record: 1"},
	} {
		t.Run(test.rule, func(t *testing.T) {
			err := test.layout.Append(new(bytes.Buffer), plain, table, strings.NewReader(test.body))
			if err == nil || !strings.Contains(err.Error(), test.problem) {
				t.Errorf("got %v, want %q", err, test.problem)
			}
		})
	}
	t.Run("a full disk", func(t *testing.T) {
		full := errors.New("full")
		err := csvmerge.NewLayout("a", "b").Append(failingWriter{full}, plain, table, strings.NewReader(body))
		if !errors.Is(err, full) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a body that cannot be read", func(t *testing.T) {
		gone := errors.New("gone")
		err := csvmerge.NewLayout("a", "b").Append(new(bytes.Buffer), plain, table, iotest.ErrReader(gone))
		if !errors.Is(err, gone) {
			t.Errorf("got %v", err)
		}
	})
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

func TestAppendGuardsATableOfUnknownOrigin(t *testing.T) {
	var out bytes.Buffer
	table := &csvmerge.Table{Columns: []string{"a"}, Rows: 1}
	if err := csvmerge.NewLayout("a").Append(&out, plain, table, strings.NewReader("a\n=1\n")); err != nil {
		t.Fatal(err)
	}
	if want := "t,Contoso,contoso.com,'=1\r\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}
