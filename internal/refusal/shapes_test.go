package refusal

import (
	"net/http"
	"strings"
	"testing"

	"tenantrollup/internal/run"
)

func TestWhatCanBeReadOfARefusalIsKept(t *testing.T) {
	for _, c := range []struct {
		rule   string
		status int
		body   string
		class  run.Class
		code   string
		says   string
	}{
		{"an error that is only a code, as in OAuth", 403,
			`{"error":"unauthorized_client","error_description":"A policy of the service forbids it."}`,
			run.ConsentMissing, "unauthorized_client", "A policy of the service forbids it."},
		{"a message that is an object, as in older OData", 403,
			`{"error":{"code":"S2SUnauthorized","message":{"lang":"en-US","value":"Invalid permission."}}}`,
			run.ConsentMissing, "S2SUnauthorized", "Invalid permission."},
		{"an inner error that is not an error", 403,
			`{"error":{"code":"S2SUnauthorized","message":"Invalid permission.","innerError":"none","details":{}}}`,
			run.ConsentMissing, "S2SUnauthorized", "Invalid permission."},
		{"a code that is a number", 400, `{"error":{"code":7,"message":"Seven."}}`, run.ServiceFault, "", "Seven."},
		{"only the object", 400, `{"code":"Bad","message":"Bad call."}`, run.ServiceFault, "Bad", "Bad call."},
		{"three levels down", 400,
			`{"error":{"code":"BadRequest","message":"Error executing cmdlet","innererror":{"message":"Error","internalexception":{"message":"Ex1|X.Y|The page is gone."}}}}`,
			run.ServiceFault, "BadRequest", "The page is gone."},
		{"an error within an error, as where roles are managed", 400,
			`{"error":{"error":{"code":"InvalidFilter","message":"The  filter is invalid.","innerError":{"request-id":"9c8c603d"}}}}`,
			run.ServiceFault, "InvalidFilter", "The filter is invalid."},
		{"words without an error object", 403, "This address is served elsewhere now.\n",
			run.ServiceFault, "", "may come from a proxy in between. graph.microsoft.com answered 403: This address is served elsewhere now."},
		{"a proxy's page", 403, "<html><head><title>Blocked</title></head><body>Ask  IT.</body></html>",
			run.ServiceFault, "", "answered 403: Blocked Ask IT."},
		{"JSON that is not the service's", 401, `{"reason":"no"}`, run.ServiceFault, "", "answered 401"},
		{"a gateway's page is a temporary failure", 502, "<h1>Bad Gateway</h1>", run.ServiceFault, "", "Bad Gateway"},
		{"a 403 without a body is missing consent", 403, "", run.ConsentMissing, "", "answered 403"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			f := Graph(Answer{Host: "graph.microsoft.com", Status: c.status, Header: http.Header{}, Text: []byte(c.body)})
			if f.Class != c.class || f.Code != c.code || !strings.Contains(f.Message, c.says) || f.Remedy == "" || f.Transient != (c.status >= 500) {
				t.Errorf("%+v", f)
			}
		})
	}
}
