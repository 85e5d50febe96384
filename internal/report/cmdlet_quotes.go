package report

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// unquoteCmdlet reads the quoted text that text begins with, and returns it without
// its quotes, and the rest of the text. A doubled quote is one quote of the text;
// any quote of the same family closes it, as in PowerShell.
func unquoteCmdlet(text string) (value, rest string, err error) {
	first, size := utf8.DecodeRuneInString(text)
	family := singleQuotes
	if strings.ContainsRune(doubleQuotes, first) {
		family = doubleQuotes
	}
	var plain strings.Builder
	for rest = text[size:]; rest != ""; {
		r, size := utf8.DecodeRuneInString(rest)
		part, after := rest[:size], rest[size:]
		switch {
		case strings.ContainsRune(family, r):
			next, size := utf8.DecodeRuneInString(after)
			if after == "" || !strings.ContainsRune(family, next) {
				return plain.String(), after, nil
			}
			part, after = after[:size], after[size:]
		case family == doubleQuotes && r == '$':
			return "", "", refused(text, "'$' has a special meaning within double quotes: want single quotes")
		case family == doubleQuotes && r == '`':
			if part, after, err = unescape(rest); err != nil {
				return "", "", err
			}
		}
		plain.WriteString(part)
		rest = after
	}
	return "", "", fmt.Errorf("the quote in %q is not closed", clip(text))
}

var escapes = map[rune]string{
	'0': "\x00", 'a': "\a", 'b': "\b", 'e': "\x1b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t", 'v': "\v",
}

var unicodeEscape = regexp.MustCompile("^`u\\{([0-9A-Fa-f]{1,6})\\}")

// unescape reads the backtick that text begins with and what it escapes.
//
// Source: https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_special_characters
func unescape(text string) (value, rest string, err error) {
	if found := unicodeEscape.FindStringSubmatch(text); found != nil {
		code, _ := strconv.ParseInt(found[1], 16, 32) // six digits at most
		if !utf8.ValidRune(rune(code)) {
			return "", "", refused(text, "no character has that number: want the character itself")
		}
		return string(rune(code)), text[len(found[0]):], nil
	}
	r, size := utf8.DecodeRuneInString(text[1:])
	if size == 0 || r == 'u' {
		return "", "", refused(text, "want a character after the backtick, or the value in single quotes")
	}
	rest = text[1+size:]
	if escaped, ok := escapes[r]; ok {
		return escaped, rest, nil
	}
	return string(r), rest, nil
}

// quote writes a text in single quotes or, if it has more than printable ASCII or
// two spaces in a row, in double quotes with its characters' numbers.
func quote(text string) string {
	if isPlain(text) {
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	}
	var escaped strings.Builder
	var before rune
	for _, r := range text {
		switch {
		case strings.ContainsRune("\"`$", r):
			escaped.WriteRune('`')
			escaped.WriteRune(r)
		case r < ' ' || r > '~' || r == ' ' && before == ' ':
			fmt.Fprintf(&escaped, "`u{%x}", r)
		default:
			escaped.WriteRune(r)
		}
		before = r
	}
	return `"` + escaped.String() + `"`
}

// isPlain reports whether a blob's metadata keeps a text as it is.
func isPlain(text string) bool {
	return !strings.Contains(text, "  ") && !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' })
}
