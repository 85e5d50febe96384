package m365

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

const graphHost = "graph.microsoft.com"

// caller is who a Graph request comes from: the app in one tenant, alone or with
// the partner's user.
type caller struct {
	tenant Customer
	roles  []string
}

func (who caller) has(role string) bool { return slices.Contains(who.roles, role) }

// graphRoute is a path of Graph and what it requires of a request.
type graphRoute struct {
	kind   Kind
	role   string   // checked first; the reports check theirs themselves
	params []string // the query parameters it accepts
	serve  func(w http.ResponseWriter, r *http.Request, who caller)
}

func (c *Cloud) graphHandler() http.Handler {
	const relations = "GET /v1.0/tenantRelationships/"
	routes := map[string]graphRoute{
		"GET /v1.0/contracts":                                            {KindContracts, roleDirectory, listParameters, c.serveContracts},
		relations + "delegatedAdminRelationships":                        {KindGDAP, roleGDAP, append([]string{"$filter"}, listParameters...), c.serveRelationships},
		relations + "delegatedAdminCustomers":                            {KindGDAP, roleGDAP, listParameters, c.serveDelegatedCustomers},
		relations + "{call}":                                             {KindTenantInfo, roleTenantInfo, nil, c.serveTenantInformation},
		"GET /v1.0/organization":                                         {KindOrganization, roleOrganization, []string{"$select"}, c.serveOrganization},
		"GET /v1.0/reports/{call}":                                       {KindReport, "", nil, c.serveReport},
		"GET /v1.0/copilot/reports/{call}":                               {KindReport, "", nil, c.serveReport},
		"GET /v1.0/admin/reportSettings":                                 {KindSettings, "", nil, c.serveSettings},
		"GET /v1.0/applications(appId='" + c.opts.PartnerClientID + "')": {KindRegistration, roleDirectory, []string{"$select"}, c.serveRegistration},
		"/": {KindUnknown, "", nil, c.serveUnknown},
	}
	maps.Copy(routes, c.collectionRoutes())
	mux := http.NewServeMux()
	for pattern, route := range routes {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { c.enter(w, r, route) })
	}
	return mux
}

// enter checks what every Graph call needs: the token, the role, the query
// parameters.
func (c *Cloud) enter(w http.ResponseWriter, r *http.Request, route graphRoute) {
	who, refusal := c.authorize(r)
	defer c.counts.begin(route.kind, who.tenant.TenantID)()
	if !c.mayAnswer(r, route.kind) {
		return
	}
	switch {
	case refusal != "":
		graphError(w, r, http.StatusUnauthorized, "InvalidAuthenticationToken", refusal)
		return
	case route.role != "" && !who.has(route.role):
		graphError(w, r, http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
		return
	}
	query := r.URL.Query()
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if route.kind != KindUnknown && !slices.Contains(route.params, name) {
			graphError(w, r, http.StatusBadRequest, "BadRequest", "The query parameter '"+name+"' is not supported here.")
			return
		}
	}
	route.serve(w, r, who)
}

// authorize checks the bearer token: it must be this cloud's, not expired, for Graph,
// and of an existing tenant.
func (c *Cloud) authorize(r *http.Request) (caller, string) {
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !bearer {
		return caller{}, "Access token is empty."
	}
	got, valid := c.keys.read(token)
	if !valid {
		return caller{}, "Lifetime validation failed, the token is expired, or its signature is invalid."
	}
	tenant, known := c.tenant(got.Tenant)
	if got.Audience != graphAudience {
		return caller{tenant: tenant}, "Access token validation failure. Invalid audience."
	}
	if !known || got.App != c.opts.PartnerClientID {
		return caller{tenant: tenant}, "Access token validation failure. Invalid tenant."
	}
	return caller{tenant, append(got.Roles, strings.Fields(got.Scopes)...)}, ""
}

func (c *Cloud) serveUnknown(w http.ResponseWriter, r *http.Request, _ caller) {
	segmentNotFound(w, r, r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:])
}

func segmentNotFound(w http.ResponseWriter, r *http.Request, segment string) {
	graphError(w, r, http.StatusBadRequest, "BadRequest", "Resource not found for the segment '"+segment+"'.")
}

// graphError writes an error in Graph's JSON shape.
func graphError(w http.ResponseWriter, r *http.Request, status int, code, message string) {
	writeJSON(w, status, map[string]any{"error": graphErrorBody(w, r, code, message)})
}

func graphErrorBody(w http.ResponseWriter, r *http.Request, code, message string) map[string]any {
	request, client := requestID(), r.Header.Get("client-request-id")
	if client == "" {
		client = request
	}
	w.Header().Set("request-id", request)
	w.Header().Set("client-request-id", client)
	return map[string]any{
		"code": code, "message": message,
		"innerError": map[string]any{
			"date": time.Now().UTC().Format("2006-01-02T15:04:05"), "request-id": request, "client-request-id": client,
		},
	}
}
