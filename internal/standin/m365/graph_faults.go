package m365

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Faults of Graph's collections only. These also apply there: the faults of sign-in,
// NoRole and OrganizationRefused (by the permissions that are missing), Throttled,
// ThrottledDate, ThrottledLong, ServerError, ServerErrorThenFine, Slow, NeverAnswers,
// CutBody, CutBodyThenFine, ResetBody, Truncated, HTMLBody, HeaderOnly (no records),
// ExtraColumn (a property that only the last record has), FormulaNames, HostileNames,
// QuotedBreaks, Huge, and the rare refusals but for UnknownTenant.
const (
	NoPremium              Fault = "no-premium"               // 403 where Entra ID P1 is needed; its licences lack it
	NoIntune               Fault = "no-intune"                // 400 of Intune, not applicable to target tenant; its licences lack it
	CollectionTokenExpires Fault = "collection-token-expires" // the link to the second page is refused as expired; ends
	CollectionTokenRefused Fault = "collection-token-refused" // the same, endlessly
	CollectionEmptyPage    Fault = "collection-empty-page"    // the second page is empty, and a third follows
	CollectionForeignLink  Fault = "collection-foreign-link"  // the second page is on a host that is not Microsoft's
	CollectionBetaLink     Fault = "collection-beta-link"     // the second page is not below /v1.0
	CollectionLoop         Fault = "collection-loop"          // the second page links to itself
	CollectionNoValue      Fault = "collection-no-value"      // 200 with an object that has no list
	CollectionTypes        Fault = "collection-types"         // 200 with a list of texts and numbers
)

// CollectionFaults returns the faults that only collections have, in the order of their
// declaration. None is in Faults.
func CollectionFaults() []Fault {
	return []Fault{
		NoPremium, NoIntune, CollectionTokenExpires, CollectionTokenRefused, CollectionEmptyPage,
		CollectionForeignLink, CollectionBetaLink, CollectionLoop, CollectionNoValue, CollectionTypes,
	}
}

// needsPages reports whether the fault shows only from the second page on. It makes
// every page a third of the collection.
func (f Fault) needsPages() bool {
	return slices.Contains([]Fault{
		CollectionTokenExpires, CollectionTokenRefused, CollectionEmptyPage, CollectionForeignLink, CollectionBetaLink, CollectionLoop,
	}, f)
}

// deliversNoObjects reports whether the fault keeps every collection from arriving
// complete.
func (f Fault) deliversNoObjects() bool {
	return f.deliversNoToken() || f != UnknownTenant && slices.Contains(RareRefusals(), f) || slices.Contains([]Fault{
		NoServicePrincipal, NotConsented, ConditionalAccess, TenantGone, RelationshipEnded,
		ServerError, CutBody, ResetBody, Truncated, HTMLBody, NeverAnswers, ThrottledLong,
		HostileWaitForYears, HostileWaitForAWord, HostileWaitBackwards, HostileTenant,
		CollectionTokenRefused, CollectionForeignLink, CollectionBetaLink, CollectionLoop, CollectionNoValue, CollectionTypes,
	}, f)
}

// lacks reports whether a customer has not bought what a collection is about.
func (c *Cloud) lacks(customer Customer, k *collection) bool {
	return k.needs != None && customer.Fault == k.needs
}

// refuseCollection answers as the customer's fault, its licences and the service's
// limits demand. It returns false if nothing is in the way.
func (c *Cloud) refuseCollection(w http.ResponseWriter, r *http.Request, customer Customer, k *collection, q query) bool {
	f := customer.Fault
	if retryAfter := c.throttles(customer.Index, f); retryAfter != "" {
		w.Header().Set("Retry-After", retryAfter)
		graphError(w, r, http.StatusTooManyRequests, "TooManyRequests", "Too many requests from the same application in this tenant.")
		return true
	}
	switch {
	case f != UnknownTenant && rareStatus[f] != 0:
		refuseRarely(w, r, f)
	case f == ServerError, f == ServerErrorThenFine && c.stillFails(customer.Index):
		graphError(w, r, http.StatusInternalServerError, "InternalServerError", "An internal server error occurred.")
	case f == NoIntune && k.needs == NoIntune:
		graphError(w, r, http.StatusBadRequest, "BadRequest", "Request not applicable to target tenant.")
	case f == NoPremium && (k.needs == NoPremium || q.signIns):
		graphError(w, r, http.StatusForbidden, "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
			"Neither tenant is B2C or tenant doesn't have premium license")
	case f == CollectionNoValue:
		writeJSON(w, http.StatusOK, object{{"@odata.context", contextOf(k, q)}, {"@odata.count", 0}})
	case f == CollectionTypes:
		writeJSON(w, http.StatusOK, object{{"@odata.context", contextOf(k, q)}, {"value", []any{"none", 5, nil, []string{}}}})
	default:
		return c.overLimit(w, r, customer, k, q)
	}
	return true
}

// throttles returns the Retry-After of a 429 that the cloud or a customer's fault
// demands, or "" if neither does.
func (c *Cloud) throttles(index int, f Fault) string {
	if retryAfter, on := c.storm(); on {
		return retryAfter
	}
	wait := c.opts.Tuning.RetryAfter
	switch {
	case hostileWaits[f] != "":
		return hostileWaits[f]
	case f == ThrottledLong:
		return retrySeconds(throttledLong)
	case f == Throttled && c.stillFails(index):
		return retrySeconds(wait)
	case f == ThrottledDate && c.stillFails(index):
		return dateAfter(wait)
	case f == HostileClock && c.stillFails(index):
		return dateAfter(wait + clockAhead)
	}
	return ""
}

// startOf is where the page begins that a request names.
func (c *Cloud) startOf(customer Customer, k *collection, q *query) (int, *graphRefusal) {
	if k.skips || q.token == "" {
		return q.skip, nil
	}
	expired := &graphRefusal{http.StatusBadRequest, "Directory_ExpiredPageToken",
		"The specified page token value has expired and can no longer be included in your request."}
	at, ok := c.keys.open(k.tokenOf(customer, *q), q.token)
	f := customer.Fault
	if !ok || f == CollectionTokenRefused || f == CollectionTokenExpires && c.stillFails(customer.Index) {
		return 0, expired
	}
	number, after, _ := strings.Cut(at, "|")
	q.after = after != ""
	from, _ := strconv.Atoi(number)
	return from, nil
}

// tokenOf is what a page's token is valid for: this query of this customer's
// collection, and no other.
func (k *collection) tokenOf(customer Customer, q query) string {
	return "objects " + k.path + " " + customer.TenantID + " " + q.rest.Encode()
}

// linkTo is the address of the page that begins there.
func (c *Cloud) linkTo(customer Customer, k *collection, q query, from, next int) string {
	host, version := graphHost, "/v1.0"
	switch customer.Fault {
	case CollectionForeignLink:
		host += ".fabrikam.example"
	case CollectionBetaLink:
		version = "/beta"
	case CollectionLoop:
		if from > 0 {
			next = from
		}
	}
	query := q.rest.Encode()
	name, value := "$skip", strconv.Itoa(next)
	if !k.skips {
		if next == from {
			value += "|after"
		}
		name, value = "$skiptoken", c.keys.seal(k.tokenOf(customer, q), value)
	}
	if query != "" {
		query += "&"
	}
	query = strings.ReplaceAll(query, "%24", "$") // as Graph writes it
	return "https://" + host + version + k.path + "?" + query + name + "=" + value
}

func contextOf(k *collection, q query) string {
	name := strings.TrimPrefix(k.path, "/")
	if of := slices.Concat(q.selected, q.expanded); of != nil {
		name += "(" + strings.Join(of, ",") + ")"
	}
	return "https://" + graphHost + "/v1.0/$metadata#" + name
}

// sendPage writes a page as the customer's fault leaves it.
func (c *Cloud) sendPage(w http.ResponseWriter, r *http.Request, customer Customer, k *collection, q query, p page) {
	body, metadata := object{{"@odata.context", contextOf(k, q)}}, "minimal"
	if strings.Contains(r.Header.Get("Accept"), "odata.metadata=none") {
		body, metadata, p.records = nil, "none", bareAll(p.records)
	}
	if q.count {
		body = append(body, member{"@odata.count", p.all})
	}
	if p.linked || customer.Fault == CollectionLoop && p.from > 0 {
		body = append(body, member{"@odata.nextLink", c.linkTo(customer, k, q, p.from, p.next)})
	}
	text, err := json.Marshal(append(body, member{"value", p.records}))
	if err != nil {
		panic(err) // texts, numbers and booleans always marshal
	}
	w.Header().Set("Content-Type", "application/json;odata.metadata="+metadata+";odata.streaming=true;IEEE754Compatible=false;charset=utf-8")
	w.Header().Set("request-id", requestID())
	c.sendText(w, r, customer, text)
}

// sendText writes a body, or as much of it as the customer's fault lets through.
func (c *Cloud) sendText(w http.ResponseWriter, r *http.Request, customer Customer, text []byte) {
	switch f := customer.Fault; {
	case f == HTMLBody:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write([]byte(signInPage))
	case f == Truncated:
		w.Write(text[:len(text)/2])
	case f == ResetBody:
		resetInBody(w, text)
	case f == Drip:
		drip(w, r, text)
	case f == CutBody, f == CutBodyThenFine && c.stillFails(customer.Index):
		w.Header().Set("Content-Length", strconv.Itoa(len(text)))
		w.Write(text[:len(text)/2])
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler) // closes the connection
	default:
		w.Write(text)
	}
}
