package records

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// tabulate returns the columns and the rows of records, one array a page.
func tabulate(t *testing.T, o Options, pages ...string) (header, rows string) {
	t.Helper()
	var out strings.Builder
	table := NewTable(&out, o)
	for _, page := range pages {
		if err := table.Add(NewDecoder(strings.NewReader(page))); err != nil {
			t.Fatal(err)
		}
	}
	return strings.Join(table.Columns(), ","), strings.ReplaceAll(out.String(), "\r\n", "|")
}

func TestColumnsAndRows(t *testing.T) {
	spread := Options{Spread: true}
	chosen := func(columns ...string) Options { return Options{Spread: true, Columns: columns} }
	for _, tt := range []struct {
		rule         string
		o            Options
		pages        []string
		header, rows string
	}{
		{"columns are in the order of the first record", Options{}, []string{`[{"Z":1,"A":2},{"A":4,"Z":3}]`}, "Z,A", "1,2|3,4|"},
		{"later ones are at the end", Options{}, []string{`[{"A":1},{"B":2,"A":3}]`, `[{"C":4}]`}, "A,B,C", "1|3,2|,,4|"},
		{"names that differ only in case are one", Options{}, []string{`[{"DisplayName":1,"DISPLAYNAME":2,"Kind":3},{"kind":4,"displayName":5}]`}, "DisplayName,Kind", "2,3|5,4|"},
		{"a selection has only its columns", Options{Columns: []string{"Größe", "nobody's", "Class"}}, []string{`[{"claſs":1,"B":2},{"C":3},{"GRÖßE":4,"Class":5}]`},
			"Größe,nobody's,Class", ",,1|,,|4,,5|"},
		{"nested values are JSON", Options{}, []string{`[{"A":{ "b" : [1, "x y"] },"C":[ {"d":null} ]}]`}, "A,C", `"{""b"":[1,""x y""]}","[{""d"":null}]"|`},
		{"if a name comes twice, the last value counts", Options{}, []string{`[{"A":1,"B":2,"A":3},{"B":4,"B":{"x":5},"A":6}]`}, "A,B", `3,2|6,"{""x"":5}"|`},
		{"a lone empty value is not a blank line", Options{}, []string{`[{"A":null},{"A":"x"}]`}, "A", `""|x|`},
		{"a NUL is not in the text of a cell", spread, []string{`[{"A":"1\u0000","B":["2\u0000",""],"C":[{"d":"\u0000"}]}]`}, "A,B,C", "1\ufffd,2\ufffd; ,\"[{\"\"d\"\":\"\"\\u0000\"\"}]\"|"},

		{"an object becomes columns, however deep it is", spread, []string{`[{"id":1,"prepaidUnits":{"enabled":25,"warning":{"x":{"y":null}}},"sku":"E5"}]`},
			"id,prepaidUnits.enabled,prepaidUnits.warning.x.y,sku", "1,25,,E5|"},
		{"plain values of a list are joined", spread, []string{`[{"a":["x","y, z",null,true,1.50],"b":[]}]`}, "a,b", `"x; y, z; ; True; 1.50",|`},
		{"a list of objects is JSON", spread, []string{`[{"a":["x", {"b" : 1}],"c":[[ 1 ]]}]`}, "a,c", `"[""x"",{""b"":1}]",[[1]]|`},
		{"so it is for a member that comes twice", spread, []string{`[{"a":{"x":1,"y":2,"x":3},"a":{"y":4}},{"a":{"x":5},"a":null}]`}, "a.x,a.y", "3,4|5,|"},
		{"annotations are not members of an object", spread, []string{`[{"a":{"@odata.type":"#x","b":1}},{"a":{"@odata.type":"#x"}}]`}, "a.b", "1|\"\"|"},
		{"an object that comes late replaces earlier nulls", spread, []string{`[{"a":null,"b":1},{"a":{"x":2,"y":3},"b":4},{"a":null,"b":5}]`}, "a.x,b,a.y", ",1|2,4,3|,5,|"},
		{"but not earlier values", spread, []string{`[{"a":"text","b":1},{"a":{"x":2}}]`}, "a,b,a.x", "text,1|,,2|"},
		{"an object inside an object replaces nulls, too", spread, []string{`[{"a":null},{"a":{"b":null}},{"a":{"b":{"c":1}}}]`}, "a.b.c", "\"\"|\"\"|1|"},
		{"a name with a dot is a separate column", spread, []string{`[{"a.b":null},{"a":{"b":{"c":1}}}]`}, "a.b,a.b.c", "\"\"|,1|"},
		{"and stays one that has the values of both", spread, []string{`[{"a.b":null},{"a":{"b":null}},{"a":{"b":{"c":1}}},{"a.b":2}]`}, "a.b,a.b.c", "\"\"|\"\"|,1|2,|"},
		{"what is nested too deeply is JSON", spread, []string{`[{"a":` + strings.Repeat(`{"a":`, 10) + `{ "b" : 1 }` + strings.Repeat("}", 10) + `}]`},
			"a" + strings.Repeat(".a", 10), `"{""b"":1}"|`},

		{"the columns of a selected object are in its place", chosen("id", "signInActivity", "name"), []string{`[{"name":"n","signInActivity":{"last":1,"id":2},"id":3,"more":4}]`},
			"id,signInActivity.last,signInActivity.id,name", "3,1,2,n|"},
		{"or at the end if it comes late", chosen("id", "signInActivity", "name"), []string{`[{"id":1,"name":"n"},{"id":2,"signInActivity":{"last":3,"next":4}}]`},
			"id,signInActivity.last,name,signInActivity.next", "1,,n|2,3,,4|"},
		{"a member can be selected by itself", chosen("b", "A/x", "a/z"), []string{`[{"a":{"x":{"p":1,"q":2},"y":3,"z":4},"b":5},{"a":null},{"a":6}]`},
			"b,A.x.p,A.x.q,A.z", "5,1,2,4|,,,|,,,|"},
		{"an object and its member", chosen("a/x", "a"), []string{`[{"a":{"x":1,"y":2}}]`}, "a.x,a.y", "1,2|"},
		{"neither has a column if no record has them", chosen("a/x", "a", "b", "c", "c/y"), []string{`[{"b":1}]`}, "a.x,b,c.y", ",1,|"},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			if header, rows := tabulate(t, tt.o, tt.pages...); header != tt.header || rows != tt.rows {
				t.Errorf("got  %s  %s\nwant %s  %s", header, rows, tt.header, tt.rows)
			}
		})
	}
}

func TestAColumnNextToAnother(t *testing.T) {
	o := Options{Spread: true, Beside: &Beside{"skuPartNumber", "productName", func(of []byte) string {
		return map[string]string{"E5": "Five, the largest", `["E5",{}]`: "Several"}[string(of)]
	}}}
	for _, tt := range []struct {
		rule, page, header, rows string
		columns                  []string
	}{
		{"comes right after it", `[{"skuPartNumber":"E5","id":1},{"id":2},{"skuPartNumber":"E9"}]`, "skuPartNumber,productName,id", `E5,"Five, the largest",1|,,2|E9,,|`, nil},
		{"comes late if the other does", `[{"id":1},{"id":2,"SkuPartNumber":"E5"}]`, "id,SkuPartNumber,productName", `1|2,E5,"Five, the largest"|`, nil},
		{"gives way to a column in the records", `[{"productName":"own","skuPartNumber":"E5"},{"skuPartNumber":"E5"}]`, "productName,skuPartNumber", `own,E5|"Five, the largest",E5|`, nil},
		{"is also made for a list in JSON", `[{"skuPartNumber":["E5",{}]}]`, "skuPartNumber,productName", `"[""E5"",{}]",Several|`, nil},
		{"is selected together with it", `[{"id":1,"skuPartNumber":"E5"}]`, "skuPartNumber,productName", `E5,"Five, the largest"|`, []string{"skuPartNumber"}},
		{"but not without it", `[{"id":1,"skuPartNumber":"E5"}]`, "id", "1|", []string{"id"}},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			o.Columns = tt.columns
			if header, rows := tabulate(t, o, tt.page); header != tt.header || rows != tt.rows {
				t.Errorf("got %s  %s", header, rows)
			}
		})
	}
}

func TestWhatMakesNoTable(t *testing.T) {
	wide := func(n, length int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,"C%0*d":1`, length-1, i)
		}
		return `[{` + b.String()[1:] + `}]`
	}
	for _, tt := range []struct {
		page    string
		problem string
		wide    bool
	}{
		{`{"A":1}`, "it is not a list of records", false},
		{`[{"A":1},"x"]`, "a record is not an object", false},
		{wide(2001, 5), "it has more than 2000 columns, or their names more than 64 KiB", true},
		{wide(70, 1000), "it has more than 2000 columns, or their names more than 64 KiB", true},
	} {
		err := NewTable(io.Discard, Options{}).Add(NewDecoder(strings.NewReader(tt.page)))
		if unfit, ok := errors.AsType[Unfit](err); !ok || unfit != (Unfit{tt.problem, tt.wide}) {
			t.Errorf("%.20s: got %v", tt.page, err)
		}
	}
	if _, rows := tabulate(t, Options{}, wide(2000, 5)); len(rows) != 2000*2 {
		t.Errorf("2000 columns became %d bytes", len(rows))
	}
	t.Run("a table without end", func(t *testing.T) {
		table := NewTable(io.Discard, Options{})
		table.size = longest - 10 // what 512 MiB of pages would have written
		err := table.Add(NewDecoder(strings.NewReader(`[{"A":"1234567890"}]`)))
		if unfit, ok := errors.AsType[Unfit](err); !ok || unfit.Problem != "it is longer than 512 MiB" {
			t.Errorf("got %v", err)
		}
	})
	for _, text := range []string{``, `[{"A":1}`, `[{"A":`, `[{"A" 1}]`, `[1`, `nul`} {
		err := NewTable(io.Discard, Options{}).Add(NewDecoder(strings.NewReader(text)))
		if _, unfit := errors.AsType[Unfit](err); err == nil || !unfit && !BadJSON(err) {
			t.Errorf("%s: got %v", text, err)
		}
	}
	t.Run("errors of the reader and the writer are passed on", func(t *testing.T) {
		broken := errors.New("connection reset")
		err := NewTable(io.Discard, Options{}).Add(NewDecoder(io.MultiReader(strings.NewReader(`[{"A":1},`), failing{broken})))
		if !errors.Is(err, broken) || BadJSON(err) {
			t.Errorf("got %v", err)
		}
		if err := NewTable(failing{broken}, Options{}).Add(NewDecoder(strings.NewReader(`[{"A":1}]`))); !errors.Is(err, broken) || BadJSON(err) {
			t.Errorf("got %v", err)
		}
	})
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error)  { return 0, f.err }
func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestKeepIsAskedOfEachRecord(t *testing.T) {
	for _, o := range []Options{{}, {Columns: []string{"B"}}} {
		var out strings.Builder
		table := NewTable(&out, o)
		var asked []string
		table.Keep([]string{"id", "B"}, func(texts []string) bool {
			asked = append(asked, strings.Join(texts, " "))
			return texts[0] != "2"
		})
		err := table.Add(NewDecoder(strings.NewReader(`[{"Id":1,"B":"x"},{"B":"y","iD":2},{"@odata.etag":3},{"B":"z"},{"id":2,"B":[ "z", {} ]}]`)))
		if want := []string{"1 x", "2 y", " z", `2 ["z",{}]`}; err != nil || !slices.Equal(asked, want) || table.Rows() != 2 || table.Seen() != 5 {
			t.Errorf("asked %q, %d rows of %d, %v", asked, table.Rows(), table.Seen(), err)
		}
		if got := strings.ReplaceAll(out.String(), "\r\n", "|"); got != "1,x|,z|" && got != "x|z|" {
			t.Errorf("got %q", got)
		}
	}
}

func TestKeepLeavesTheColumnsAsTheRecordsHaveThem(t *testing.T) {
	var out strings.Builder
	table := NewTable(&out, Options{})
	table.Keep([]string{"c", "B"}, func([]string) bool { return true })
	err := table.Add(NewDecoder(strings.NewReader(`[{"A":1,"b":2,"C":3}]`)))
	if columns := table.Columns(); err != nil || !slices.Equal(columns, []string{"A", "b", "C"}) || out.String() != "1,2,3\r\n" {
		t.Errorf("got %q of columns %q, %v", out.String(), columns, err)
	}
}

// Whatever records come, in whatever order, each value is in its row and column.
func TestEachValueIsInItsRowAndColumn(t *testing.T) {
	for seed := range uint64(400) {
		random := rand.New(rand.NewPCG(seed, 17))
		var values []any
		for range random.IntN(30) {
			values = append(values, randomObject(random, 3))
		}
		text, err := json.Marshal(values)
		if seed%2 > 0 {
			text, err = json.MarshalIndent(values, "\r", "\t ")
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, spread := range []bool{false, true} {
			objects, ok := decode(text, spread)
			var out bytes.Buffer
			table := NewTable(&out, Options{Spread: spread})
			if err := table.Add(NewDecoder(bytes.NewReader(text))); err != nil || !ok {
				t.Fatalf("%s: %v", text, err)
			}
			checkTable(t, table.Columns(), out.String(), objects)
		}
	}
}

// Wherever a text has something that a cell must not have as it came, alone or
// in a list.
func TestEachTextIsWholeWhateverItHas(t *testing.T) {
	for _, odd := range []string{`,`, `\"`, `\\`, `\n`, `\u0022`, `\ud800`, `é`, "\xff", `,\"`, `\",`, `é\\`, "\xe9,"} {
		for before := range 17 {
			for behind := range 17 {
				text := `"` + strings.Repeat("b", before) + odd + strings.Repeat("c", behind) + `"`
				value := []byte(`[{"A":` + text + `,"B":[` + text + `,"",{` + text + `:` + text + `}],"C":1}]`)
				objects, _ := decode(value, false)
				columns, rows := tabulate(t, Options{}, string(value))
				checkTable(t, strings.Split(columns, ","), strings.ReplaceAll(rows, "|", "\r\n"), objects)
			}
		}
	}
}

func randomObject(random *rand.Rand, depth int) map[string]any {
	object := map[string]any{}
	for range random.IntN(6) {
		object[[]string{"a", "A", "b", "c", "d.e", "d", "é", "É", "x@y", ""}[random.IntN(10)]] = randomValue(random, depth)
	}
	return object
}

func randomValue(random *rand.Rand, depth int) any {
	switch n := random.IntN(9); {
	case n == 0 && depth > 0:
		var list []any
		for range random.IntN(4) {
			list = append(list, randomValue(random, depth-1))
		}
		return list
	case n < 3 && depth > 0:
		return randomObject(random, depth-1)
	case n < 5:
		return nil
	case n == 5:
		return random.IntN(2) == 0
	case n == 6:
		return random.Int64()
	}
	return []string{"", "x", "a,b", "say \"x\"", "1\r\n2", "é; ü"}[random.IntN(6)]
}
