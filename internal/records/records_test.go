package records

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// FuzzRecords compares what is written with what encoding/json and encoding/csv
// make of the same bytes.
func FuzzRecords(f *testing.F) {
	for _, seed := range []string{
		`[]`, `null`, `{}`, `[1]`, `[{}]`, `[{"A":1}`, `[{"A":1},{"B":[{"C":null}]}]`, `[{"A@data.type":"x","A":"\r\n"},{"A":""}]`,
		`[{"A":"\ud800","A":"\"\u0000"}]`, `[ { "" : true } , { "B" : false } ]`, `[{"a":1},{"A":2},{"ſ":3,"S":4}]`, `[{"A":{"b":[ 1e5 , "` + "\xff" + `" ]}}]`,
		`[{"a":null},{"a":{"b":{"c":1},"d":[]}},{"a":2},{"a":{}}]`, `[{"a":["x",null,true],"b":[1,[2]],"c":[[ ]]}]`, `[{"a":{"@x":1},"a.b":2},{"a":{"b":3}}]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		if !json.Valid(value) {
			return // the decoder is responsible for that
		}
		for _, spread := range []bool{false, true} {
			objects, ok := decode(value, spread)
			var out bytes.Buffer
			table := NewTable(&out, Options{Spread: spread})
			err := table.Add(NewDecoder(bytes.NewReader(value)))
			if !ok || len(table.columns) > mostColumns || table.header > longestHeader {
				if err == nil {
					t.Fatalf("%s was accepted as records", value)
				}
				return
			}
			if err != nil {
				t.Fatalf("%s: %v", value, err)
			}
			checkTable(t, table.Columns(), out.String(), objects)
		}
	})
}

// checkTable wants each value in its row and column, and nothing elsewhere.
func checkTable(t *testing.T, columns []string, text string, objects []object) {
	t.Helper()
	reader := csv.NewReader(strings.NewReader(text))
	reader.FieldsPerRecord = -1
	lines, err := reader.ReadAll()
	if err != nil || len(lines) != len(objects) {
		t.Fatalf("%d records became %d lines %q: %v", len(objects), len(lines), text, err)
	}
	for i, o := range objects {
		if len(lines[i]) > len(columns) || i > 0 && len(lines[i]) < len(lines[i-1]) {
			t.Fatalf("record %d has %d cells, of columns %q: %q", i, len(lines[i]), columns, text)
		}
		line := append(lines[i], make([]string, len(columns)-len(lines[i]))...)
		for at, column := range columns {
			if want := o.cells(column); !slices.Contains(want, line[at]) {
				t.Fatalf("record %d, %q is %q, want one of %q\ncolumns %q\n%s", i, column, line[at], want, columns, text)
			}
		}
		for _, p := range o {
			if p.text != "" && !slices.ContainsFunc(columns, func(column string) bool { return strings.EqualFold(column, p.name) }) {
				t.Fatalf("record %d: no column %q in %q", i, p.name, columns)
			}
		}
	}
}
