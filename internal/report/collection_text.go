package report

import (
	"fmt"
	"strings"
)

// outside calls f with each character of an expression that is outside of strings,
// and its place. A doubled quote is part of the string, and so is one after a
// backslash in double quotes. It reports whether the last string was closed.
func outside(text, quotes string, f func(i int, r rune)) (closed bool) {
	within, escaped := false, false
	for i, r := range text {
		switch {
		case escaped:
			escaped = false
		case within && r == '\\' && quotes == `"`:
			escaped = true
		case strings.ContainsRune(quotes, r):
			within = !within
		case !within:
			f(i, r)
		}
	}
	return !within
}

// checkBalance says which quote or parenthesis of an expression is not closed, and
// refuses what has no place outside of strings.
func checkBalance(text, quotes string) error {
	depth, fault := 0, error(nil) // the first one
	closed := outside(text, quotes, func(i int, r rune) {
		switch {
		case fault != nil:
		case r == '(':
			depth++
		case r == ')':
			depth--
		case r == ';' && depth <= 0:
			fault = fmt.Errorf(`%q: want ";" between two reports, within parentheses, or in quotes`, clip(text[i:]))
		case r == '"' || r == '\'' || r == '`':
			fault = fmt.Errorf("%q: want text in %s here", clip(text[i:]), map[string]string{"'": "single quotes", `"`: "double quotes"}[quotes])
		}
		if depth < 0 && fault == nil {
			fault = fmt.Errorf("%q closes a parenthesis that was not opened", clip(text[:i+1]))
		}
	})
	switch {
	case !closed:
		return fmt.Errorf("a quote in %q is not closed", clip(text))
	case fault == nil && depth > 0:
		return fmt.Errorf("a parenthesis in %q is not closed", clip(text))
	}
	return fault
}

// withoutStrings returns what is outside of single quotes.
func withoutStrings(text string) string {
	var plain strings.Builder
	outside(text, "'", func(_ int, r rune) { plain.WriteRune(r) })
	return plain.String()
}

// singleBlanks replaces consecutive blanks outside of strings with one space: more
// of them have no meaning there.
func singleBlanks(text, quotes string) string {
	blank := map[int]bool{}
	outside(text, quotes, func(i int, r rune) { blank[i] = isBlank(r) })
	var single strings.Builder
	before := false
	for i, r := range text {
		switch {
		case !blank[i]:
			single.WriteRune(r)
		case !before:
			single.WriteByte(' ')
		}
		before = blank[i]
	}
	return single.String()
}

// splitQuery cuts a query at each & outside of strings, whichever quotes they have.
func splitQuery(text string) []string {
	var parts []string
	start, family, escaped := 0, rune(0), false
	for i, r := range text {
		switch {
		case escaped:
			escaped = false
		case r == '\\' && family == '"':
			escaped = true
		case family == r:
			family = 0
		case family != 0:
		case r == '\'' || r == '"':
			family = r
		case r == '&':
			parts, start = append(parts, text[start:i]), i+1
		}
	}
	return append(parts, text[start:])
}
