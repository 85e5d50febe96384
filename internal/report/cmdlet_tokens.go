package report

import (
	"fmt"
	"regexp"
	"strings"
)

// tokenKind is what a piece of a cmdlet's text is to PowerShell.
type tokenKind int

const (
	word      tokenKind = iota // bare, such as TopMailSender, 2026-11-20 or 10
	quoted                     // without its quotes
	boolean                    // $true or $false
	flag                       // the name of a parameter, without its "-"
	flagColon                  // likewise, with a ":" that the value follows
	comma
	openList  // @(
	closeList // )
)

type token struct {
	kind tokenKind
	text string
}

var (
	flagForm           = regexp.MustCompile(`^-([A-Za-z][A-Za-z0-9_]*)(:?)`)
	booleanForm        = regexp.MustCompile(`^\$(?i:true|false)(?:[ ,)]|$)`)
	leadingPlaceholder = regexp.MustCompile("^" + placeholderForm)
	daysAgo            = regexp.MustCompile(`^(?i)\(\(?Get-Date\)(?:\.AddDays\(-([0-9]{1,4})\)|[ ,)]|$)`)
)

// lex cuts the parameters of a cmdlet, printable ASCII, into tokens. What
// PowerShell would evaluate is refused: nothing here is given to a shell.
func lex(text string) ([]token, error) {
	var tokens []token
	for text = strings.TrimLeft(text, " "); text != ""; text = strings.TrimLeft(text, " ") {
		next, length, err := scan(text)
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, next)
		text = text[length:]
	}
	return tokens, nil
}

// scan returns the token that text begins with, and the bytes it takes.
func scan(text string) (token, int, error) {
	switch text[0] {
	case '\'', '"':
		return scanQuoted(text)
	case ',':
		return token{comma, ","}, 1, nil
	case ')':
		return token{closeList, ")"}, 1, nil
	case '@':
		if strings.HasPrefix(text, "@(") {
			return token{openList, "@("}, 2, nil
		}
		return token{}, 0, fmt.Errorf("%q: hash tables and splatting are not understood: want every parameter written out, and lists as @('a','b')", text)
	case '$':
		if found := booleanForm.FindString(text); found != "" {
			found = strings.TrimRight(found, " ,)")
			return token{boolean, strings.ToLower(found)}, len(found), nil
		}
	case '#':
		return token{}, 0, fmt.Errorf("%q: comments are not understood: want it left out, or in quotes where it is a value", text)
	case '-':
		if found := flagForm.FindStringSubmatch(text); found != nil {
			return scanFlag(text, found)
		}
	}
	return scanWord(text)
}

func scanFlag(text string, found []string) (token, int, error) {
	length := len(found[0])
	if found[2] == ":" {
		return token{flagColon, found[1]}, length, nil
	}
	if length < len(text) && text[length] != ' ' {
		return token{}, 0, fmt.Errorf("%q: want a space after -%s", text, found[1])
	}
	return token{flag, found[1]}, length, nil
}

// scanQuoted reads a string up to its closing quote; a doubled quote is one
// of the value. PowerShell expands what double quotes hold.
func scanQuoted(text string) (token, int, error) {
	quote := text[0]
	var value strings.Builder
	for i := 1; i < len(text); i++ {
		c := text[i]
		switch {
		case quote == '"' && (c == '$' || c == '`'):
			return token{}, 0, fmt.Errorf("%s: %q has a meaning of its own within double quotes: want single quotes", text, c)
		case c != quote:
			value.WriteByte(c)
		case i+1 < len(text) && text[i+1] == quote:
			value.WriteByte(c)
			i++
		case i+1 < len(text) && !strings.ContainsRune(" ,)", rune(text[i+1])):
			return token{}, 0, fmt.Errorf("%q right after the quoted %s: want a space or a comma between them", text[i+1:], text[:i+1])
		default:
			return token{quoted, value.String()}, i + 1, nil
		}
	}
	return token{}, 0, fmt.Errorf("the quote in %s is not closed", text)
}

// scanWord reads a bare word, up to a space, a comma or a parenthesis.
func scanWord(text string) (token, int, error) {
	i := 0
	for i < len(text) && !strings.ContainsRune(" ,)", rune(text[i])) {
		if text[i] == '{' {
			if length := len(leadingPlaceholder.FindString(text[i:])); length > 0 {
				i += length
				continue
			}
		}
		if why := refusal(text[i:]); why != "" {
			return token{}, 0, fmt.Errorf("%q: %s", text, why)
		}
		i++
	}
	return token{word, text[:i]}, i, nil
}

// refusal says what to write in place of what PowerShell would act on, or
// nothing where text begins with an ordinary character.
func refusal(text string) string {
	switch text[0] {
	case '\'', '"':
		return "a quote within a word: want the whole value in quotes, its own quotes doubled"
	case '|':
		return "pipes are not run: want the cmdlet alone, with parameters that choose the rows"
	case ';', '&':
		return "one cmdlet is one report: want it to end there, or the value in quotes"
	case '<', '>':
		return "nothing is redirected, rows go to the report's own file: want it left out, or the value in quotes"
	case '`':
		return "a backtick escapes nothing here: want the value in single quotes"
	case '(':
		if found := daysAgo.FindStringSubmatch(text); found != nil {
			return "nothing is evaluated: want " + daysBack(found[1])
		}
		return "nothing is evaluated: want a value, such as {today-7} for (Get-Date).AddDays(-7), and lists as @('a','b')"
	case '{', '}':
		return "script blocks are not run: want a value in quotes, or {today-N} for a day"
	case '$':
		return "there are no variables: want the value itself, $true, $false, or the parameter left out for $null"
	}
	return ""
}

func daysBack(digits string) string {
	if digits == "" {
		return "{today}"
	}
	return "{today-" + digits + "}"
}
