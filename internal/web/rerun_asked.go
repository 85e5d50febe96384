package web

import (
	"encoding/json"
	"regexp"
	"strings"
	"unicode/utf8"

	"tenantrollup/internal/run"
)

// checkAsked returns why a request can't be for only some customers, or nil.
func checkAsked(fields map[string]json.RawMessage, wanted rerunRequest) error {
	_, customers := fields["customers"]
	_, class := fields["class"]
	field := "customers"
	if class {
		field = "class"
	}
	switch {
	case !customers && !class:
		return nil
	case customers && class:
		return badRequest("class", "customers are named, too; want one of the two")
	case wanted.accept.given || wanted.scope != run.ScopeFailed:
		return badRequest(field, "it goes with \"scope\":\"failed\" alone")
	case class && !wanted.asked.Class.InErrorLog():
		return badRequest("class", "%q; accepted: %s", wanted.asked.Class, listed(run.ErrorLogClasses()))
	case customers && (len(wanted.asked.Customers) == 0 || len(wanted.asked.Customers) > run.AskedLimit):
		return badRequest("customers", "%d are named; want 1 to %d tenant ids or domains", len(wanted.asked.Customers), run.AskedLimit)
	}
	for _, name := range wanted.asked.Customers {
		if utf8.RuneCountInString(name) > longestName || !isName.MatchString(name) {
			return badRequest("customers", "%q is neither a tenant id nor a domain", run.Clip(name, nameShown))
		}
	}
	return nil
}

// isName matches a tenant id or a domain.
var isName = regexp.MustCompile(`^[\pL\pN][\pL\pN._-]*$`)

// In characters. In the expression, the limit would cost the process 6 MB.
const (
	longestName = 253
	nameShown   = 80
)

func listed[T ~string](words []T) string {
	names := make([]string, len(words))
	for i, word := range words {
		names[i] = string(word)
	}
	return strings.Join(names, ", ")
}
