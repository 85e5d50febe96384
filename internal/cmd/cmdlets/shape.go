package main

import (
	"regexp"
	"strings"
)

// piece matches one piece of a command line, the longer kinds first.
var piece = regexp.MustCompile(`^(?:'(?:[^']|'')*'|"(?:[^"\x60]|""|\x60.)*"|@?\{|@?\(|\$\(?[A-Za-z_][\w:.]*|-[A-Za-z]\w*:?|[A-Za-z]+-[A-Za-z]+|[^\s,;|(){}'"]+|\s+|.)`)

var (
	number   = regexp.MustCompile(`^-?[0-9]+(?:\.[0-9]+)?$`)
	dateForm = regexp.MustCompile(`^[0-9]+/[0-9]+/[0-9]+$`)
	command  = regexp.MustCompile(`^(?:[A-Za-z]+(?:-[A-Za-z]+)?|[?%])$`)
)

// shape returns an example with each value replaced by a plain one of its kind. The
// cmdlets, the parameters and what PowerShell acts on are kept.
func shape(line string) string {
	var out strings.Builder
	head := true // where a command's name is
	for line = strings.TrimSpace(line); line != ""; {
		found := piece.FindString(line)
		line = line[len(found):]
		switch {
		case strings.HasSuffix(found, "{"):
			out.WriteString(found + "x}")
			line = behind(line, '{', '}')
		case found == "(" && strings.HasPrefix(line, "Get-"):
			out.WriteString("(Get-X)")
			line = behind(line, '(', ')')
		case head && command.MatchString(found):
			out.WriteString(found)
			head = false
		default:
			out.WriteString(kind(found))
			head = head && strings.TrimSpace(found) == "" || found == "|" || found == ";"
		}
	}
	return out.String()
}

// kind returns a plain value of the same kind.
func kind(found string) string {
	switch {
	case strings.TrimSpace(found) == "":
		return " "
	case strings.HasPrefix(found, "'"):
		return "'x'"
	case strings.HasPrefix(found, `"`) && strings.Contains(found, "$"):
		return `"$x"`
	case strings.HasPrefix(found, `"`):
		return `"x"`
	case strings.EqualFold(found, "$true"), strings.EqualFold(found, "$false"):
		return strings.ToLower(found)
	case strings.HasPrefix(found, "$"):
		return "$x"
	case number.MatchString(found):
		return "1"
	case dateForm.MatchString(found):
		return "1/2/2026"
	case strings.HasPrefix(found, "-"), strings.ContainsAny(found, ",;|()@<>") && len(found) <= 2:
		return found
	case strings.HasPrefix(found, "<"):
		return "<x>"
	}
	return "x"
}

// behind returns what follows the closing parenthesis, ignoring quotes.
func behind(line string, opens, closes rune) string {
	depth := 1
	for i, r := range line {
		switch r {
		case opens:
			depth++
		case closes:
			if depth--; depth == 0 {
				return line[i+1:]
			}
		}
	}
	return ""
}
