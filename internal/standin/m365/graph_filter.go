package m365

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// filterReader reads a $filter: comparisons (eq, ne, gt, ge, lt, le), startswith and
// endswith, the size of a list (list/$count), joined by and, or, not and brackets. It
// does not know lambda operators.
type filterReader struct {
	*collection
	words    []string
	paths    []string      // read so far
	advanced *graphRefusal // what Graph answers without ConsistencyLevel, if it wants it
	refusal  *graphRefusal
}

var filterWord = regexp.MustCompile(`^\s*('(?:[^']|'')*'|[(),]|[^\s(),']+)`)

// filterWords cuts a filter into words; what it cannot read is the last.
func filterWords(text string) (words []string) {
	for strings.TrimSpace(text) != "" {
		found := filterWord.FindStringSubmatchIndex(text)
		if found == nil {
			return append(words, text)
		}
		words = append(words, text[found[2]:found[3]])
		text = text[found[1]:]
	}
	return words
}

func (f *filterReader) fail() {
	if f.refusal == nil {
		f.refusal = badQuery("Invalid filter clause: Syntax error at '%s'.", strings.Join(f.words, " "))
	}
}

// word takes the next word.
func (f *filterReader) word() string {
	if len(f.words) == 0 {
		f.fail()
		return ""
	}
	word := f.words[0]
	f.words = f.words[1:]
	return word
}

func (f *filterReader) next(word string) bool {
	return len(f.words) > 0 && strings.EqualFold(f.words[0], word)
}

func (f *filterReader) expect(word string) {
	if !f.next(word) {
		f.fail()
		return
	}
	f.word()
}

type filter = func(object) bool

func (f *filterReader) either() filter {
	left := f.both()
	for f.refusal == nil && f.next("or") {
		f.word()
		one, other := left, f.both()
		left = func(o object) bool { return one(o) || other(o) }
	}
	return left
}

func (f *filterReader) both() filter {
	left := f.term()
	for f.refusal == nil && f.next("and") {
		f.word()
		one, other := left, f.term()
		left = func(o object) bool { return one(o) && other(o) }
	}
	return left
}

func (f *filterReader) term() filter {
	switch {
	case f.next("not"):
		f.word()
		f.needsIndex(unsupported("Filter operator 'Not' is not supported."))
		inner := f.term()
		return func(o object) bool { return !inner(o) }
	case f.next("("):
		f.word()
		inner := f.either()
		f.expect(")")
		return inner
	case f.next("startswith"), f.next("endswith"):
		return f.affix()
	}
	return f.comparison()
}

func (f *filterReader) needsIndex(refusal *graphRefusal) {
	if f.advanced == nil {
		f.advanced = refusal
	}
}

// path takes a property's name, which the collection must know.
func (f *filterReader) path() string {
	path := f.word()
	name, counted := strings.CutSuffix(path, "/$count")
	if f.refusal == nil && !f.has(name) {
		f.refusal = badQuery("Invalid filter clause: %s.", f.unknown(name))
	}
	if counted {
		f.needsIndex(f.unsupportedFor(name))
	}
	f.paths = append(f.paths, name)
	return path
}

func (f *filterReader) unsupportedFor(path string) *graphRefusal {
	resource := strings.ToUpper(f.typeName[:1]) + f.typeName[1:]
	return unsupported("Unsupported or invalid query filter clause specified for property '%s' of resource '%s'.", path, resource)
}

func (f *filterReader) affix() filter {
	matches := strings.HasPrefix
	if f.next("endswith") {
		matches = strings.HasSuffix
	}
	name := f.word()
	f.expect("(")
	path := f.path()
	f.expect(",")
	text, isText := f.literal().(string)
	f.expect(")")
	if !isText {
		f.fail()
	}
	if strings.EqualFold(name, "endswith") {
		f.needsIndex(f.unsupportedFor(path))
	}
	return func(o object) bool {
		value, _ := o.value(path).(string)
		return matches(strings.ToLower(value), strings.ToLower(text))
	}
}

func (f *filterReader) comparison() filter {
	path := f.path()
	operator := strings.ToLower(f.word())
	want := f.literal()
	if !slices.Contains([]string{"eq", "ne", "gt", "ge", "lt", "le"}, operator) {
		f.fail()
	}
	if operator == "ne" {
		f.needsIndex(unsupported("Filter operator 'NotEqualsMatch' is not supported."))
	}
	return func(o object) bool {
		order, comparable := compare(valueFor(o, path), want)
		switch operator {
		case "eq":
			return comparable && order == 0
		case "ne":
			return !comparable || order != 0
		case "gt":
			return comparable && order > 0
		case "ge":
			return comparable && order >= 0
		case "lt":
			return comparable && order < 0
		}
		return comparable && order <= 0
	}
}

// valueFor is a property's value, or how many a list has.
func valueFor(o object, path string) any {
	name, counted := strings.CutSuffix(path, "/$count")
	if !counted {
		return o.value(path)
	}
	switch list := o.value(name).(type) {
	case []string:
		return len(list)
	case []object:
		return len(list)
	}
	return 0
}

var dateLiteral = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$`)

// literal takes a text in quotes, true, false, null, a number, or a date.
func (f *filterReader) literal() any {
	word := f.word()
	switch {
	case len(word) > 1 && word[0] == '\'' && word[len(word)-1] == '\'':
		return strings.ReplaceAll(word[1:len(word)-1], "''", "'")
	case word == "true", word == "false":
		return word == "true"
	case word == "null":
		return nil
	case dateLiteral.MatchString(word):
		return word
	}
	n, err := strconv.Atoi(word)
	if err != nil {
		f.fail()
	}
	return n
}

// compare orders a property's value and a literal, texts without case.
func compare(value, want any) (order int, comparable bool) {
	if number, ok := value.(json.Number); ok {
		n, err := strconv.Atoi(number.String())
		if err != nil {
			return 0, false
		}
		value = n
	}
	switch w := want.(type) {
	case nil:
		return 0, value == nil
	case int:
		n, ok := value.(int)
		return n - w, ok
	case bool:
		b, ok := value.(bool)
		return map[bool]int{false: 1, true: 0}[b == w], ok
	}
	text, ok := value.(string)
	return strings.Compare(strings.ToLower(text), strings.ToLower(fmt.Sprint(want))), ok
}
