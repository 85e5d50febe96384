package records

import (
	"bytes"
	"encoding/json"
	"strings"
)

// object is a record as encoding/json reads it: which cells it has, in the order
// in which they come.
type object []pair

type pair struct{ name, text string }

// cells are what a column may hold of an object: usually one value.
func (o object) cells(column string) (cells []string) {
	for _, p := range o {
		if strings.EqualFold(p.name, column) {
			// encoding/csv reads line breaks as line feeds.
			cells = append(cells, strings.ReplaceAll(p.text, "\r\n", "\n"))
		}
	}
	if cells == nil {
		cells = []string{""}
	}
	return cells
}

// decode returns the records that have properties, and whether all are objects.
func decode(value []byte, spread bool) (objects []object, ok bool) {
	var records []json.RawMessage
	if json.Unmarshal(value, &records) != nil {
		return nil, false
	}
	for _, record := range records {
		if record[0] != '{' {
			return nil, false
		}
		if o := flatten(record, "", spread, 0); len(o) > 0 {
			objects = append(objects, o)
		}
	}
	return objects, true
}

func flatten(value json.RawMessage, under string, spread bool, depth int) (o object) {
	d := json.NewDecoder(bytes.NewReader(value))
	d.Token()
	for d.More() {
		name, _ := d.Token()
		var member json.RawMessage
		d.Decode(&member)
		path := under + name.(string)
		switch {
		case strings.Contains(name.(string), "@"):
		case spread && member[0] == '{' && depth < deepest:
			inside := flatten(member, path+".", spread, depth+1)
			if len(inside) == 0 {
				inside = object{{path, ""}}
			}
			o = append(o, inside...)
		case spread && member[0] == '[':
			o = append(o, pair{path, joined(member)})
		default:
			o = append(o, pair{path, shown(member)})
		}
	}
	return o
}

// joined is a list as a cell should have it.
func joined(value json.RawMessage) string {
	var values []json.RawMessage
	json.Unmarshal(value, &values)
	texts := make([]string, len(values))
	for i, v := range values {
		if v[0] == '{' || v[0] == '[' {
			return shown(value)
		}
		texts[i] = shown(v)
	}
	return strings.Join(texts, "; ")
}

// shown is a value as a cell should have it.
func shown(value json.RawMessage) string {
	var text string
	switch {
	case len(value) == 0 || string(value) == "null":
		return ""
	case value[0] == '"':
		json.Unmarshal(value, &text)
		return strings.ReplaceAll(text, "\x00", "\ufffd")
	case string(value) == "true":
		return "True"
	case string(value) == "false":
		return "False"
	}
	var compact bytes.Buffer
	json.Compact(&compact, value)
	return strings.ToValidUTF8(compact.String(), "\ufffd")
}
