package m365

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// graphRefusal is an error of Graph.
type graphRefusal struct {
	status  int
	code    string
	message string
}

func (g *graphRefusal) write(w http.ResponseWriter, r *http.Request) {
	graphError(w, r, g.status, g.code, g.message)
}

func badQuery(format string, a ...any) *graphRefusal {
	return &graphRefusal{http.StatusBadRequest, "BadRequest", fmt.Sprintf(format, a...)}
}

// unsupported is how the directory refuses what it can read and doesn't do.
func unsupported(format string, a ...any) *graphRefusal {
	return &graphRefusal{http.StatusBadRequest, "Request_UnsupportedQuery", fmt.Sprintf(format, a...)}
}

// query is what a request asks of a collection.
type query struct {
	top      int
	skip     int
	token    string
	selected []string // nil: what comes unasked
	expanded []string
	signIns  bool // signInActivity is read
	count    bool
	filter   func(object) bool
	order    func(a, b object) int
	after    bool // the empty page is over
	rest     url.Values
}

// read reads the options of a request. Which the collection takes has been checked
// already.
func (k *collection) read(options url.Values, eventual bool) (query, *graphRefusal) {
	q := query{top: k.page, rest: maps.Clone(options)}
	q.rest.Del("$skiptoken")
	q.rest.Del("$skip")
	q.token = options.Get("$skiptoken")
	q.count = options.Get("$count") == "true" && (eventual || !k.directory)
	for _, step := range []func(url.Values, bool, *query) *graphRefusal{
		once, k.readNumbers, k.readSelect, k.readExpand, k.readFilter, k.readOrder, k.readSearch,
	} {
		if refusal := step(options, eventual, &q); refusal != nil {
			return q, refusal
		}
	}
	return q, nil
}

func once(options url.Values, _ bool, _ *query) *graphRefusal {
	for _, name := range slices.Sorted(maps.Keys(options)) {
		switch {
		case len(options[name]) > 1:
			return badQuery("Query option '%s' was specified more than once, but it must be specified at most once.", name)
		case options.Get(name) == "":
			return badQuery("The value of the query option '%s' is empty.", name)
		}
	}
	return nil
}

func (k *collection) readNumbers(options url.Values, _ bool, q *query) *graphRefusal {
	if text := options.Get("$top"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return badQuery("Invalid value '%s' for $top query option found. The $top query option requires a non-negative integer value.", text)
		}
		if n < 1 || n > k.maxTop {
			return &graphRefusal{http.StatusBadRequest, "Request_BadRequest",
				fmt.Sprintf("Invalid page size specified: '%d'. Must be between 1 and %d inclusive.", n, k.maxTop)}
		}
		q.top = n
	}
	if text := options.Get("$skip"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return badQuery("Invalid value '%s' for $skip query option found. The $skip query option requires a non-negative integer value.", text)
		}
		q.skip = n
	}
	if text := options.Get("$count"); text != "" && text != "true" && text != "false" {
		return badQuery("Invalid value '%s' for $count query option found. Valid values are 'true' and 'false'.", text)
	}
	return nil
}

func (k *collection) readSelect(options url.Values, _ bool, q *query) *graphRefusal {
	if !options.Has("$select") {
		return nil
	}
	for path := range strings.SplitSeq(options.Get("$select"), ",") {
		path = strings.TrimSpace(path)
		switch {
		case slices.Contains(strings.Fields(k.alone), path):
			return &graphRefusal{http.StatusNotImplemented, "NotImplemented",
				"The property '" + path + "' is only returned with a single " + k.typeName + "."}
		case !k.has(path):
			return badQuery("Parsing OData Select and Expand failed: %s.", k.unknown(path))
		}
		q.selected = append(q.selected, path)
		q.signIns = q.signIns || ofSignIns(path)
	}
	return nil
}

func ofSignIns(path string) bool {
	name, _, _ := strings.Cut(path, "/")
	return name == signInActivity
}

func (k *collection) unknown(path string) string {
	return "Could not find a property named '" + path + "' on type 'microsoft.graph." + k.typeName + "'"
}

func (k *collection) readExpand(options url.Values, _ bool, q *query) *graphRefusal {
	if !options.Has("$expand") {
		return nil
	}
	if path := options.Get("$expand"); path != k.expands {
		return badQuery("Parsing OData Select and Expand failed: %s.", k.unknown(path))
	}
	q.expanded = []string{k.expands}
	return nil
}

func (k *collection) readFilter(options url.Values, eventual bool, q *query) *graphRefusal {
	if !options.Has("$filter") {
		return nil
	}
	f := filterReader{collection: k, words: filterWords(options.Get("$filter"))}
	q.filter = f.either()
	if f.refusal == nil && len(f.words) > 0 {
		f.fail()
	}
	advanced := eventual && options.Get("$count") == "true"
	if f.refusal == nil && k.directory && f.advanced != nil && !advanced {
		f.refusal = f.advanced
	}
	reads := slices.IndexFunc(f.paths, ofSignIns) >= 0
	if f.refusal == nil && reads && slices.ContainsFunc(f.paths, func(path string) bool { return !ofSignIns(path) }) {
		f.refusal = badQuery("Invalid filter: signInActivity can't be combined with other properties.")
	}
	q.signIns = q.signIns || reads
	return f.refusal
}

func (k *collection) readOrder(options url.Values, eventual bool, q *query) *graphRefusal {
	if !options.Has("$orderby") {
		return nil
	}
	path, direction, _ := strings.Cut(options.Get("$orderby"), " ")
	advanced := eventual && options.Get("$count") == "true"
	switch {
	case !k.has(path) || direction != "" && direction != "asc" && direction != "desc":
		return badQuery("Invalid orderby clause: %s.", k.unknown(path))
	case k.directory && !slices.Contains([]string{"displayName", "userPrincipalName"}, path) && !(advanced && path == "createdDateTime"):
		return unsupported("Sorting by the property '%s' is not supported.", path)
	case k.directory && options.Has("$filter") && !advanced:
		return unsupported("Sorting not supported for current query.")
	}
	q.order = func(a, b object) int {
		first, second := fmt.Sprint(a.value(path)), fmt.Sprint(b.value(path))
		if direction == "desc" {
			first, second = second, first
		}
		return cmp.Compare(strings.ToLower(first), strings.ToLower(second))
	}
	return nil
}

// readSearch reads "property:text", the one form that it knows.
func (k *collection) readSearch(options url.Values, eventual bool, q *query) *graphRefusal {
	if !options.Has("$search") {
		return nil
	}
	if !eventual {
		return unsupported("Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'")
	}
	clause, quoted := strings.CutPrefix(options.Get("$search"), `"`)
	clause, closed := strings.CutSuffix(clause, `"`)
	path, text, named := strings.Cut(clause, ":")
	if !quoted || !closed || !named || !k.has(path) {
		return badQuery("Syntax error: character ':' is not valid at position 0 in '%s'.", options.Get("$search"))
	}
	others := q.filter
	q.filter = func(o object) bool {
		value, _ := o.value(path).(string)
		return strings.Contains(strings.ToLower(value), strings.ToLower(text)) && (others == nil || others(o))
	}
	return nil
}
