package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// parameter is one parameter of a cmdlet. Its value is a string, a bool, a
// json.Number or a list ([]any) of these.
type parameter struct {
	name  string
	value any
}

// parseParameters reads -Name value, -Switch, -Switch:$false, and values without a
// name if the documentation has a position for them.
func parseParameters(of cmdlet, tokens []token) ([]parameter, error) {
	var parameters []parameter
	var nameless []any
	taken := map[string]bool{}
	for len(tokens) > 0 {
		first := tokens[0]
		if first.kind != flag && first.kind != flagColon {
			value, rest, err := parseValue(tokens)
			if _, truth := value.(bool); truth || first.kind == comma || first.kind == closeList {
				return nil, namelessValue(first.text)
			}
			if err != nil {
				return nil, err
			}
			nameless, tokens = append(nameless, value), rest
			continue
		}
		p, rest, err := parseParameter(of, tokens)
		if err != nil {
			return nil, fmt.Errorf("-%s: %w", first.text, err)
		}
		if taken[strings.ToLower(p.name)] {
			return nil, fmt.Errorf("-%s is given twice", first.text)
		}
		taken[strings.ToLower(p.name)] = true
		parameters, tokens = append(parameters, p), rest
	}
	places := slices.DeleteFunc(slices.Clone(of.positions), func(name string) bool { return taken[strings.ToLower(name)] })
	if len(nameless) > len(places) {
		return nil, namelessValue(fmt.Sprint(nameless[len(places)]))
	}
	named := make([]parameter, len(nameless), len(nameless)+len(parameters))
	for i, value := range nameless {
		named[i] = parameter{places[i], value}
	}
	return append(named, parameters...), nil
}

func namelessValue(text string) error {
	return fmt.Errorf("%q has no parameter name: want -Name before a value, commas within a list, and a colon between a switch and $true or $false", clip(text))
}

// parseParameter reads a name and what follows it, and returns the tokens after
// them. A parameter without a value is a switch that is on.
func parseParameter(of cmdlet, tokens []token) (parameter, []token, error) {
	name, rest := of.spelling(tokens[0].text), tokens[1:]
	alone := len(rest) == 0 || rest[0].kind == flag || rest[0].kind == flagColon
	switch {
	case tokens[0].kind == flagColon && alone:
		return parameter{}, nil, errors.New("want a value after the colon")
	case tokens[0].kind == flag && (alone || slices.Contains(of.switches, name)):
		return parameter{name, true}, rest, nil
	}
	value, rest, err := parseValue(rest)
	return parameter{name, value}, rest, err
}

// parseValue reads a value or a list, and returns the tokens after it.
func parseValue(tokens []token) (any, []token, error) {
	opening := tokens[0].kind
	if opening != openList && opening != openGroup {
		items, rest, err := parseItems(tokens, parseItem)
		if err == nil && len(items) == 1 {
			return items[0], rest, nil
		}
		return items, rest, err
	}
	items, rest := []any{}, tokens[1:]
	if opening == openGroup || len(rest) == 0 || rest[0].kind != closeList {
		var err error
		if items, rest, err = parseItems(rest, parseInParentheses); err != nil {
			return nil, nil, err
		}
	}
	if len(rest) == 0 || rest[0].kind != closeList {
		return nil, nil, errors.New("want a list such as @('a','b'), commas between its values and closed at its end")
	}
	if opening == openGroup && len(items) == 1 {
		return items[0], rest[1:], nil
	}
	return items, rest[1:], nil
}

// parseItems reads one or more values with commas between them.
func parseItems(tokens []token, parse func(token) (any, error)) ([]any, []token, error) {
	var items []any
	for {
		if len(tokens) == 0 || tokens[0].kind > boolean {
			return nil, nil, errors.New("want a value before and after every comma, and no list within a list")
		}
		item, err := parse(tokens[0])
		if err != nil {
			return nil, nil, err
		}
		items, tokens = append(items, item), tokens[1:]
		if len(tokens) == 0 || tokens[0].kind != comma {
			return items, tokens, nil
		}
		tokens = tokens[1:]
		if len(tokens) > 0 && tokens[0].kind == word && anotherReport.MatchString(tokens[0].text) {
			return nil, nil, betweenReports(tokens[0].text)
		}
	}
}

var (
	// numberForm is JSON's, so that a number is sent as it was written.
	numberForm = regexp.MustCompile(`^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$`)
	// shellNumber is what else PowerShell treats as one. Exchange reads it, too.
	shellNumber = regexp.MustCompile(`^-?(?i:0x[0-9a-f]+|0b[01]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?)(?i:[dlnsuy]|u[lsy])?(?i:[kmgtp]b)?$`)
)

// parseItem reads a value where PowerShell treats bare words as text; to
// PowerShell, one that begins with a dash is not a number.
func parseItem(t token) (any, error) {
	switch {
	case t.kind == boolean:
		return t.text == "$true", nil
	case t.kind == word && numberForm.MatchString(t.text) && t.text[0] != '-':
		return json.Number(t.text), nil
	}
	return checkPlaceholders(t.text)
}

// parseInParentheses reads a value where PowerShell treats bare words as commands.
func parseInParentheses(t token) (any, error) {
	switch {
	case t.kind != word || placeholderStart.FindString(t.text) == t.text:
		return parseItem(t)
	case numberForm.MatchString(t.text):
		return json.Number(t.text), nil
	case shellNumber.MatchString(t.text):
		return t.text, nil
	}
	return nil, fmt.Errorf("%q: nothing in parentheses is evaluated: want text in quotes there", clip(t.text))
}

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
