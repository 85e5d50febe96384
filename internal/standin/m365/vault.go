package m365

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"time"
)

const vaultAudience = "https://vault.azure.net"

// vaultVersion is the only version of every secret except the refresh token.
const vaultVersion = "4f2a6b1c9d8e4035a7b6c5d4e3f20198"

// vaultVersions are the API versions that the vaults of every cloud know. A vault that
// does not know a newer one yet refuses it in these words.
//
// Source: https://learn.microsoft.com/rest/api/keyvault/key-vault-versions,
// https://github.com/Azure/azure-sdk-for-python/issues/28595
var vaultVersions = regexp.MustCompile(`^7\.[0-6]$`)

func (c *Cloud) vaultHost() string { return c.opts.VaultName + ".vault.azure.net" }

func (c *Cloud) vaultHandler() http.Handler {
	mux := http.NewServeMux()
	for _, pattern := range []string{"GET /secrets/{name}", "GET /secrets/{name}/{$}", "GET /secrets/{name}/{version}"} {
		mux.HandleFunc(pattern, c.enterVault("getSecret", c.serveSecret, VaultForbidden))
	}
	mux.HandleFunc("PUT /secrets/{name}", c.enterVault("setSecret", c.storeSecret, VaultForbidden, VaultReadOnly))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		defer c.counts.begin(KindUnknown, "")()
		vaultError(w, http.StatusBadRequest, "BadParameter", "The request URI "+r.Method+" "+r.URL.Path+" is not supported.")
	})
	return mux
}

// enterVault checks what every request needs.
func (c *Cloud) enterVault(action string, serve http.HandlerFunc, refusing ...Outage) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		defer c.counts.begin(KindVault, "")()
		if c.out(VaultDown) {
			vaultError(w, http.StatusServiceUnavailable, "ServiceUnavailable", "The service is unavailable.")
			return
		}
		if c.out(VaultEndless) {
			writeEndlessly(w, `{"value":"`)
			return
		}
		if reason := c.vaultUnauthorized(r); reason != "" {
			w.Header().Set("WWW-Authenticate", `Bearer authorization="https://`+loginHost+"/"+c.opts.PartnerTenantID+`", resource="`+vaultAudience+`"`)
			vaultError(w, http.StatusUnauthorized, "Unauthorized", reason)
			return
		}
		query := r.URL.Query()
		switch version := query.Get("api-version"); {
		case len(query) != 1 || version == "":
			vaultError(w, http.StatusBadRequest, "BadParameter", "The request must carry api-version and nothing else.")
		case !vaultVersions.MatchString(version) && !c.opts.TakeVaultVersionOfOldBuilds:
			vaultError(w, http.StatusBadRequest, "BadParameter", "The specified version ("+version+") is not recognized. Consider using the latest supported version (7.6).")
		case c.out(refusing...):
			c.vaultForbidden(w, action, r.PathValue("name"))
		default:
			serve(w, r)
		}
	}
}

func (c *Cloud) serveSecret(w http.ResponseWriter, r *http.Request) {
	name, version := r.PathValue("name"), r.PathValue("version")
	secret, found := c.vaultSecret(name, version)
	if !found {
		vaultError(w, http.StatusNotFound, "SecretNotFound", "A secret with (name/id) "+strings.TrimSuffix(name+"/"+version, "/")+" was not found in this key vault.")
		return
	}
	writeJSON(w, http.StatusOK, secret)
}

// storeSecret makes a new version. Only the refresh token may be written.
func (c *Cloud) storeSecret(w http.ResponseWriter, r *http.Request) {
	if r.PathValue("name") != refreshSecret || !c.opts.Auth.refreshes() {
		c.vaultForbidden(w, "setSecret", r.PathValue("name"))
		return
	}
	var given struct {
		Value      string `json:"value"`
		Attributes struct {
			Expires int64 `json:"exp"`
		} `json:"attributes"`
	}
	body := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10))
	body.DisallowUnknownFields()
	if err := body.Decode(&given); err != nil || given.Value == "" || len(given.Value) > 25<<10 {
		vaultError(w, http.StatusBadRequest, "BadParameter", "The request body must be a secret of at most 25 KB.")
		return
	}
	var expires time.Time
	if given.Attributes.Expires != 0 {
		expires = time.Unix(given.Attributes.Expires, 0)
	}
	c.refresh.store(given.Value, expires)
	secret, _ := c.refreshSecret("")
	writeJSON(w, http.StatusOK, secret)
}

// vaultForbidden is the refusal of a vault whose permissions are roles, in the words and
// lines of https://github.com/piyushsachdeva/Terraform_AKS/issues/2.
func (c *Cloud) vaultForbidden(w http.ResponseWriter, action, name string) {
	writeJSON(w, http.StatusForbidden, map[string]any{"error": map[string]any{
		"code": "Forbidden",
		"message": "Caller is not authorized to perform action on resource.\r\n" +
			"If role assignments, deny assignments or role definitions were changed recently, please observe propagation time.\r\n" +
			"Caller: appid=" + c.identityClientID() + ";oid=" + objectID(c.opts.PartnerTenantID) + ";iss=https://sts.windows.net/" + c.opts.PartnerTenantID + "/\r\n" +
			"Action: 'Microsoft.KeyVault/vaults/secrets/" + action + "/action'\r\n" +
			"Resource: '/subscriptions/" + guid(c.random(c.opts.VaultName, 0)) + "/resourcegroups/reports/providers/microsoft.keyvault/vaults/" + c.opts.VaultName + "/secrets/" + name + "'\r\n" +
			"Assignment: (not found)\r\nDenyAssignmentId: null\r\nDecisionReason: 'DeniedWithNoValidRBAC' \r\n" +
			"Vault: " + c.opts.VaultName + ";location=westeurope\r\n",
		"innererror": map[string]any{"code": "ForbiddenByRbac"},
	}})
}

// vaultUnauthorized returns why the vault rejects the bearer token.
func (c *Cloud) vaultUnauthorized(r *http.Request) string {
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !bearer {
		return "AKV10000: Request is missing a Bearer or PoP token."
	}
	got, valid := c.keys.read(token)
	switch {
	case !valid:
		return "AKV10001: The token is not valid."
	case got.Audience != vaultAudience:
		return "AKV10022: Invalid audience. Expected " + vaultAudience + ", found: " + got.Audience + "."
	case got.Tenant != c.opts.PartnerTenantID:
		return "AKV10032: Invalid issuer."
	}
	return ""
}

// vaultSecret returns a secret as in the answer of Key Vault's GET; version "" is the
// current one.
func (c *Cloud) vaultSecret(name, version string) (map[string]any, bool) {
	switch {
	case c.out(VaultEmpty), c.opts.Auth == Federated:
		return nil, false
	case name == refreshSecret:
		return c.refreshSecret(version)
	case version != "" && version != vaultVersion:
		return nil, false
	}
	id := "https://" + c.vaultHost() + "/secrets/" + name + "/" + vaultVersion
	attributes := map[string]any{
		"enabled": true, "recoveryLevel": "Recoverable+Purgeable", "recoverableDays": 90,
		"created": time.Now().AddDate(0, -1, 0).Unix(), "updated": time.Now().AddDate(0, -1, 0).Unix(),
		"nbf": time.Now().AddDate(0, -1, 0).Unix(), "exp": time.Now().AddDate(0, 6, 0).Unix(),
	}
	secret := map[string]any{"id": id, "attributes": attributes}
	switch {
	case name == "partner-client-secret":
		secret["value"] = c.app.current()
	case name == "partner-certificate" && c.app.cert != nil:
		secret["value"], secret["contentType"] = c.app.vaultValue, c.app.contentType
		secret["managed"] = true
		secret["kid"] = "https://" + c.vaultHost() + "/keys/" + name + "/" + vaultVersion
		attributes["nbf"], attributes["exp"] = c.app.cert.NotBefore.Unix(), c.app.cert.NotAfter.Unix()
	default:
		return nil, false
	}
	return secret, true
}

func vaultError(w http.ResponseWriter, status int, code, message string) {
	writeJSON(w, status, map[string]any{"error": map[string]any{"code": code, "message": message}})
}
