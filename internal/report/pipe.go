package report

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// shows are the cmdlets that only show, sort or write rows, with PowerShell's
// short names. The report's file holds the rows, so nothing is lost without them.
var shows = map[string]string{
	"format-table": "Format-Table", "ft": "Format-Table",
	"format-list": "Format-List", "fl": "Format-List",
	"format-wide": "Format-Wide", "fw": "Format-Wide",
	"sort-object": "Sort-Object", "sort": "Sort-Object",
	"export-csv": "Export-Csv", "epcsv": "Export-Csv",
	"convertto-csv": "ConvertTo-Csv", "export-clixml": "Export-Clixml",
	"out-file": "Out-File", "out-gridview": "Out-GridView", "ogv": "Out-GridView",
	"out-host": "Out-Host", "oh": "Out-Host", "out-string": "Out-String",
}

const selectObject = "Select-Object"

// choosesRows finds the parameters with which Sort-Object drops rows, -Unique, -Top
// and -Bottom: PowerShell accepts the beginnings of their names, and none of its
// other parameters begins like them.
var choosesRows = regexp.MustCompile(`(?i)[\s\pZ][` + dashes + `][utb]`)

// parsePipes reads what a cmdlet's rows are piped to, and returns its canonical
// text.
func parsePipes(stages []string) (string, error) {
	var canonical strings.Builder
	chosen := false
	for _, stage := range stages {
		stage = strings.TrimFunc(stage, isBlank)
		if stage == "" {
			return "", errors.New(`"|" with nothing after it: want it left out`)
		}
		name, rest := cutBlank(stage)
		written := shows[plainDashes(strings.ToLower(name))]
		switch {
		case strings.EqualFold(plainDashes(name), selectObject) || strings.EqualFold(name, "select"):
			columns, err := parseSelect(rest)
			if err != nil {
				return "", fmt.Errorf("| %s: %w", selectObject, err)
			}
			if len(columns) > 0 && chosen {
				return "", fmt.Errorf("| %s chooses columns twice: want one of them left out", selectObject)
			}
			if written = selectObject; len(columns) > 0 {
				written += " " + strings.Join(columns, ",")
				chosen = true
			}
		case written == "":
			return "", refused("| "+stage, "only "+selectObject+", Sort-Object and what shows or writes rows may follow a pipe: want it left out, and parameters of the cmdlet that choose the rows")
		case written == "Sort-Object" && choosesRows.MatchString(stage):
			return "", refused("| "+stage, "it would drop rows: want it without -Unique, -Top and -Bottom")
		default:
			if err := checkShown(rest); err != nil {
				return "", err
			}
		}
		canonical.WriteString(" | " + written)
	}
	return canonical.String(), nil
}

// checkShown refuses a second command after one that only shows.
func checkShown(text string) error {
	for _, separator := range ";&" {
		if parts := splitOutside(text, separator, 2); len(parts) > 1 {
			return refused(string(separator)+parts[1], notInWord(separator, ""))
		}
	}
	return nil
}

// parseSelect reads the names of the columns, quoted if they have to be; none means
// all columns.
func parseSelect(text string) ([]string, error) {
	tokens, err := lex(text)
	if err != nil {
		return nil, err
	}
	parameters, err := parseParameters(cmdlet{positions: []string{"Property"}, parameters: []string{"Property"}}, tokens)
	if err != nil {
		return nil, err
	}
	var columns []string
	taken := map[string]bool{}
	for _, p := range parameters {
		if p.name != "Property" {
			return nil, fmt.Errorf("-%s: want only names of columns, as in %s Date,Count", p.name, selectObject)
		}
		names, list := p.value.([]any)
		if !list {
			names = []any{p.value}
		}
		for _, name := range names {
			text, ok := name.(string)
			switch {
			case ok && text == "*" && len(names) == 1:
				continue
			case !ok || text == "" || strings.ContainsAny(text, "*?[]{"):
				return nil, fmt.Errorf("%v: want every column's name written out", name)
			case taken[strings.ToLower(text)]:
				return nil, fmt.Errorf("column %q is given twice", text)
			}
			taken[strings.ToLower(text)] = true
			columns = append(columns, parameter{value: text}.valueText())
		}
	}
	return columns, nil
}

// Selected returns the columns that | Select-Object or $select chooses, in its
// order; none if the call wants them all.
func (c Call) Selected() []string {
	if c.kind == collectionCall {
		return c.selectedProperties()
	}
	for _, stage := range splitOutside(c.pipes, '|', -1) {
		name, rest := cutBlank(strings.TrimSpace(stage))
		if name != selectObject || rest == "" {
			continue
		}
		tokens, _ := lex(rest) // parsePipes wrote the text
		value, _, _ := parseValue(tokens)
		names, list := value.([]any)
		if !list {
			names = []any{value}
		}
		columns := make([]string, len(names))
		for i, name := range names {
			columns[i] = fmt.Sprint(name)
		}
		return columns
	}
	return nil
}

// shown returns the cmdlets that were left out, each once.
func (c Call) shown() []string {
	var names []string
	for _, stage := range splitOutside(c.pipes, '|', -1) {
		name, rest := cutBlank(strings.TrimSpace(stage))
		if name != "" && rest == "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// cutBlank cuts text at its first blank.
func cutBlank(text string) (before, after string) {
	if i := strings.IndexFunc(text, isBlank); i >= 0 {
		return text[:i], strings.TrimFunc(text[i:], isBlank)
	}
	return text, ""
}

func plainDashes(text string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(dashes, r) {
			return '-'
		}
		return r
	}, text)
}
