package msapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"tenantrollup/internal/msapi"
	"tenantrollup/internal/run"
)

func tokenRefusal(status int, kind string, code int, description string) msapi.Refusal {
	return msapi.Refusal{
		Host: "login.microsoftonline.com", Status: status, ConsentURL: "https://consent",
		Text: fmt.Appendf(nil, `{"error":%q,"error_description":%q,"error_codes":[%d],"trace_id":"trace","correlation_id":"correlation"}`,
			kind, description, code),
	}
}

func TestTokenFailureGoesByTheFirstCode(t *testing.T) {
	tests := []struct {
		codes     []int
		class     run.Class
		transient bool
	}{
		{[]int{65001, 700016, 7000229, 90099, 90094, 7000112}, run.ConsentMissing, false},
		{[]int{500011, 650052}, run.NotLicensed, false},
		{[]int{53003, 500212, 500213}, run.BlockedByPolicy, false},
		{[]int{50020, 90072, 50034, 50177, 50178}, run.RelationshipEnded, false},
		{[]int{90002, 900023, 5000224}, run.TenantGone, false},
		{[]int{90038, 900382, 900432}, run.WrongCloud, false},
		{[]int{7000215, 7000222, 700027, 50057, 700082}, run.PartnerCredential, false},
		{[]int{90055}, run.Throttled, true},
		{[]int{90033, 90006, 0}, run.ServiceFault, true},
	}
	for _, tt := range tests {
		for _, code := range tt.codes {
			status, kind := 400, "invalid_grant"
			if code == 0 {
				kind = "temporarily_unavailable" // no code at all: by error
			}
			f := msapi.TokenFailure(tokenRefusal(status, kind, code, "x"))
			if f.Class != tt.class || f.Transient != tt.transient || f.Remedy == "" {
				t.Errorf("AADSTS%d: %s, transient %v, remedy %q; want %s, %v", code, f.Class, f.Transient, f.Remedy, tt.class, tt.transient)
			}
		}
	}
}

func TestTokenFailure(t *testing.T) {
	tests := []struct {
		rule    string
		refusal msapi.Refusal
		class   run.Class
		message string
		remedy  string // a part of it
	}{
		{
			"says the service's words without their trace",
			tokenRefusal(400, "invalid_grant", 65001, "AADSTS65001: The administrator has not consented.\r\nTrace ID: t\r\nCorrelation ID: c\r\nTimestamp: x"),
			run.ConsentMissing,
			"login.microsoftonline.com refused the sign-in (400 invalid_grant): AADSTS65001: The administrator has not consented.",
			"open https://consent and accept",
		},
		{"an unknown code goes by error", tokenRefusal(400, "unauthorized_client", 1, ""), run.ConsentMissing,
			"login.microsoftonline.com refused the sign-in (400 unauthorized_client).", "https://consent"},
		{"interaction is a policy's wish", tokenRefusal(400, "interaction_required", 50076, ""), run.BlockedByPolicy,
			"login.microsoftonline.com refused the sign-in (400 interaction_required).", "error?code=50076"},
		{"what nobody knows points to where it is explained", tokenRefusal(400, "invalid_grant", 123456, ""), run.ServiceFault,
			"login.microsoftonline.com refused the sign-in (400 invalid_grant).", "https://login.microsoftonline.com/error?code=123456"},
		{"no JSON goes by the status", msapi.Refusal{Host: "login.microsoftonline.com", Status: 502, Text: []byte("<html>")}, run.ServiceFault,
			"login.microsoftonline.com refused the sign-in (502).", "next run"},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			f := msapi.TokenFailure(tt.refusal)
			if f.Class != tt.class || f.Message != tt.message || !strings.Contains(f.Remedy, tt.remedy) {
				t.Errorf("got %s %q %q", f.Class, f.Message, f.Remedy)
			}
		})
	}
	t.Run("keeps the correlation id", func(t *testing.T) {
		if f := msapi.TokenFailure(tests[0].refusal); f.CorrelationID != "correlation" {
			t.Errorf("got %q", f.CorrelationID)
		}
	})
}

func TestGraphFailure(t *testing.T) {
	const host = "graph.microsoft.com"
	tests := []struct {
		rule    string
		status  int
		text    string
		class   run.Class
		message string
	}{
		{"a missing permission", 403, `{"error":{"code":"S2SUnauthorized","message":"Invalid permission."}}`,
			run.ConsentMissing, host + " answered 403 S2SUnauthorized: Invalid permission."},
		{"an error wrapped as JSON in a message", 403,
			`{"error":{"code":"UnknownError","message":"{\"error\":{\"code\":\"S2SUnauthorized\",\"message\":\"Invalid permission.\"}}"}}`,
			run.ConsentMissing, host + " answered 403 S2SUnauthorized: Invalid permission."},
		{"an inner error", 400, `{"error":{"code":"BadRequest","message":"x","innererror":{"code":"Authorization_RequestDenied","message":"Insufficient privileges"}}}`,
			run.ConsentMissing, host + " answered 400 Authorization_RequestDenied: Insufficient privileges."},
		{"a detail", 403, `{"error":{"code":"Forbidden","message":"x","details":[{"message":"Request not applicable to target tenant."}]}}`,
			run.NotLicensed, host + " answered 403 Forbidden: Request not applicable to target tenant."},
		{"a lapsed subscription", 403, `{"error":{"code":"UnknownError","message":"The subscription within the tenant has lapsed."}}`,
			run.NotLicensed, host + " answered 403 UnknownError: The subscription within the tenant has lapsed."},
		{"a missing role", 403, `{"error":{"code":"Authentication_RequestFromUnsupportedUserRole","message":""}}`,
			run.RoleMissing, host + " answered 403 Authentication_RequestFromUnsupportedUserRole."},
		{"too many requests under another status", 400, `{"error":{"message":"Too many requests"}}`,
			run.Throttled, host + " answered 400: Too many requests."},
		{"no JSON", 404, "<html>not\r\nfound", run.ServiceFault, host + " answered 404."},
		{"line breaks become spaces", 400, `{"error":{"code":"a","message":"b\r\n\tc."}}`, run.ServiceFault, host + " answered 400 a: b c."},
		{"nesting without end is cut", 400, strings.Repeat(`{"error":{"innerError":`, 40) + strings.Repeat("}}", 40), run.ServiceFault, host + " answered 400."},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			f := msapi.GraphFailure(msapi.Refusal{Host: host, Status: tt.status, Text: []byte(tt.text)})
			if f.Class != tt.class || f.Message != tt.message {
				t.Errorf("got %s %q", f.Class, f.Message)
			}
		})
	}
	t.Run("keeps the request id as correlation id", func(t *testing.T) {
		inBody := msapi.Refusal{Text: []byte(`{"error":{"code":"x","innerError":{"request-id":"r1"}}}`)}
		inHeader := msapi.Refusal{Header: http.Header{"Request-Id": {"r2"}}}
		if a, b := msapi.GraphFailure(inBody).CorrelationID, msapi.GraphFailure(inHeader).CorrelationID; a != "r1" || b != "r2" {
			t.Errorf("got %q and %q", a, b)
		}
	})
	t.Run("a long message is cut", func(t *testing.T) {
		f := msapi.GraphFailure(msapi.Refusal{Text: []byte(`{"error":{"message":"` + strings.Repeat("ä", 5000) + `"}}`)})
		if len(f.Message) > 600 || !strings.HasSuffix(f.Message, "ä ….") {
			t.Errorf("%d bytes: %q", len(f.Message), f.Message)
		}
	})
}

func FuzzFailures(f *testing.F) {
	f.Add(403, `{"error":{"code":"UnknownError","message":"{\"error\":{\"code\":\"S2SUnauthorized\"}}"}}`)
	f.Add(400, `{"error":"invalid_grant","error_codes":[65001]}`)
	f.Add(400, `{"error":{"details":[{"details":[{}]}],"innerError":null}}`)
	f.Fuzz(func(t *testing.T, status int, text string) {
		r := msapi.Refusal{Host: "host", Status: status, Text: []byte(text)}
		for _, failure := range []*run.Failure{msapi.TokenFailure(r), msapi.GraphFailure(r)} {
			if failure.Class == "" || failure.Message == "" || strings.ContainsAny(failure.Error(), "\r\n\t") {
				t.Errorf("%q", failure.Error())
			}
		}
	})
}
