package refusal

import (
	"net/http"

	"tenantrollup/internal/run"
)

// Collection is Graph for collections: what a call needs depends on the call, and a
// 400 is usually the call's own fault.
func Collection(a Answer) *run.Failure {
	f := Graph(a)
	switch {
	case f.Class == run.ConsentMissing:
		f.Remedy = a.remedy(grantConsent + " Run handler permissions to see what the app must declare for the calls in REPORTS; with PARTNER_AUTH refresh-token, the user's security group also needs a role that can read this data, such as Global Reader.")
	case f.Class == run.ServiceFault && !f.Transient && f.Code != "" && (a.Status == http.StatusBadRequest || a.Status == http.StatusNotFound):
		f.Remedy = correctPath
	}
	return f
}

const correctPath = "Correct the path or its query in REPORTS: Graph's documentation describes both, https://learn.microsoft.com/graph/api/overview."
