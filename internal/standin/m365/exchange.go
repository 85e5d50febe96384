package m365

import (
	"mime"
	"net/http"
	"slices"
	"strings"
)

// Exchange's hosts. Its front door redirects a customer of another region to that
// region's host, whose certificate is equally valid.
const (
	exchangeHost = "outlook.office365.com"
	regionalHost = "eurprd01." + exchangeHost
	// foreignExchange has a name that passes a careless suffix check.
	foreignExchange = exchangeHost + ".fabrikam.example"
)

// The permissions to run cmdlets: for the app alone, and for the app with a user.
const (
	roleExchange  = "Exchange.ManageAsApp"
	scopeExchange = "Exchange.Manage"
)

// anchor is the mailbox whose server answers for the organization. Its prefix says
// how the rest is written.
const anchor = "SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@"

// exchangeHandler serves cmdlets over REST, which the Exchange Online module itself
// calls and Microsoft does not document.
func (c *Cloud) exchangeHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /adminapi/beta/{tenant}/InvokeCommand", c.serveCmdlet)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		defer c.counts.begin(KindUnknown, "")()
		http.NotFound(w, r)
	})
	return mux
}

func (c *Cloud) serveCmdlet(w http.ResponseWriter, r *http.Request) {
	customer, refusal := c.authorizeCmdlet(r)
	defer c.counts.begin(KindExchange, customer.TenantID)()
	if !wait(r, c.opts.Latency.Report) {
		return
	}
	if refusal == nil {
		refusal = checkHeaders(r, customer)
	}
	if refusal != nil {
		refusal.write(w, r)
		return
	}
	if to := otherRegion(r, customer); to != "" {
		w.Header().Set("Location", "https://"+to+r.URL.RequestURI())
		w.WriteHeader(http.StatusFound)
		return
	}
	got, refusal := c.readCmdlet(r, customer)
	if refusal == nil {
		if !c.hold(r, customer.Fault) {
			return
		}
		refusal = c.exchangeFault(customer, got)
	}
	if refusal != nil {
		refusal.write(w, r)
		return
	}
	if !c.hostileRecords(w, r, got) {
		c.servePageOfRecords(w, r, got)
	}
}

// authorizeCmdlet checks the bearer token: it must be this cloud's, not expired, for
// Exchange, of the tenant in the path, and with the right to run cmdlets.
func (c *Cloud) authorizeCmdlet(r *http.Request) (Customer, *exchangeRefusal) {
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !bearer {
		return Customer{}, unauthorized("2000000", "The request has no bearer token.", "invalid_request")
	}
	got, valid := c.keys.read(token)
	if !valid {
		return Customer{}, unauthorized("2000005", "The token is expired, or its signature is invalid.", "invalid_token")
	}
	customer, known := c.tenant(got.Tenant)
	switch {
	case got.Audience != exchangeAudience:
		return customer, unauthorized("2000003", "The audience claim value is invalid for current resource.", "invalid_resource")
	case !known || got.App != c.opts.PartnerClientID || !isTenant(r.PathValue("tenant"), customer):
		return customer, unauthorized("2000004", "The token is of another tenant.", "invalid_tenant")
	case !slices.Contains(got.Roles, roleExchange) && !slices.Contains(strings.Fields(got.Scopes), scopeExchange):
		return customer, unauthorized("2000008", "The token contains no permissions for this call.", "invalid_grant")
	}
	return customer, nil
}

// isTenant reports whether the text names the customer as Exchange accepts it, by
// tenant id or by initial domain.
func isTenant(text string, customer Customer) bool {
	return strings.EqualFold(text, customer.TenantID) || strings.EqualFold(text, customer.InitialDomain)
}

// checkHeaders refuses what Exchange would not route or read.
func checkHeaders(r *http.Request, customer Customer) *exchangeRefusal {
	how, mailbox, _ := strings.Cut(r.Header.Get("X-AnchorMailbox"), ":")
	tenant, system := strings.CutPrefix(mailbox, anchor)
	mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	format := r.Header.Get("X-ResponseFormat")
	switch {
	case (how != "APP" && how != "UPN") || !system || !isTenant(tenant, customer):
		return badRequest("Microsoft.Exchange.Data.Directory.RoutingException",
			"The X-AnchorMailbox header names no mailbox of the organization.")
	case mediaType != "application/json":
		return &exchangeRefusal{status: http.StatusUnsupportedMediaType, code: "UnsupportedMediaType",
			text: "The Content-Type of the request must be application/json."}
	case format != "" && !strings.EqualFold(format, "json"):
		return badRequest("Microsoft.Exchange.Admin.OData.Core.ODataServiceException",
			"The X-ResponseFormat '"+format+"' is not supported here.")
	}
	return nil
}

// otherRegion names the host that a call is redirected to, if any. Every fourth
// customer is in another region. For every second of these, the redirect has the port
// that only Exchange's own servers use.
func otherRegion(r *http.Request, customer Customer) string {
	switch {
	case customer.Fault == ExchangeForeignRedirect:
		return foreignExchange
	case r.Host != exchangeHost || customer.Index%4 != 3:
		return ""
	}
	return regionalHost + backendPort(customer.Index%8 == 7)
}

// backendPort is the port of Exchange's own servers. It occasionally gets into the
// addresses that Exchange returns, and cannot be reached from outside.
func backendPort(shown bool) string {
	if shown {
		return ":446"
	}
	return ""
}
