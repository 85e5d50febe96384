package m365

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// The worst services there are: each repeats all that it was told, in its errors and
// their headers, each time in another shape (plain, form-encoded, percent-encoded
// throughout, JSON-escaped).
const (
	SignInEchoes   Outage = "sign-in-echoes"  // refuses tokens of customers' tenants
	GraphEchoes    Outage = "graph-echoes"    // refuses reports and collections, by turns with 403 and in a 200
	ReportsEcho    Outage = "reports-echo"    // redirects from a report's address to one that does not parse
	ExchangeEchoes Outage = "exchange-echoes" // by turns refuses with 400 and warns in a 200
	VaultEchoes    Outage = "vault-echoes"    // refuses with 403, and says what is stored
	StorageEchoes  Outage = "storage-echoes"  // refuses with 403; of connections that begin meanwhile
	WebhookEchoes  Outage = "webhook-echoes"  // redirects to its own address, broken
)

// echoed is a request, and what its service repeats of it.
type echoed struct {
	form  url.Values
	words string
}

// echo answers instead of a service while it echoes; false if it does not.
func (c *Cloud) echo(w http.ResponseWriter, r *http.Request) bool {
	on, answer := c.echoing(r)
	if answer == nil || !c.out(on) {
		return false
	}
	got := echoed{form: url.Values{}}
	if r.Header.Get("Content-Type") == "application/x-www-form-urlencoded" {
		text, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		got.form, _ = url.ParseQuery(string(text))
	}
	turn := int(c.echoes.Add(1))
	got.words = "you sent " + shaped(turn/2, c.told(r, got.form)...)
	for _, name := range []string{"request-id", "x-ms-request-id", "x-ms-error-code", "X-Ms-Diagnostics"} {
		w.Header().Set(name, strings.ToValidUTF8(got.words, ""))
	}
	answer(w, r, got.words, turn%2 == 0)
	return true
}

func (c *Cloud) echoing(r *http.Request) (Outage, func(w http.ResponseWriter, r *http.Request, words string, even bool)) {
	switch host := r.Host; {
	case host == loginHost && r.Method == http.MethodPost && !strings.Contains(r.URL.Path, c.opts.PartnerTenantID):
		return SignInEchoes, echoSignIn
	case host == graphHost && (strings.Contains(r.URL.Path, "/reports/") || collectionAt(strings.TrimPrefix(r.URL.Path, "/v1.0")) != nil):
		return GraphEchoes, echoGraph
	case host == exchangeHost, host == regionalHost:
		return ExchangeEchoes, echoExchange
	case host == c.vaultHost() && r.Header.Get("Authorization") != "":
		return VaultEchoes, echoError(http.StatusForbidden)
	case isStorage(host):
		return StorageEchoes, echoStorage
	case slices.Contains(reportHosts, host):
		return ReportsEcho, echoLocation
	case host == teamsHost, host == plainHost:
		return WebhookEchoes, echoLocation
	}
	return "", nil
}

// told is everything that a service could give away, in the order in which it does.
func (c *Cloud) told(r *http.Request, form url.Values) []string {
	address := "https://" + r.Host + r.URL.RequestURI()
	all := []string{
		form.Get("client_secret"), form.Get("refresh_token"), c.app.current(), c.webhooks.key,
		lastOf(r.Header.Get("Authorization")), lastOf(form.Get("client_assertion")), address,
	}
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

// lastOf is a token without its long middle: what makes it valid is at its end.
func lastOf(token string) string {
	token = strings.TrimPrefix(token, "Bearer ")
	head, rest, found := strings.Cut(token, ".")
	if !found {
		return token
	}
	return head + "." + rest[strings.LastIndexByte(rest, '.')+1:]
}

// shaped writes values one after another in a shape.
func shaped(turn int, values ...string) string {
	shapes := []func(string) string{
		strings.Clone, url.QueryEscape, percentEncode,
		func(text string) string {
			quoted, _ := json.Marshal(text) // strings always marshal
			return strings.Trim(string(quoted), `"`)
		},
	}
	var all []string
	for i := range values {
		value := values[(i+turn)%len(values)] // a message is cut: each is the first at some turn
		all = append(all, shapes[turn/len(values)%len(shapes)](value))
	}
	return strings.Join(all, " ")
}

func percentEncode(text string) string {
	var encoded strings.Builder
	for _, b := range []byte(text) {
		fmt.Fprintf(&encoded, "%%%02x", b)
	}
	return encoded.String()
}

func echoSignIn(w http.ResponseWriter, _ *http.Request, words string, _ bool) {
	writeJSON(w, http.StatusBadRequest, item{
		"error": "invalid_grant", "error_description": "AADSTS999999: " + words, "error_codes": []int{999999},
		"correlation_id": words, "timestamp": words, "trace_id": words,
	})
}

func echoGraph(w http.ResponseWriter, _ *http.Request, words string, even bool) {
	status := http.StatusForbidden
	if even {
		status = http.StatusOK
	}
	writeJSON(w, status, item{"error": item{"code": "Echo", "message": words, "innerError": item{"request-id": words, "date": words}}})
}

func echoExchange(w http.ResponseWriter, _ *http.Request, words string, even bool) {
	if even {
		writeJSON(w, http.StatusOK, item{"@adminapi.warnings": []string{words}, "value": []item{}})
		return
	}
	writeJSON(w, http.StatusBadRequest, item{"error": item{
		"code": "BadRequest", "message": "Invalid Operation", "details": []item{{"code": "Client", "message": "Ex1|Microsoft.Echo|" + words}},
	}})
}

func echoError(status int) func(http.ResponseWriter, *http.Request, string, bool) {
	return func(w http.ResponseWriter, _ *http.Request, words string, _ bool) {
		writeJSON(w, status, item{"error": item{"code": "Echo", "message": words, "innererror": item{"code": words}}})
	}
}

func echoStorage(w http.ResponseWriter, _ *http.Request, words string, _ bool) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(http.StatusForbidden)
	fmt.Fprintf(w, "<Error><Code>AuthenticationFailed</Code><Message>%s</Message><HeaderName>x</HeaderName></Error>", words)
}

// echoLocation redirects to an address that does not parse.
func echoLocation(w http.ResponseWriter, r *http.Request, words string, _ bool) {
	w.Header().Set("Location", "https://"+r.Host+r.URL.RequestURI()+"%zz "+words)
	w.WriteHeader(http.StatusFound)
}
