package report

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// The options of a query that ask for the rows of a report.
//
// Source: https://learn.microsoft.com/graph/query-parameters
const (
	optionCount   = "$count"
	optionExpand  = "$expand"
	optionFilter  = "$filter"
	optionOrderBy = "$orderby"
	optionSearch  = "$search"
	optionSelect  = "$select"
	optionTop     = "$top"
	optionSites   = "search" // of /sites, and without a dollar
)

var optionNames = []string{optionCount, optionExpand, optionFilter, optionOrderBy, optionSearch, optionSelect, optionTop, optionSites}

// option is one option of a query. Its value is decoded, and has no blank at either
// end and no two in a row outside of quotes.
type option struct{ name, value string }

// query is the options, in the order in which they were written.
type query []option

func (q query) value(name string) string {
	if i := slices.IndexFunc(q, func(o option) bool { return o.name == name }); i >= 0 {
		return q[i].value
	}
	return ""
}

// String returns the canonical text of the query.
func (q query) String() string {
	texts := make([]string, len(q))
	for i, option := range q {
		texts[i] = option.name + "=" + encode(option.value)
	}
	return strings.Join(texts, "&")
}

// parseQuery reads what follows the question mark.
func parseQuery(text string) (query, error) {
	if text = strings.TrimSpace(text); text == "" {
		return nil, nil
	}
	var all query
	for _, part := range splitQuery(text) {
		name, value, equals := strings.Cut(part, "=")
		name, err := optionName(name)
		if err != nil {
			return nil, err
		}
		if all.value(name) != "" {
			return nil, fmt.Errorf("%s is given twice", name)
		}
		if value = strings.TrimSpace(value); !equals || value == "" {
			return nil, fmt.Errorf("%s has no value: want one, or %s left out", name, name)
		}
		if value, err = parseOption(name, value); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, option{name, value})
	}
	return all, nil
}

func optionName(text string) (string, error) {
	decoded, err := decode(strings.TrimSpace(text))
	if err != nil {
		return "", err
	}
	name := strings.ToLower(decoded)
	switch {
	case slices.Contains(optionNames, name):
		return name, nil
	case name == "":
		return "", errors.New(`an option of the query is empty: want one after "?" and between every two "&", as in ` + collectionExample)
	case slices.Contains(optionNames, "$"+name):
		return "", fmt.Errorf("%q: want $%s, with a dollar", decoded, name)
	case name == "$format":
		return "", errors.New("$format: the rows come as JSON and are made into CSV here: want it left out")
	case name == "$skip" || name == "$skiptoken" || name == "$deltatoken":
		return "", fmt.Errorf("%s starts in the middle, and a report has all rows: want it left out", name)
	}
	return "", fmt.Errorf("%q is not a query option that is understood here: want %s, and %%26 for a & within a value", clip(decoded), oneOf(optionNames))
}

// parseOption converts a value to its canonical form.
func parseOption(name, text string) (string, error) {
	value, err := decode(text)
	if err != nil {
		return "", err
	}
	if value, err = checkBraces(value); err != nil {
		return "", err
	}
	switch name {
	case optionSelect:
		return parseProperties(value)
	case optionCount:
		if value = strings.ToLower(value); value != "true" && value != "false" {
			return "", fmt.Errorf("%q: want true or false", clip(value))
		}
		return value, nil
	case optionTop:
		return parseTop(value)
	}
	if next := anotherCollection.FindString(withoutStrings(value)); next != "" {
		return "", betweenReports(next)
	}
	quotes := "'"
	if name == optionSearch || name == optionSites {
		quotes = `"`
	}
	if err := checkBalance(value, quotes); err != nil {
		return "", err
	}
	return singleBlanks(value, quotes), nil
}

var (
	propertyForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*(?:/[A-Za-z_][A-Za-z0-9_.-]*)*$`)
	topForm      = regexp.MustCompile(`^0*([1-9][0-9]{0,4})$`)

	// anotherCollection matches what begins like a report after a comma.
	anotherCollection = regexp.MustCompile(`(?i),\s*(?:[a-z0-9_-]+=\s*)?(?:/[a-z]|get-[a-z]|get[a-z0-9]+\()[^,]*`)
)

func parseTop(text string) (string, error) {
	if next := anotherCollection.FindString(text); next != "" {
		return "", betweenReports(next)
	}
	found := topForm.FindStringSubmatch(text)
	if found == nil {
		return "", fmt.Errorf("%q: want the number of rows of a page, such as 500", clip(text))
	}
	return found[1], nil
}

// parseProperties reads the names of the columns.
func parseProperties(text string) (string, error) {
	if next := anotherCollection.FindString(text); next != "" {
		return "", betweenReports(next)
	}
	names := strings.Split(text, ",")
	taken := map[string]bool{}
	for i, name := range names {
		names[i] = strings.TrimSpace(name)
		switch {
		case names[i] == "*":
			return "", errors.New("* is every property: want each one's name written out, or $select left out")
		case !propertyForm.MatchString(names[i]):
			return "", fmt.Errorf("%q: want the names of properties with commas between them, as in %s", clip(names[i]), collectionExample)
		case taken[strings.ToLower(names[i])]:
			return "", fmt.Errorf("property %q is given twice", names[i])
		}
		taken[strings.ToLower(names[i])] = true
	}
	return strings.Join(names, ","), nil
}

// decode removes the percent escapes. A plus sign is a space to some and a plus to
// others, so it is refused rather than guessed.
func decode(text string) (string, error) {
	if strings.Contains(text, "+") {
		return "", fmt.Errorf("%q has a plus sign: want a space, or %%2B for the sign itself", clip(text))
	}
	decoded, err := url.PathUnescape(text)
	if err != nil || !utf8.ValidString(decoded) {
		return "", fmt.Errorf("%q is malformed: want %%25 for a percent sign, and %%26 for a &", clip(text))
	}
	if strings.ContainsFunc(decoded, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return "", fmt.Errorf("%q has a control character: want it left out", clip(text))
	}
	return strings.TrimSpace(decoded), nil
}

// encode writes a decoded text so that decode returns it, in printable ASCII
// without two spaces in a row. What has a meaning in a query, in a list of
// reports or in an address is escaped.
func encode(text string) string {
	var encoded strings.Builder
	var before byte
	for i := range len(text) {
		b := text[i]
		if b < ' ' || b > '~' || strings.IndexByte("%&+#?`", b) >= 0 || b == ' ' && before == ' ' || b == '"' && before == '\\' {
			fmt.Fprintf(&encoded, "%%%02X", b)
		} else {
			encoded.WriteByte(b)
		}
		before = b
	}
	return encoded.String()
}

// toAddress escapes what else an address must not contain.
var toAddress = strings.NewReplacer(" ", "%20", `"`, "%22", "<", "%3C", ">", "%3E", `\`, "%5C", "^", "%5E", "|", "%7C", "[", "%5B", "]", "%5D")

// checkBraces accepts {today} and {today-N}, and no other braces: those are
// placeholders of the documentation that should have been replaced.
func checkBraces(text string) (string, error) {
	text, err := checkPlaceholders(text)
	if err != nil {
		return "", err
	}
	if strings.ContainsAny(placeholder.ReplaceAllString(text, ""), "{}") {
		return "", fmt.Errorf("%q: braces stand for one object, and every customer is asked: want a collection, and {today} or {today-N} for a day", clip(text))
	}
	return text, nil
}
