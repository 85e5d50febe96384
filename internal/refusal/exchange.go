package refusal

import (
	"fmt"
	"net/http"
	"strings"

	"tenantrollup/internal/run"
)

// tokenWithoutPermission is what Exchange's front door, in X-Ms-Diagnostics, calls
// a token that has neither role nor scope.
const tokenWithoutPermission = "2000008"

// Exchange is Graph for Exchange Online, which refuses some calls without a word in
// the body, and whose 400 is usually the call's own fault.
func Exchange(a Answer) *run.Failure {
	bare := a.Status == http.StatusUnauthorized || a.Status == http.StatusForbidden
	m, reason := noReason, a.Header.Get("X-Ms-Diagnostics")
	if bare && len(unwrapGraph(a.Text)) == 0 && (reason != "" || !a.hasWords()) {
		switch {
		case strings.HasPrefix(reason, tokenWithoutPermission):
			m = noPermission
		case reason != "":
			m = tokenRefused
		}
		return a.failure(m, a.Secrets.Sentence(fmt.Sprintf("%s answered %d", a.Host, a.Status), reason), a.Header.Get("request-id"), "")
	}
	f := Graph(a)
	if a.Status == http.StatusBadRequest && f.Class == run.ServiceFault && !f.Transient {
		f.Remedy = correctCall
	}
	return f
}

// What Exchange alone says, by a header or not at all.
var (
	noPermission = meaning{run.ConsentMissing, stays,
		"The app may not run cmdlets in this tenant",
		grantConsent + " Cmdlets need Exchange.ManageAsApp."}
	noReason = meaning{run.RoleMissing, stays,
		"Exchange gives no reason; it refuses like this if the app has no role in the tenant, or if it does not know the cmdlet",
		"If every customer is refused like this, check the cmdlet's name in REPORTS. Otherwise have the customer give the app the role Global Reader in Entra, Roles & admins; with PARTNER_AUTH refresh-token, give it to the user's security group in the delegated admin relationship instead."}
)

const correctCall = "Correct the cmdlet or its parameters in REPORTS: https://learn.microsoft.com/powershell/module/exchange describes them."
