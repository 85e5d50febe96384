package functionshost_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"tenantrollup/internal/standin/functionshost"
)

// post returns the status of POST /api/path with a key.
func post(t *testing.T, h *functionshost.Host, path, body, key string) int {
	t.Helper()
	status, _, _ := do(t, h, "POST", "/api/"+path+"?code="+key, strings.NewReader(body))
	return status
}

func do(t *testing.T, h *functionshost.Host, method, path string, body io.Reader) (int, http.Header, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, h.URL()+path, body)
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, answer.Header, string(text)
}

func TestHTTPTrigger(t *testing.T) {
	h := newProject(t).start(t)

	t.Run("keys", func(t *testing.T) {
		for name, test := range map[string]struct {
			key  string
			want int
		}{
			"none is refused":                       {"", 401},
			"a wrong one is refused":                {"guess", 401},
			"the function's own opens it":           {h.FunctionKey("order"), 200},
			"another function's does not":           {h.FunctionKey("show"), 401},
			"the host key opens every function":     {h.HostKey(), 200},
			"a prefix of the host key is not a key": {h.HostKey()[:10], 401},
		} {
			if got := post(t, h, "runs", `{}`, test.key); got != test.want {
				t.Errorf("%s: status %d, want %d", name, got, test.want)
			}
		}
	})
	t.Run("routes", func(t *testing.T) {
		for name, test := range map[string]struct {
			method, path string
			want         int
		}{
			"a catch-all takes the rest":       {"GET", "/api/runs/mailbox-activity/latest", 200},
			"and an empty rest":                {"GET", "/api/runs", 200},
			"without case":                     {"GET", "/API/Runs/a", 200},
			"a method that nobody takes":       {"DELETE", "/api/runs", 404},
			"a path that nobody takes":         {"GET", "/api/other", 404},
			"a longer one than the template's": {"POST", "/api/runs/a", 404},
			"the prefix alone":                 {"GET", "/api", 404},
			"outside the prefix":               {"GET", "/runs", 404},
			"a path that only begins alike":    {"GET", "/api/runsaway", 404},
			"the host's own page":              {"GET", "/", 200},
		} {
			if got, _, _ := do(t, h, test.method, test.path+"?code="+h.HostKey(), nil); got != test.want {
				t.Errorf("%s: status %d, want %d", name, got, test.want)
			}
		}
	})
	t.Run("the request arrives as an object", func(t *testing.T) {
		got := echo(t, h, "GET", "/api/runs/a%20b/c?code="+h.HostKey()+"&x=1&x=2", nil)
		if got.Method != "GET" || got.Params["path"] != "a b/c" || got.Query["x"] != "1,2" || got.Query["code"] == "" {
			t.Errorf("got %+v", got)
		}
		if !strings.HasPrefix(got.URL, h.URL()+"/api/runs/a%20b/c?code=") || len(got.Headers["Host"]) != 1 || got.Identities == nil {
			t.Errorf("got %+v", got)
		}
		if got.Body != nil {
			t.Errorf("body %q of a request that has none", *got.Body)
		}
	})
	t.Run("a chunked body does not arrive", func(t *testing.T) {
		chunked := struct{ io.Reader }{strings.NewReader(`{"do":"fail"}`)}
		if got := echo(t, h, "POST", "/api/runs?code="+h.HostKey(), chunked); got.Body != nil {
			t.Errorf("body %q", *got.Body)
		}
	})
	t.Run("a failed invocation is 500", func(t *testing.T) {
		if got := post(t, h, "runs", `{"do":"fail"}`, h.HostKey()); got != 500 {
			t.Errorf("status %d", got)
		}
	})
}

// request is Data.req.
type request struct {
	URL, Method string
	Query       map[string]string
	Params      map[string]string
	Headers     map[string][]string
	Identities  []any
	Body        *string
}

func echo(t *testing.T, h *functionshost.Host, method, path string, body io.Reader) request {
	t.Helper()
	status, _, text := do(t, h, method, path, body)
	var line struct{ Data struct{ Req request } }
	if err := json.Unmarshal([]byte(text), &line); err != nil || status != 200 {
		t.Fatalf("status %d, %v: %s", status, err, text)
	}
	return line.Data.Req
}

func TestHTTPOutput(t *testing.T) {
	h := newProject(t).start(t)
	for _, test := range []struct {
		name, res string
		status    int
		body      string
		header    string // name: value
	}{
		{"statusCode may be a string and wins over status", `{"statusCode":"202","status":400}`, 202, "", ""},
		{"status alone", `{"status":404}`, 404, "", ""},
		{"a status that is no number is 200", `{"statusCode":"fine"}`, 200, "", ""},
		{"a string body goes out as it is", `{"body":"<p>"}`, 200, "<p>", "Content-Type: text/plain; charset=utf-8"},
		{"an object body goes out as JSON", `{"body":{"a":1}}`, 200, `{"a":1}`, "Content-Type: application/json; charset=utf-8"},
		{"headers", `{"body":"<p>","headers":{"content-type":"text/html"}}`, 200, "<p>", "Content-Type: text/html"},
		{"an output that is no object fails", `["a"]`, 500, "\n", ""},
		{"a string that decodes as base64 is taken for it", `"eyJzdGF0dXMiOjIwMX0="`, 201, "", ""},
		{"a redirect to the blob host leads to where it listens", `{"statusCode":302,"headers":{"Location":"https://contoso.blob.core.windows.net/reports/a%20b.csv?sig=x%2B"}}`,
			302, "", "Location: https://127.0.0.1:10000/contoso/reports/a%20b.csv?sig=x%2B"},
		{"any other redirect stays", `{"statusCode":302,"headers":{"Location":"/api/runs"}}`, 302, "", "Location: /api/runs"},
	} {
		t.Run(test.name, func(t *testing.T) {
			order := strings.NewReader(`{"outputs":{"res":` + test.res + `}}`)
			status, header, body := do(t, h, "POST", "/api/runs?code="+h.HostKey(), order)
			name, value, _ := strings.Cut(test.header, ": ")
			if status != test.status || body != test.body || header.Get(name) != value {
				t.Errorf("got %d %q %v", status, body, header)
			}
		})
	}
}
