package report

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Named is one report of the REPORTS setting: what is asked, and the name of its
// blobs.
type Named struct {
	Name string
	Call Call
}

// ParseList reads the reports of a night, `;` between them, each `[name=]call`; the
// name defaults to the function's, the last segment of the path or the short name,
// and no other report may be called access. Names that differ only in case are the
// same name: the blobs are downloaded to file systems that don't distinguish them.
// The error joins every mistake of the list (errors.Join).
func ParseList(text string) ([]Named, error) {
	var (
		list     []Named
		mistakes []error
		taken    = map[string]bool{}
	)
	for _, entry := range splitOutside(text, ';', -1) {
		named, err := parseNamed(entry)
		if err == nil && taken[strings.ToLower(named.Name)] {
			err = fmt.Errorf("two reports are named %q (upper and lower case count as the same): name one of them, as in other-name=%s", named.Name, named.Call)
		}
		if err != nil {
			mistakes = append(mistakes, err)
			continue
		}
		taken[strings.ToLower(named.Name)] = true
		list = append(list, named)
	}
	if err := errors.Join(mistakes...); err != nil {
		return nil, err
	}
	return list, nil
}

// beginsCall matches what comes before an equals sign that belongs to a call: no
// name has anything after a blank, or is an address.
var beginsCall = regexp.MustCompile(`^(?:[A-Za-z]+[` + dashes + `]\S+[\s\x{a0}]+\S|(?i:GET\s|https?:|/)|[^?]*\?)`)

func parseNamed(entry string) (Named, error) {
	if strings.TrimSpace(entry) == "" {
		return Named{}, errors.New("an entry is empty: want [name=]call between every two \";\", such as " + usageExample)
	}
	parts := splitOutside(entry, '=', 2)
	name, text := strings.TrimSpace(parts[0]), entry
	named := len(parts) == 2 && !beginsCall.MatchString(name)
	if named {
		text = parts[1]
	}
	call, err := Parse(text)
	if named {
		err = errors.Join(ValidName(name), err)
	} else {
		name = defaultName(text, call)
	}
	if err == nil && strings.EqualFold(name, Access) && (name != Access || call.Function() != Access) {
		err = fmt.Errorf("report name %q: it belongs to our own report (upper and lower case count as the same): want another, as in other-name=%s", name, call)
	}
	return Named{Name: name, Call: call}, err
}

func defaultName(text string, call Call) string {
	if short, ok := shortNames.find(text); ok {
		return short.Name
	}
	return call.Function()
}

// splitOutside cuts text at the separators outside quotes, parentheses and braces,
// into at most n parts (n < 0: no limit). What is never closed lasts to the end; a
// backtick removes the next character's meaning.
func splitOutside(text string, separator rune, n int) []string {
	var (
		parts   []string
		family  string // of quotes
		escaped bool
		depth   int
		start   int
	)
	for i, r := range text {
		switch {
		case escaped:
			escaped = false
		case r == '`' && family != singleQuotes:
			escaped = true
		case family != "":
			if strings.ContainsRune(family, r) {
				family = ""
			}
		case strings.ContainsRune(singleQuotes, r):
			family = singleQuotes
		case strings.ContainsRune(doubleQuotes, r):
			family = doubleQuotes
		case r == '(' || r == '{':
			depth++
		case r == ')' || r == '}':
			depth--
		case r == separator && depth <= 0 && len(parts) != n-1:
			parts = append(parts, text[start:i])
			start = i + 1
		}
	}
	return append(parts, text[start:])
}

var validName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// ValidName says what is wrong with a report's name, or nil. It becomes part of
// blob names and addresses.
func ValidName(name string) error {
	if !validName.MatchString(name) {
		return fmt.Errorf("report name %q: want 1 to 64 letters, digits, \"-\" or \"_\"", name)
	}
	return nil
}
