package records

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
)

// FuzzRecords holds what is written against what encoding/json and encoding/csv
// make of the same bytes.
func FuzzRecords(f *testing.F) {
	for _, seed := range []string{
		`[]`, `null`, `{}`, `[1]`, `[{}]`, `[{"A":1}`, `[{"A":1},{"B":[{"C":null}]}]`, `[{"A@data.type":"x","A":"\r\n"},{"A":""}]`,
		`[{"A":"\ud800","A":"\"\u0000"}]`, `[ { "" : true } , { "B" : false } ]`, `[{"a":1},{"A":2},{"ſ":3,"S":4}]`, `[{"A":{"b":[ 1e5 , "` + "\xff" + `" ]}}]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		if !json.Valid(value) {
			return // whoever decodes answers for that
		}
		value = bytes.TrimSpace(value)
		var out bytes.Buffer
		first := NewTable(&out, nil)
		err := first.Add(json.NewDecoder(bytes.NewReader(value)))
		objects, ok := decode(value)
		if !ok || len(first.columns) > mostColumns {
			if err == nil {
				t.Fatalf("%s was taken for records", value)
			}
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", value, err)
		}
		out.Reset()
		again := NewTable(&out, first.columns)
		if err := again.Add(json.NewDecoder(bytes.NewReader(value))); err != nil || !again.Complete() {
			t.Fatalf("%s: not complete with every column known: %v", value, err)
		}
		lines, err := csv.NewReader(&out).ReadAll()
		if err != nil || len(lines) != len(objects)+min(len(objects), 1) {
			t.Fatalf("%s became %d lines: %v", value, len(lines), err)
		}
		for i, object := range objects {
			for at, column := range again.columns {
				if got, want := lines[i+1][at], cells(object, column); !slices.Contains(want, got) {
					t.Fatalf("%s: record %d, %q is %q, want one of %q", value, i, column, got, want)
				}
			}
		}
	})
}

// decode returns the records that have properties, and whether all are objects.
func decode(value []byte) (objects []map[string]json.RawMessage, ok bool) {
	if json.Unmarshal(value, &objects) != nil {
		return nil, false
	}
	for _, object := range objects {
		if object == nil {
			return nil, false // null
		}
		maps.DeleteFunc(object, func(name string, _ json.RawMessage) bool { return strings.Contains(name, "@") })
	}
	return slices.DeleteFunc(objects, func(object map[string]json.RawMessage) bool { return len(object) == 0 }), true
}

// cells are what a column may have of an object: as a rule one value, of more than
// one spelling the last, and a map has forgotten which that is.
func cells(object map[string]json.RawMessage, column string) (cells []string) {
	for name, value := range object {
		if strings.EqualFold(name, column) {
			// encoding/csv reads line breaks as line feeds.
			cells = append(cells, strings.ReplaceAll(shown(value), "\r\n", "\n"))
		}
	}
	if cells == nil {
		cells = []string{""}
	}
	return cells
}

// shown is a value as a cell should have it.
func shown(value json.RawMessage) string {
	var text string
	switch {
	case len(value) == 0 || string(value) == "null":
		return ""
	case value[0] == '"':
		json.Unmarshal(value, &text)
		return text
	case string(value) == "true":
		return "True"
	case string(value) == "false":
		return "False"
	}
	var compact bytes.Buffer
	json.Compact(&compact, value)
	return strings.ToValidUTF8(compact.String(), "\ufffd")
}
