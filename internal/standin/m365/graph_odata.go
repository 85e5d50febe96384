package m365

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// listParameters are the query parameters of every list.
var listParameters = []string{"$select", "$top", "$skiptoken"}

// pageSize is the most items on a page, even if $top asks for more: Graph may return
// fewer.
const pageSize = 100

type item = map[string]any

// list is a collection that servePage cuts into pages.
type list struct {
	name, typeName string // for @odata.context and for errors
	fields         []string
	maxTop         int
	count          int
	loops          bool // each page is followed by itself
	item           func(i int) item
}

// servePage answers one page, with a link to the next page if there is one.
func (c *Cloud) servePage(w http.ResponseWriter, r *http.Request, l list) {
	query := r.URL.Query()
	top, from := pageSize, 0
	if asked := query.Get("$top"); asked != "" {
		n, err := strconv.Atoi(asked)
		if err != nil || n < 1 || n > l.maxTop {
			graphError(w, r, http.StatusBadRequest, "BadRequest", fmt.Sprintf("Invalid value '%s' for $top: want 1 to %d.", asked, l.maxTop))
			return
		}
		top = min(n, pageSize)
	}
	if ticket := query.Get("$skiptoken"); ticket != "" {
		at, ok := c.keys.open("page "+l.name, ticket)
		if !ok {
			graphError(w, r, http.StatusBadRequest, "Directory_ExpiredPageToken", "The specified page token value has expired and can no longer be included in your request.")
			return
		}
		from, _ = strconv.Atoi(at)
	}
	pick, problem := selection(query.Get("$select"), l.fields, l.typeName)
	if problem != "" {
		graphError(w, r, http.StatusBadRequest, "BadRequest", problem)
		return
	}
	upTo := min(from+top, l.count)
	page := make([]item, 0, max(0, upTo-from))
	for i := from; i < upTo; i++ {
		page = append(page, pick(l.item(i)))
	}
	body := item{"@odata.context": "https://" + graphHost + "/v1.0/$metadata#" + l.name, "value": page}
	if l.loops {
		upTo = from
	}
	if upTo < l.count {
		body["@odata.nextLink"] = c.nextLink(r, l.name, upTo)
	}
	writeJSON(w, http.StatusOK, body)
}

func (c *Cloud) nextLink(r *http.Request, name string, at int) string {
	query := url.Values(maps.Clone(r.URL.Query()))
	query.Set("$skiptoken", c.keys.seal("page "+name, strconv.Itoa(at)))
	return "https://" + graphHost + r.URL.Path + "?" + query.Encode()
}

// selection returns what $select keeps of an item, or what is wrong with $select.
func selection(sel string, fields []string, typeName string) (func(item) item, string) {
	if sel == "" {
		return func(it item) item { return it }, ""
	}
	names := strings.Split(sel, ",")
	for i, name := range names {
		names[i] = strings.TrimSpace(name)
		if !slices.Contains(fields, names[i]) {
			return nil, "Parsing OData Select and Expand failed: Could not find a property named '" + names[i] + "' on type 'microsoft.graph." + typeName + "'."
		}
	}
	return func(it item) item {
		picked := make(item, len(names))
		for _, name := range names {
			picked[name] = it[name]
		}
		for name, value := range it {
			if strings.HasPrefix(name, "@odata.") { // comes with every selection
				picked[name] = value
			}
		}
		return picked
	}, ""
}
