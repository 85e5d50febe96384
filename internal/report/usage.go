package report

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

const usageExample = "getMailboxUsageDetail(period='D7')"

// parseFunction reads a usage report's call, or our own report's.
func parseFunction(text string) (Call, error) {
	name, rest, parenthesis := strings.Cut(text, "(")
	name, f, err := find(strings.TrimSpace(name))
	if err != nil {
		return Call{}, err
	}
	call := Call{kind: usageCall, function: name}
	if name == Access {
		call.kind = ownCall
	}
	if parenthesis {
		if err := call.parseParameters(f, rest); err != nil {
			return Call{}, err
		}
	}
	if f.takes != nothing && call.period == "" && call.date == "" {
		return Call{}, fmt.Errorf("%s needs a parameter: want %s", name, f.accepted())
	}
	return call, nil
}

// find returns the documented name of a function and the catalogue's entry, or an
// error that says what the writer may have meant. Case does not matter.
func find(name string) (string, function, error) {
	for known, f := range catalogue {
		if strings.EqualFold(name, known) {
			return known, f, nil
		}
	}
	for old, instead := range retiredReports {
		if strings.EqualFold(name, old) {
			return "", function{}, fmt.Errorf("%s was retired by Microsoft, with Skype for Business: want Teams' own %s", old, instead)
		}
	}
	if first, _, together := strings.Cut(name, ","); together {
		_, known := catalogue[first]
		if _, short := shortNames.find(first); known || short {
			return "", function{}, betweenReports(name)
		}
	}
	if instead := answered(name); instead != "" {
		return "", function{}, fmt.Errorf("%q is a collection of Graph: want %s", name, instead)
	}
	if near := nearest(name); near != "" {
		return "", function{}, fmt.Errorf("no usage report or short name %q: did you mean %s?", name, near)
	}
	between := ""
	if strings.ContainsAny(name, " |") {
		between = `, and ";" between two reports`
	}
	return "", function{}, fmt.Errorf("no usage report or short name %q: want one, such as %s or licenses, or a path that begins with \"/\"%s", clip(name), usageExample, between)
}

// parseParameters reads what follows the opening parenthesis.
func (c *Call) parseParameters(f function, rest string) error {
	inside, after, closed := strings.Cut(rest, ")")
	if !closed {
		return errors.New("its parenthesis is not closed")
	}
	if after = strings.TrimSpace(after); strings.HasPrefix(after, ",") {
		return betweenReports(after)
	}
	if after != "" {
		return fmt.Errorf("%q after the closing parenthesis: want nothing there", clip(after))
	}
	if inside = strings.TrimSpace(inside); inside == "" {
		return nil
	}
	for parameter := range strings.SplitSeq(inside, ",") {
		name, value, _ := strings.Cut(parameter, "=")
		if err := c.set(f, strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)); err != nil {
			return err
		}
	}
	if c.period != "" && c.date != "" {
		return fmt.Errorf("%s takes a period or a date, not both", c.function)
	}
	if c.version != "" && c.date != "" {
		return fmt.Errorf("%s takes no version with a date: want it left out", c.function)
	}
	return f.checkPeriod(c.period, c.version)
}

// set sets one parameter. Graph's documentation quotes a period and, in places, a
// date; both are understood with and without quotes.
func (c *Call) set(f function, name, value string) error {
	field := map[string]*string{"period": &c.period, "date": &c.date, "version": &c.version}[name]
	if field == nil || !slices.Contains(f.parameters(), name) {
		return fmt.Errorf("%s takes no %q: want %s", c.function, name, f.accepted())
	}
	if *field != "" {
		return fmt.Errorf("%s is given twice", name)
	}
	text, err := unquote(value)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if name == "date" {
		text, err = parseDay(text, singleDays)
	}
	if name == "version" && !slices.Contains(copilotVersions, text) {
		err = fmt.Errorf("version %q: want %s", text, oneOf(copilotVersions))
	}
	if err != nil {
		return err
	}
	*field = text
	return nil
}

func unquote(value string) (string, error) {
	inner, opened := strings.CutPrefix(value, "'")
	if opened {
		var closed bool
		if inner, closed = strings.CutSuffix(inner, "'"); !closed {
			return "", fmt.Errorf("the quote in %s is not closed", value)
		}
	}
	if inner == "" {
		return "", errors.New("its value is empty")
	}
	return inner, nil
}

func (c Call) inParentheses(period, date string) string {
	var parameters []string
	if period != "" {
		parameters = append(parameters, "period='"+period+"'")
	}
	if c.version != "" {
		parameters = append(parameters, "version='"+c.version+"'")
	}
	if date != "" {
		parameters = append(parameters, "date="+date)
	}
	if len(parameters) == 0 {
		return ""
	}
	return "(" + strings.Join(parameters, ",") + ")"
}
