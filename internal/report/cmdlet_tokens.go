package report

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// tokenKind is what a piece of a cmdlet's text is to PowerShell.
type tokenKind int

const (
	word      tokenKind = iota // bare, such as TopMailSender, 2026-11-20 or 10
	quoted                     // text without its quotes, or with an escape in it
	boolean                    // $true or $false
	flag                       // the name of a parameter, without its "-"
	flagColon                  // likewise, with a ":" that the value follows
	comma
	openList  // @(
	openGroup // (
	closeList // )
)

type token struct {
	kind tokenKind
	text string
}

// PowerShell accepts what word processors write in place of -, ', " and the space.
//
// Source: CharTraits.cs in github.com/PowerShell/PowerShell
const (
	dashes       = "-\u2013\u2014\u2015"
	singleQuotes = "'\u2018\u2019\u201a\u201b"
	doubleQuotes = "\"\u201c\u201d\u201e"
)

func isBlank(r rune) bool {
	return strings.ContainsRune(" \t\v\f\u0085\u00a0", r) || r > 0xff && unicode.Is(unicode.Z, r)
}

var (
	placeholderStart = regexp.MustCompile("^" + placeholderForm)
	flagStart        = regexp.MustCompile(`^[` + dashes + `]([\pL_?][^\s\x{85}\pZ{}();,|&.\[:'"]*)`)
	flagName         = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)
	redirection      = regexp.MustCompile(`^[1-6*]?[<>]`)
	command          = regexp.MustCompile(`^\(*[A-Za-z]+-[A-Za-z]`)
	daysAgo          = regexp.MustCompile(`^(?i)\(\(?Get-Date\)(?:\.AddDays\(-([0-9]{1,4})\)|[ ,)]|$)`)
)

// lex cuts the parameters of a cmdlet into tokens, as PowerShell does. What
// PowerShell would evaluate is refused: nothing is ever passed to a shell.
func lex(text string) ([]token, error) {
	var tokens []token
	for text = strings.TrimLeftFunc(text, isBlank); text != ""; text = strings.TrimLeftFunc(text, isBlank) {
		next, rest, err := scan(text)
		if err != nil {
			return nil, err
		}
		tokens, text = append(tokens, next), rest
	}
	return tokens, nil
}

// scan returns the token that text begins with, and the text after it.
func scan(text string) (token, string, error) {
	first, size := utf8.DecodeRuneInString(text)
	rest := text[size:]
	switch {
	case first == ',':
		return token{comma, ","}, rest, nil
	case first == ')':
		return token{closeList, ")"}, rest, nil
	case first == '(':
		if found := daysAgo.FindStringSubmatch(text); found != nil {
			return token{}, "", refused(text, "nothing is evaluated: want "+daysBack(found[1]))
		}
		if command.MatchString(rest) {
			return token{}, "", refused(text, notInWord(first, rest))
		}
		return token{openGroup, "("}, rest, nil
	case first == '@':
		return scanAt(text)
	case first == '$':
		return scanVariable(text)
	case first == '#':
		return token{}, "", refused(text, "comments are not understood: want it left out, or in quotes if it is a value")
	case redirection.MatchString(text):
		return token{}, "", refused(text, "nothing is redirected, rows go to the report's own file: want it left out, or the value in quotes")
	case strings.ContainsRune(dashes, first):
		if found := flagStart.FindStringSubmatch(text); found != nil {
			return scanFlag(text, found)
		}
		if then, size := utf8.DecodeRuneInString(rest); strings.ContainsRune(dashes, then) && rest != "" && (rest[size:] == "" || beginsBlank(rest[size:])) || strings.HasPrefix(rest, "-%") {
			return token{}, "", refused(text, "in PowerShell it ends the parameters: want it left out, or in quotes if it is a value")
		}
	case strings.ContainsRune(singleQuotes+doubleQuotes, first):
		return scanString(text)
	}
	return scanWord(text)
}

func scanAt(text string) (token, string, error) {
	if rest, list := strings.CutPrefix(text, "@("); list {
		return token{openList, "@("}, rest, nil
	}
	return token{}, "", refused(text, "hash tables and splatting are not understood: want every parameter written out, lists as @('a','b'), and a value in quotes")
}

func scanVariable(text string) (token, string, error) {
	for _, value := range []string{"$true", "$false"} {
		if len(text) >= len(value) && strings.EqualFold(text[:len(value)], value) && endsToken(text[len(value):]) {
			return token{boolean, value}, text[len(value):], nil
		}
	}
	return token{}, "", refused(text, notInWord('$', text))
}

func scanFlag(text string, found []string) (token, string, error) {
	name, rest := found[1], text[len(found[0]):]
	if !flagName.MatchString(name) {
		if name, _, equals := strings.Cut(name, "="); equals && flagName.MatchString(name) {
			return token{}, "", refused(text, "want a space after -"+name)
		}
		return token{}, "", refused(text, "want a parameter's name of letters from A to Z, or the value in quotes")
	}
	if rest, colon := strings.CutPrefix(rest, ":"); colon {
		return token{flagColon, name}, rest, nil
	}
	if rest != "" && !beginsBlank(rest) && rest[0] != ')' {
		return token{}, "", refused(text, "want a space after -"+name)
	}
	return token{flag, name}, rest, nil
}

// scanString reads a value in quotes, which ends with the closing one.
func scanString(text string) (token, string, error) {
	value, rest, err := unquoteCmdlet(text)
	if err != nil {
		return token{}, "", err
	}
	if !endsToken(rest) {
		return token{}, "", fmt.Errorf("%q right after the quoted %q: want a space or a comma between them", clip(rest), clip(text[:len(text)-len(rest)]))
	}
	return token{quoted, value}, rest, nil
}

// scanWord reads a bare word. Quotes and escapes in it belong to it, and make it a
// text even if it looks like a number.
func scanWord(text string) (token, string, error) {
	kind, value, rest := word, strings.Builder{}, text
	for !endsToken(rest) {
		r, size := utf8.DecodeRuneInString(rest)
		part, after := rest[:size], rest[size:]
		var err error
		switch {
		case strings.ContainsRune(singleQuotes+doubleQuotes, r):
			kind = quoted
			part, after, err = unquoteCmdlet(rest)
		case r == '`':
			kind = quoted
			part, after, err = unescape(rest)
		case r == '{' && placeholderStart.MatchString(rest):
			part = placeholderStart.FindString(rest)
			after = rest[len(part):]
		default:
			if why := notInWord(r, rest); why != "" {
				err = refused(text, why)
			}
		}
		if err != nil {
			return token{}, "", err
		}
		value.WriteString(part)
		rest = after
	}
	return token{kind, value.String()}, rest, nil
}

func beginsBlank(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return isBlank(r)
}

func endsToken(text string) bool {
	return text == "" || text[0] == ',' || text[0] == ')' || beginsBlank(text)
}

func refused(text, why string) error { return fmt.Errorf("%q: %s", clip(text), why) }

// notInWord says what to write in place of something that PowerShell would act on,
// or nothing if r, which rest begins with, is an ordinary character.
func notInWord(r rune, rest string) string {
	switch r {
	case '|':
		return "pipes are not run: want only the cmdlet, with parameters that choose the rows"
	case ';', '&':
		return "one cmdlet is one report: want it to end there, or the value in quotes"
	case '(':
		return "nothing is evaluated: want a value, such as {today-7} for (Get-Date).AddDays(-7), and lists as @('a','b')"
	case '{', '}':
		return "script blocks are not run: want a value in quotes, or {today-N} for a day"
	case '$':
		if strings.HasPrefix(rest, "$null") {
			return "$null is not a value: want the parameter left out"
		}
		return "there are no variables: want the value itself, in single quotes if it has a $, or $true or $false"
	}
	return ""
}

func daysBack(digits string) string {
	if digits == "" {
		return "{today}"
	}
	return "{today-" + digits + "}"
}

// clip keeps a long text out of an error, and never cuts a character in two.
func clip(text string) string {
	const most = 120
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}
