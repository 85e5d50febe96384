package m365

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Cells returns what a report should have of a record that Objects returns, by column:
// the properties of an object within it are columns of their own, such as
// prepaidUnits.enabled, and annotations are not columns. It is written independently of
// how the handler does it, so that tests can compare the two.
func Cells(record json.RawMessage) map[string]string {
	cells := map[string]string{}
	spread("", record, cells)
	return cells
}

func spread(path string, value json.RawMessage, cells map[string]string) {
	var object map[string]json.RawMessage
	if json.Unmarshal(value, &object) != nil || object == nil {
		cells[path] = cell(value)
		return
	}
	for name, member := range object {
		if !strings.Contains(name, "@") {
			spread(strings.TrimPrefix(path+"."+name, "."), member, cells)
		}
	}
}

// cell is a value as PowerShell shows it, and a list of values with semicolons
// between. A list of anything else stays JSON.
func cell(value json.RawMessage) string {
	decoder := json.NewDecoder(bytes.NewReader(value))
	decoder.UseNumber()
	var decoded any
	decoder.Decode(&decoded)
	switch decoded := decoded.(type) {
	case nil:
		return ""
	case bool:
		return map[bool]string{true: "True", false: "False"}[decoded]
	case []any:
		texts := make([]string, len(decoded))
		for i, element := range decoded {
			switch element.(type) {
			case []any, map[string]any:
				var compact bytes.Buffer
				json.Compact(&compact, value)
				return compact.String()
			}
			text, _ := json.Marshal(element)
			texts[i] = cell(text)
		}
		return strings.Join(texts, "; ")
	}
	return fmt.Sprint(decoded)
}
