package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/customhandler"
	"tenantrollup/internal/refusal"
)

// accountKey belongs to nobody: nothing listens where these settings point.
const accountKey = "c2VjcmV0IG9mIHRoZSBmdXp6IHRlc3Q="

var nowhere = map[string]string{
	"PARTNER_TENANT_ID": "00000000-0000-0000-0000-00000000000a", "PARTNER_CLIENT_ID": "00000000-0000-0000-0000-00000000000b",
	"KEY_VAULT_URL": "https://contoso-rollup.vault.azure.net", "NIGHTLY_SCHEDULE": "0 0 1 * * *", "FUNCTIONS_APP_ROOT_PATH": "..",
	"REPORTS_STORAGE": "DefaultEndpointsProtocol=http;AccountName=contoso;BlobEndpoint=http://127.0.0.1:1/contoso;AccountKey=" + accountKey,
}

// Whatever is posted to whichever function: it answers with a JSON object, does
// not panic, and shows no secret.
func FuzzInvocations(f *testing.F) {
	for _, function := range []string{"nightly", "rollup", "rerun", "runs", "", "admin", "runs/", "%2e%2e/rollup"} {
		for _, envelope := range []string{
			``, `null`, `[]`, `{}`, `{"Data":{}}`, `{"Data":"\"{}\"","Metadata":7}`, strings.Repeat(`{"Data":`, 20_000),
			`{"Data":{"timer":{"Schedule":{},"ScheduleStatus":{"Next":"9999-12-31T23:59:59.9999999Z"},"IsPastDue":"maybe"}},"Metadata":{}}`,
			`{"Data":{"message":"\"{\\\"run\\\":\\\"0badcafe\\\",\\\"turn\\\":\\\"0001-00000000\\\",\\\"report\\\":\\\"night\\\",\\\"call\\\":\\\"access\\\",\\\"date\\\":\\\"2026-11-24\\\",\\\"scope\\\":\\\"all\\\"}\""},"Metadata":{"DequeueCount":"10"}}`,
			`{"Data":{"message":"\"\""},"Metadata":{"DequeueCount":"-1"}}`,
			`{"Data":{"req":{"Url":"http://localhost/api/runs","Method":"POST","Body":"{\"reports\":[\"mailbox-activity\"]}","Headers":{"Content-Type":["application/json"]}}}}`,
			`{"Data":{"req":{"Url":"http://localhost/api/runs/night/latest/csv?code=x","Method":"GET","Params":{"path":"night/latest/csv"},"Headers":{"Accept":["text/html"]}}}}`,
			`{"Data":{"req":{"Url":"::","Method":"GE T","Query":[],"Params":{"path":["..",7,null]},"Headers":{"a\r\nb":"c\r\nd"},"Body":{"a":1}}}}`,
			`{"Data":{"req":{"Url":"http://localhost/api/runs/%00/..%2f?a=%zz&since=-1","Method":"GET","Headers":null}}}`,
		} {
			f.Add(function, envelope)
		}
	}
	log := slog.New(slog.DiscardHandler)
	handler := customhandler.New(log, functions(func(name string) string { return nowhere[name] }, log, new(refusal.Secrets)))
	f.Fuzz(func(t *testing.T, function, envelope string) {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond) // storage cannot be reached, and is asked again and again
		defer cancel()
		request := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", strings.NewReader(envelope))
		request.URL.Path = "/" + function
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, request)
		var answer map[string]json.RawMessage
		if err := json.Unmarshal(recorder.Body.Bytes(), &answer); err != nil || recorder.Header().Get("Content-Type") != "application/json" {
			t.Errorf("answered %d %s, %v", recorder.Code, recorder.Body, err)
		}
		switch recorder.Code {
		case http.StatusOK, http.StatusBadRequest, http.StatusNotFound, http.StatusRequestEntityTooLarge, http.StatusInternalServerError:
		default:
			t.Errorf("answered %d %s", recorder.Code, recorder.Body)
		}
		if text := recorder.Body.String(); strings.Contains(text, "panicked") || strings.Contains(text, accountKey) {
			t.Errorf("answered %s", text)
		}
	})
}
