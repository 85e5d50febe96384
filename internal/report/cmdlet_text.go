package report

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

func canonical(parameters []parameter) string {
	texts := make([]string, len(parameters))
	for i, p := range parameters {
		texts[i] = p.String()
	}
	return strings.Join(texts, " ")
}

// String returns the canonical text, which PowerShell reads with the same meaning.
func (p parameter) String() string {
	if value, ok := p.value.(bool); ok {
		return fmt.Sprintf("-%s:$%t", p.name, value)
	}
	return "-" + p.name + " " + p.valueText()
}

func (p parameter) valueText() string {
	switch value := p.value.(type) {
	case []any:
		items := make([]string, len(value))
		for i, item := range value {
			items[i] = itemText(item)
		}
		return "@(" + strings.Join(items, ",") + ")"
	case string:
		if bareForm.MatchString(value) && !numberForm.MatchString(value) {
			return value
		}
	case json.Number:
		if value[0] == '-' {
			return "(" + string(value) + ")"
		}
	}
	return itemText(p.value)
}

// bareForm is what certainly needs no quotes.
var bareForm = regexp.MustCompile(`^(?:\{today(?:-[0-9]+)?\}|[A-Za-z0-9][A-Za-z0-9._:/@-]*)$`)

func itemText(item any) string {
	switch item := item.(type) {
	case bool:
		return fmt.Sprintf("$%t", item)
	case string:
		return quote(item)
	}
	return fmt.Sprint(item)
}
