package m365

import (
	"crypto/rand"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// exchangeForToken is the audience of a token that serves as an app's federated
// credential; Entra requires it from the v2.0 issuer.
const exchangeForToken = "api://AzureADTokenExchange"

// identityAudiences are the resources the managed identity may ask for.
var identityAudiences = []string{vaultAudience, "https://storage.azure.com", exchangeForToken}

const identityLife = 24 * time.Hour

// exchangeIssuer is the issuer of such a token.
func (c *Cloud) exchangeIssuer() string {
	return "https://" + loginHost + "/" + c.opts.PartnerTenantID + "/v2.0"
}

// identityClientID names the managed identity. That of Federated is user-assigned,
// because no other may be an app's federated credential, and has to be requested by
// this name.
func (c *Cloud) identityClientID() string { return objectID(c.opts.PartnerClientID) }

// identityEndpoint is App Service's managed identity endpoint, plain HTTP on
// the loopback interface (version 2019-08-01 of its protocol).
type identityEndpoint struct {
	header   string
	listener net.Listener
	server   *http.Server
	running  sync.WaitGroup
}

func (c *Cloud) startIdentity() (*identityEndpoint, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the managed identity: %w", err)
	}
	e := &identityEndpoint{header: rand.Text(), listener: listener}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /msi/token", func(w http.ResponseWriter, r *http.Request) {
		defer c.counts.begin(KindIdentity, "")()
		c.serveIdentity(w, r, e.header)
	})
	e.server = &http.Server{Handler: mux, ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: time.Minute}
	e.running.Go(func() { e.server.Serve(listener) })
	return e, nil
}

func (e *identityEndpoint) url() string { return "http://" + e.listener.Addr().String() + "/msi/token" }

func (e *identityEndpoint) close() {
	e.server.Close()
	e.running.Wait()
}

// unassigned is the endpoint's answer to an app without such an identity, and
// fetchFailed its answer while it has an internal problem.
//
// Source: https://github.com/Azure/azure-sdk-for-net/issues/49912, and the tests of
// AzureAD/microsoft-authentication-library-for-dotnet
const (
	unassigned  = "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId."
	fetchFailed = "An unexpected error occured while fetching the AAD Token."
)

// identityRefusal is how some requests to the endpoint are refused.
type identityRefusal struct {
	resource      string
	status, times int
}

// RefuseIdentity lets the managed identity's endpoint answer the next requests for a
// token of the resource, such as https://vault.azure.net, with this status: 400 and
// 404 as if the identity were not assigned, 500 and above as if the endpoint had an
// internal problem. It replaces the previous refusal.
func (c *Cloud) RefuseIdentity(resource string, status, times int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.identityRefusal = identityRefusal{resource, status, times}
}

// refusesIdentity counts one more request and returns the status of its refusal, or 0.
func (c *Cloud) refusesIdentity(resource string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.identityRefusal.resource != resource || c.identityRefusal.times == 0 {
		return 0
	}
	c.identityRefusal.times--
	return c.identityRefusal.status
}

func (c *Cloud) serveIdentity(w http.ResponseWriter, r *http.Request, header string) {
	refuse := func(status int, message string) {
		writeJSON(w, status, map[string]any{"statusCode": status, "message": message})
	}
	query := r.URL.Query()
	resource := query.Get("resource")
	switch status := c.refusesIdentity(resource); {
	case status >= http.StatusInternalServerError:
		writeJSON(w, status, map[string]any{"statusCode": status, "message": fetchFailed, "correlationId": requestID()})
		return
	case status > 0:
		refuse(status, unassigned)
		return
	}
	assigned := ""
	if c.opts.Auth == Federated {
		assigned = c.identityClientID()
	}
	for name := range query {
		if name != "api-version" && name != "resource" && name != "client_id" {
			refuse(http.StatusBadRequest, "no identity is assigned that the parameter "+name+" names")
			return
		}
	}
	switch {
	case query.Get("client_id") != assigned:
		refuse(http.StatusBadRequest, unassigned)
	case r.Header.Get("X-IDENTITY-HEADER") != header:
		refuse(http.StatusUnauthorized, "X-IDENTITY-HEADER is missing or wrong")
	case query.Get("api-version") != "2019-08-01":
		refuse(http.StatusBadRequest, "api-version must be 2019-08-01")
	case !slices.Contains(identityAudiences, resource):
		refuse(http.StatusBadRequest, "AADSTS500011: the resource principal named "+resource+" was not found in the tenant")
	default:
		c.issueIdentity(w, resource)
	}
}

func (c *Cloud) issueIdentity(w http.ResponseWriter, resource string) {
	issuer := "https://sts.windows.net/" + c.opts.PartnerTenantID + "/"
	if resource == exchangeForToken {
		issuer = c.exchangeIssuer()
	}
	token := c.keys.token(claims{
		Audience: resource,
		Issuer:   issuer,
		App:      c.identityClientID(),
		Object:   objectID(c.opts.PartnerTenantID),
		Tenant:   c.opts.PartnerTenantID,
	}, identityLife)
	writeJSON(w, http.StatusOK, map[string]any{
		"access_token": token,
		"expires_on":   strconv.FormatInt(time.Now().Add(identityLife).Unix(), 10),
		"resource":     resource,
		"token_type":   "Bearer",
		"client_id":    c.identityClientID(),
	})
}
