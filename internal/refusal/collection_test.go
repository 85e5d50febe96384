package refusal

import (
	"strings"
	"testing"

	"tenantrollup/internal/run"
)

func TestCollectionRefusals(t *testing.T) {
	for _, tt := range []struct {
		rule   string
		status int
		body   []byte
		class  run.Class
		todo   string
		code   string
	}{
		{"an unknown property", 400, graphBody("BadRequest", "Could not find a property named 'nickname' on type 'microsoft.graph.user'."), run.ServiceFault, "in REPORTS", "BadRequest"},
		{"a query that is not supported", 400, graphBody("Request_UnsupportedQuery", "Unsupported Query."), run.ServiceFault, "in REPORTS", "Request_UnsupportedQuery"},
		{"a page that is too large", 400, graphBody("Request_BadRequest", "Invalid page size specified: '1000'. Must be between 1 and 999 inclusive."), run.ServiceFault, "in REPORTS", "Request_BadRequest"},
		{"an unknown path", 400, graphBody("BadRequest", "Resource not found for the segment 'user'."), run.ServiceFault, "in REPORTS", "BadRequest"},
		{"an unknown object", 404, graphBody("Request_ResourceNotFound", "Resource does not exist."), run.ServiceFault, "in REPORTS", "Request_ResourceNotFound"},
		{"a property of single objects", 501, graphBody("NotImplemented", "This operation target is not yet supported."), run.ServiceFault, "from the call in REPORTS", "NotImplemented"},
		{"a missing permission", 403, graphBody("Authorization_RequestDenied", "Insufficient privileges to complete the operation."), run.ConsentMissing, "handler permissions", "Authorization_RequestDenied"},
		{"a missing licence", 403, graphBody("AccessDenied", "Your tenant is not licensed for this feature."), run.NotLicensed, "License the customer", "AccessDenied"},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			f := Collection(Answer{Host: "graph.microsoft.com", Status: tt.status, ConsentURL: consentAddress, Text: tt.body})
			if f.Class != tt.class || f.Transient || f.Code != tt.code || !strings.Contains(f.Remedy, tt.todo) || strings.Contains(f.Remedy, "Reports.Read.All") {
				t.Errorf("got %+v", f)
			}
			if tt.class == run.ConsentMissing && !strings.Contains(f.Remedy, consentAddress) {
				t.Errorf("the remedy is without the address: %q", f.Remedy)
			}
		})
	}
	t.Run("a temporary failure is not the call's fault", func(t *testing.T) {
		f := Collection(Answer{Status: 400, Text: graphBody("BadRequest", "Resource temporarily unavailable.")})
		if !f.Transient || f.Remedy != NextRun {
			t.Errorf("got %+v", f)
		}
	})
}
