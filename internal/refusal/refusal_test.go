package refusal_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"tenantrollup/internal/refusal"
	"tenantrollup/internal/run"
)

func tokenRefusal(status int, kind string, code int, description string) refusal.Answer {
	return refusal.Answer{
		Host: "login.microsoftonline.com", Status: status, ConsentURL: "https://consent",
		Text: fmt.Appendf(nil, `{"error":%q,"error_description":%q,"error_codes":[%d],"trace_id":"trace","correlation_id":"correlation"}`,
			kind, description, code),
	}
}

func TestEntra(t *testing.T) {
	const unknown = "AADSTS1 is not in Tenant Rollup's tables; https://login.microsoftonline.com/error?code="
	tests := []struct {
		rule    string
		refusal refusal.Answer
		class   run.Class
		message string
		remedy  string // a part of it
	}{
		{
			"says what it means, then the service's words without the trace",
			tokenRefusal(400, "invalid_grant", 65001, "AADSTS65001: The administrator has not consented.\r\nTrace ID: t\r\nCorrelation ID: c\r\nTimestamp: x"),
			run.ConsentMissing,
			"Nobody has consented to the app's permissions in this tenant. login.microsoftonline.com refused the sign-in (400 invalid_grant): AADSTS65001: The administrator has not consented.",
			"open https://consent and accept",
		},
		{"names a code that is not in the words", tokenRefusal(400, "invalid_grant", 65001, ""), run.ConsentMissing,
			"Nobody has consented to the app's permissions in this tenant. login.microsoftonline.com refused the sign-in (400 invalid_grant): AADSTS65001.", ""},
		{"an unknown code is judged by error", tokenRefusal(400, "unauthorized_client", 1, ""), run.ConsentMissing,
			unknown + "1 explains it. login.microsoftonline.com refused the sign-in (400 unauthorized_client): AADSTS1.", "https://consent"},
		{"a request for interaction is a policy's", tokenRefusal(400, "interaction_required", 1, ""), run.BlockedByPolicy,
			unknown + "1 explains it. login.microsoftonline.com refused the sign-in (400 interaction_required): AADSTS1.", "error?code=1"},
		{"an unknown code points to where it is explained", tokenRefusal(400, "invalid_grant", 1, "New: words."), run.ServiceFault,
			unknown + "1 explains it. login.microsoftonline.com refused the sign-in (400 invalid_grant): AADSTS1: New: words.", "https://login.microsoftonline.com/error?code=1;"},
		{"an answer without a code is judged by error", refusal.Answer{Host: "login", Status: 400, Text: []byte(`{"error":"temporarily_unavailable"}`)}, run.ServiceFault,
			"login refused the sign-in (400 temporarily_unavailable).", "next run"},
		{"the first code counts", refusal.Answer{Host: "login", Status: 400, Text: []byte(`{"error":"invalid_grant","error_codes":[90002,65001]}`)}, run.TenantGone,
			"The tenant no longer exists. login refused the sign-in (400 invalid_grant): AADSTS90002.", "CUSTOMERS_EXCLUDE"},
		{"an address is shown without its query", tokenRefusal(400, "invalid_grant", 90002, "See https://x.example/y?sig=s3cr3t."), run.TenantGone,
			"The tenant no longer exists. login.microsoftonline.com refused the sign-in (400 invalid_grant): AADSTS90002: See https://x.example/y?….", ""},
		{"an answer that is not JSON is judged by the status", refusal.Answer{Host: "login.microsoftonline.com", Status: 502, Text: []byte("<html>")}, run.ServiceFault,
			"login.microsoftonline.com refused the sign-in (502).", "next run"},
		{"nor is it Entra's, whatever the status", refusal.Answer{Host: "login.microsoftonline.com", Status: 403, Text: []byte("<html>")}, run.ServiceFault,
			"The answer does not look like the service's own, so it may come from a proxy in between. login.microsoftonline.com refused the sign-in (403).", "Check HTTPS_PROXY"},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			f := refusal.Entra(tt.refusal)
			if f.Class != tt.class || f.Message != tt.message || !strings.Contains(f.Remedy, tt.remedy) {
				t.Errorf("got %s %q %q", f.Class, f.Message, f.Remedy)
			}
		})
	}
	t.Run("is marked as the sign-in's, because the service was not asked", func(t *testing.T) {
		if f := refusal.Entra(tests[0].refusal); !f.SignIn {
			t.Errorf("got %+v", f)
		}
	})
	t.Run("keeps the correlation id", func(t *testing.T) {
		if f := refusal.Entra(tests[0].refusal); f.CorrelationID != "correlation" {
			t.Errorf("got %q", f.CorrelationID)
		}
	})
}

func TestGraph(t *testing.T) {
	const host = "graph.microsoft.com"
	tests := []struct {
		rule    string
		status  int
		text    string
		class   run.Class
		message string
	}{
		{"says what it means, then the service's words", 403, `{"error":{"code":"S2SUnauthorized","message":"Invalid permission."}}`,
			run.ConsentMissing, "The app may not read reports in this tenant. " + host + " answered 403 S2SUnauthorized: Invalid permission."},
		{"an error wrapped as JSON in a message", 400,
			`{"error":{"code":"UnknownError","message":"{\"error\":{\"code\":\"Odd\",\"message\":\"So it is.\"}}"}}`,
			run.ServiceFault, host + " answered 400 Odd: So it is."},
		{"an inner error", 400, `{"error":{"code":"BadRequest","message":"x","innererror":{"code":"Odd","message":"So it is."}}}`,
			run.ServiceFault, host + " answered 400 Odd: So it is."},
		{"a detail", 400, `{"error":{"code":"BadRequest","message":"x","details":[{"message":"So it is."}]}}`,
			run.ServiceFault, host + " answered 400 BadRequest: So it is."},
		{"no JSON", 404, "<html>not\r\nfound", run.ServiceFault, "The answer does not look like the service's own, so it may come from a proxy in between. " + host + " answered 404: not found."},
		{"line breaks become spaces", 400, `{"error":{"code":"a","message":"b\r\n\tc."}}`, run.ServiceFault, host + " answered 400 a: b c."},
		{"endless nesting is cut", 400, strings.Repeat(`{"error":{"innerError":`, 40) + "null" + strings.Repeat("}}", 40), run.ServiceFault, host + " answered 400."},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			f := refusal.Graph(refusal.Answer{Host: host, Status: tt.status, Text: []byte(tt.text)})
			if f.Class != tt.class || f.Message != tt.message {
				t.Errorf("got %s %q", f.Class, f.Message)
			}
		})
	}
	t.Run("keeps the code, which shows that many customers' refusals are the same", func(t *testing.T) {
		for _, tt := range []struct{ text, code string }{
			{`{"error":{"code":"BadRequest","message":"x","innererror":{"code":"Odd","message":"So it is."}}}`, "Odd"},
			{"<html>not found", ""},
		} {
			if f := refusal.Graph(refusal.Answer{Host: host, Status: 400, Text: []byte(tt.text)}); f.Code != tt.code || f.SignIn {
				t.Errorf("%s: got %+v", tt.text, f)
			}
		}
	})
	t.Run("keeps the request id as correlation id", func(t *testing.T) {
		inBody := refusal.Answer{Text: []byte(`{"error":{"code":"x","innerError":{"request-id":"r1"}}}`)}
		inHeader := refusal.Answer{Header: http.Header{"Request-Id": {"r2"}}}
		if a, b := refusal.Graph(inBody).CorrelationID, refusal.Graph(inHeader).CorrelationID; a != "r1" || b != "r2" {
			t.Errorf("got %q and %q", a, b)
		}
	})
	t.Run("a long message is cut", func(t *testing.T) {
		f := refusal.Graph(refusal.Answer{Text: []byte(`{"error":{"message":"` + strings.Repeat("ä", 5000) + `"}}`)})
		if n := utf8.RuneCountInString(f.Message); n > 600 || !strings.HasSuffix(f.Message, "ä….") {
			t.Errorf("%d characters: %q", n, f.Message)
		}
	})
}

func FuzzFailures(f *testing.F) {
	f.Add(403, `{"error":{"code":"UnknownError","message":"{\"error\":{\"code\":\"S2SUnauthorized\"}}"}}`)
	f.Add(400, `{"error":"invalid_grant","error_codes":[65001]}`)
	f.Add(400, `{"error":{"details":[{"details":[{}]}],"innerError":null}}`)
	f.Fuzz(func(t *testing.T, status int, text string) {
		r := refusal.Answer{Host: "host", Status: status, Text: []byte(text)}
		for _, failure := range []*run.Failure{refusal.Entra(r), refusal.Graph(r)} {
			if failure.Class == "" || failure.Message == "" || strings.ContainsAny(failure.Error(), "\r\n\t") {
				t.Errorf("%q", failure.Error())
			}
		}
	})
}
