package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// parameter is one parameter of a cmdlet. Its value is a string, a bool, a
// json.Number or a list ([]any) of these.
type parameter struct {
	name  string
	value any
}

// parseParameters reads -Name value, -Switch and -Switch:$false.
func parseParameters(tokens []token) ([]parameter, error) {
	var parameters []parameter
	taken := map[string]bool{}
	for len(tokens) > 0 {
		first := tokens[0]
		if first.kind != flag && first.kind != flagColon {
			return nil, fmt.Errorf("%q comes without the name of its parameter: want -Name before a value, and commas within a list", first.text)
		}
		value, rest, err := parseValue(first.kind, tokens[1:])
		if err != nil {
			return nil, fmt.Errorf("-%s: %w", first.text, err)
		}
		if taken[strings.ToLower(first.text)] {
			return nil, fmt.Errorf("-%s is given twice", first.text)
		}
		taken[strings.ToLower(first.text)] = true
		parameters = append(parameters, parameter{first.text, value})
		tokens = rest
	}
	return parameters, nil
}

// parseValue reads what follows the name of a parameter, and returns the tokens
// after it. A parameter without a value is a switch that is on.
func parseValue(before tokenKind, tokens []token) (any, []token, error) {
	if len(tokens) == 0 || tokens[0].kind == flag || tokens[0].kind == flagColon {
		if before == flagColon {
			return nil, nil, errors.New("want a value after the colon")
		}
		return true, tokens, nil
	}
	if tokens[0].kind != openList {
		items, rest, err := parseItems(tokens)
		if err == nil && len(items) == 1 {
			return items[0], rest, nil
		}
		return items, rest, err
	}
	items, rest := []any{}, tokens[1:]
	if len(rest) == 0 || rest[0].kind != closeList {
		var err error
		if items, rest, err = parseItems(rest); err != nil {
			return nil, nil, err
		}
	}
	if len(rest) == 0 || rest[0].kind != closeList {
		return nil, nil, errors.New("want a list such as @('a','b'), commas between its values and closed at its end")
	}
	return items, rest[1:], nil
}

// parseItems reads values with commas between them, one at least.
func parseItems(tokens []token) ([]any, []token, error) {
	var items []any
	for {
		if len(tokens) == 0 || tokens[0].kind > boolean {
			return nil, nil, errors.New("want a value before and after every comma, and no list within a list")
		}
		item, err := parseItem(tokens[0])
		if err != nil {
			return nil, nil, err
		}
		items, tokens = append(items, item), tokens[1:]
		if len(tokens) == 0 || tokens[0].kind != comma {
			return items, tokens, nil
		}
		tokens = tokens[1:]
	}
}

// numberForm is JSON's, so that a number goes out as it was written.
var numberForm = regexp.MustCompile(`^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$`)

func parseItem(t token) (any, error) {
	switch {
	case t.kind == boolean:
		return t.text == "$true", nil
	case t.kind == word && numberForm.MatchString(t.text):
		return json.Number(t.text), nil
	case strings.Contains(t.text, "  "):
		return nil, fmt.Errorf("%q has two spaces in a row, which a run's record may not keep: want one", t.text)
	}
	return checkPlaceholders(t.text)
}

// String returns the canonical text.
func (p parameter) String() string {
	switch value := p.value.(type) {
	case bool:
		return fmt.Sprintf("-%s:$%t", p.name, value)
	case []any:
		var items []string
		for _, item := range value {
			items = append(items, listText(item))
		}
		return "-" + p.name + " @(" + strings.Join(items, ",") + ")"
	case string:
		if bareForm.MatchString(value) && !numberForm.MatchString(value) {
			return "-" + p.name + " " + value
		}
		return "-" + p.name + " " + quote(value)
	}
	return fmt.Sprintf("-%s %s", p.name, p.value)
}

// bareForm is what needs no quotes, with room to spare.
var bareForm = regexp.MustCompile(`^(?:\{today(?:-[0-9]+)?\}|[A-Za-z0-9][A-Za-z0-9._:/@-]*)$`)

func listText(item any) string {
	switch item := item.(type) {
	case bool:
		return fmt.Sprintf("$%t", item)
	case string:
		return quote(item)
	}
	return fmt.Sprint(item)
}

func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// filledIn returns the value with the days of a run of date d in place of the
// placeholders.
func (p parameter) filledIn(d Date) any {
	switch value := p.value.(type) {
	case string:
		return fillIn(value, d)
	case []any:
		filled := make([]any, len(value))
		for i, item := range value {
			filled[i] = parameter{p.name, item}.filledIn(d)
		}
		return filled
	}
	return p.value
}
