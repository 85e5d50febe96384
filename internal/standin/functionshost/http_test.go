package functionshost_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
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
			"a request without a key is refused":    {"", 401},
			"a wrong key is refused":                {"guess", 401},
			"the function's own key opens it":       {h.FunctionKey("order"), 200},
			"another function's key does not":       {h.FunctionKey("show"), 401},
			"the host key opens every function":     {h.HostKey(), 200},
			"a prefix of the host key is not a key": {h.HostKey()[:10], 401},
		} {
			if got := post(t, h, "runs", `{}`, test.key); got != test.want {
				t.Errorf("%s: status %d, want %d", name, got, test.want)
			}
		}
	})
	t.Run("where the key is", func(t *testing.T) {
		key := h.FunctionKey("order")
		for _, test := range []struct {
			rule, query string
			header      []string
			want        int
		}{
			{"in the header", "", []string{key}, 200},
			{"the first header counts", "", []string{"guess", key}, 401},
			{"the header comes before the query", "code=" + key, []string{"guess"}, 401},
			{"even an empty one", "code=" + key, []string{""}, 401},
			{"the query is read in any case", "Code=" + key, nil, 200},
			{"the first in the query counts", "CODE=guess&code=" + key, nil, 401},
		} {
			request, err := http.NewRequestWithContext(t.Context(), "POST", h.URL()+"/api/runs?"+test.query, strings.NewReader(`{}`))
			if err != nil {
				t.Fatal(err)
			}
			request.Header["X-Functions-Key"] = test.header
			answer, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			if answer.StatusCode != test.want {
				t.Errorf("%s: status %d, want %d", test.rule, answer.StatusCode, test.want)
			}
		}
	})
	t.Run("routes", func(t *testing.T) {
		for name, test := range map[string]struct {
			method, path string
			want         int
		}{
			"a catch-all takes the rest":        {"GET", "/api/runs/mailbox-activity/latest", 200},
			"even an empty rest":                {"GET", "/api/runs", 200},
			"in any case":                       {"GET", "/API/Runs/a", 200},
			"a method without a function":       {"DELETE", "/api/runs", 404},
			"a path without a function":         {"GET", "/api/other", 404},
			"a longer path than the template's": {"POST", "/api/runs/a", 404},
			"only the prefix":                   {"GET", "/api", 404},
			"outside the prefix":                {"GET", "/runs", 404},
			"a path that only begins the same":  {"GET", "/api/runsaway", 404},
			"the host's own page":               {"GET", "/", 200},
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
	Params      map[string]any
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
		{"A1 missing among other outputs", "", 200, "{}", "Content-Type: text/plain; charset=utf-8"},
		{"A3 statusCode may be a string, and status is ignored", `{"statusCode":"202","status":400}`, 202, "", ""},
		{"A3 status alone is ignored", `{"status":404}`, 200, "", ""},
		{"A3 a statusCode that is not a number is 200", `{"statusCode":"fine"}`, 200, "", ""},
		{"A5 a body without a type is text", `{"body":"<p>"}`, 200, "<p>", "Content-Type: text/plain; charset=utf-8"},
		{"A5 so is an object, indented", `{"body":{"a":1}}`, 200, "{\n  \"a\": 1\n}", "Content-Type: text/plain; charset=utf-8"},
		{"so is an array", `{"body":[1]}`, 200, "[\n  1\n]", ""},
		{"so is a boolean, as .NET prints it", `{"body":true}`, 200, "True", ""},
		{"a body that is a date is printed again", `{"body":"2024-04-06T15:30:00Z"}`, 200, "04/06/2024 15:30:00", ""},
		{"a text that holds one stays", `{"body":"on 2024-04-06T15:30:00Z"}`, 200, "on 2024-04-06T15:30:00Z", ""},
		{"a header that is a date is printed again", `{"body":"","headers":{"X-Day":"2024-04-06T15:30:00Z"}}`, 200, "", "X-Day: 04/06/2024 15:30:00"},
		{"a header that is a boolean is printed as .NET does", `{"body":"","headers":{"X-On":true}}`, 200, "", "X-On: True"},
		{"A5 a type gets a charset", `{"body":"<p>","headers":{"content-type":"text/html"}}`, 200, "<p>", "Content-Type: text/html; charset=utf-8"},
		{"A5 whatever type it is", `{"body":"x","headers":{"content-type":"image/png"}}`, 200, "x", "Content-Type: image/png; charset=utf-8"},
		{"an output that is not an object fails", `["a"]`, 500, "", ""},
		{"null fails", `null`, 500, "", ""},
		{"a string is read as JSON", `"{\"statusCode\":201}"`, 201, "", ""},
		{"and not as base64", `"eyJzdGF0dXNDb2RlIjoyMDF9"`, 500, "", ""},
		{"a string that is null fails", `"null"`, 500, "", ""},
		{"a statusCode that is an object fails", `{"statusCode":{}}`, 500, "", ""},
		{"a redirect to the blob host leads to where it listens", `{"statusCode":302,"headers":{"Location":"https://contoso.blob.core.windows.net/reports/a%20b.csv?sig=x%2B"}}`,
			302, "", "Location: https://127.0.0.1:10000/contoso/reports/a%20b.csv?sig=x%2B"},
		{"any other redirect is unchanged", `{"statusCode":302,"headers":{"Location":"/api/runs"}}`, 302, "", "Location: /api/runs"},
	} {
		t.Run(test.name, func(t *testing.T) {
			order := strings.NewReader(`{"outputs":{"x":1` + optional(`,"res":`, test.res) + `}}`)
			status, header, body := do(t, h, "POST", "/api/runs?code="+h.HostKey(), order)
			name, value, _ := strings.Cut(test.header, ": ")
			if status != test.status || body != test.body || header.Get(name) != value {
				t.Errorf("got %d %q %v", status, body, header)
			}
		})
	}
}

func optional(name, value string) string {
	if value == "" {
		return ""
	}
	return name + value
}

func TestA1AnswerWithoutOutputsIs204(t *testing.T) {
	h := newProject(t).start(t)
	for _, answer := range []string{`{}`, `{"Outputs":null}`} {
		order, err := json.Marshal(order{Do: "answer", Note: answer})
		if err != nil {
			t.Fatal(err)
		}
		status, _, body := do(t, h, "POST", "/api/runs?code="+h.HostKey(), strings.NewReader(string(order)))
		if status != 204 || body != "" {
			t.Errorf("%s: got %d %q", answer, status, body)
		}
	}
}

func TestA2BrokenHeaderIsAnEmpty500BehindASuccess(t *testing.T) {
	for _, value := range []string{`["a"]`, `null`, `"a\nb"`, `"\u00e9"`} {
		h := newProject(t).start(t)
		order := `{"outputs":{"out":["m"],"res":{"body":"x","headers":{"X-Name":` + value + `}}}}`
		status, _, body := do(t, h, "POST", "/api/runs?code="+h.HostKey(), strings.NewReader(order))
		if status != 500 || body != "" || len(h.Messages("results")) != 1 {
			t.Errorf("%s: got %d %q, %d messages", value, status, body, len(h.Messages("results")))
		}
		wantOutcomes(t, h, functionshost.Succeeded)
	}
}

func TestA4RefusalIsNoFailure(t *testing.T) {
	h := newProject(t).start(t)
	status := post(t, h, "runs", `{"outputs":{"out":["m"],"res":{"statusCode":500}}}`, h.HostKey())
	if status != 500 || len(h.Messages("results")) != 1 {
		t.Errorf("got %d, %d messages", status, len(h.Messages("results")))
	}
	wantOutcomes(t, h, functionshost.Succeeded)
}

func TestA6MethodThatIsNotListedIs404WithoutABody(t *testing.T) {
	h := newProject(t).start(t)
	for _, method := range []string{"DELETE", "HEAD", "OPTIONS"} {
		status, _, body := do(t, h, method, "/api/runs?code="+h.HostKey(), nil)
		if status != 404 || body != "" {
			t.Errorf("%s: got %d %q", method, status, body)
		}
	}
}

func TestA7RedirectOfTheHandlerIsFollowedToTheHandler(t *testing.T) {
	for code, want := range map[int]string{302: "GET", 307: "POST"} {
		p := newProject(t)
		h := p.start(t)
		h.Enqueue("work", fmt.Sprintf(`{"do":"redirect","code":%d}`, code))
		wantIdle(t, h)
		await(t, "the second request", func() bool { return strings.Contains(p.console.all(), "redirected: ") })
		if !strings.Contains(p.console.all(), "redirected: "+want) {
			t.Errorf("%d: %s", code, p.console.all())
		}
	}
}

func TestE4QueryAndHeadersAreInTheMetadataToo(t *testing.T) {
	p := newProject(t)
	h := p.start(t)
	got := echo(t, h, "GET", "/api/runs?code="+h.HostKey()+"&x=1&x=2", nil)
	if got.Query["x"] != "1,2" {
		t.Errorf("query %v", got.Query)
	}
	metadata := p.console.calls(t, 1)[0].Metadata
	if string(metadata["x"]) != `"\"2\""` || !strings.Contains(string(metadata["Query"]), `"x":"2"`) || !strings.Contains(string(metadata["Headers"]), "User-Agent") {
		t.Errorf("metadata %s", metadata)
	}
}

func TestE5Params(t *testing.T) {
	h := newProject(t).start(t)
	for path, want := range map[string]any{
		"/api/runs":             nil,
		"/api/runs/":            nil,
		"/API/Runs/a/b/":        "a/b",
		"/api/runs/a%2Fb/c%20d": "a%2Fb/c d",
		"/api/runs/a%252Fb":     "a%2Fb",
	} {
		got := echo(t, h, "GET", path+"?code="+h.HostKey(), nil)
		if value, there := got.Params["path"]; !there || value != want {
			t.Errorf("%s: %v", path, got.Params)
		}
	}
}

func TestE6Body(t *testing.T) {
	const body = `{"date":"2024-04-06T15:30:00Z","list":[1],"none":null,"n":5}`
	for contentType, want := range map[string]string{
		"": body, "application/x-www-form-urlencoded": body,
		"application/octet-stream": base64.StdEncoding.EncodeToString([]byte(body)),
	} {
		p := newProject(t)
		p.settings["ECHO"] = "always"
		h := p.start(t)
		asked, err := http.NewRequestWithContext(t.Context(), "POST", h.URL()+"/api/runs?n=7&code="+h.HostKey(), strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		asked.Header.Set("Content-Type", contentType)
		answer, err := http.DefaultClient.Do(asked)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		call := p.console.calls(t, 1)[0]
		var got request
		if err := json.Unmarshal(call.Data["req"], &got); err != nil || got.Body == nil || *got.Body != want {
			t.Errorf("%s: %v, body %v", contentType, err, got.Body)
		}
		if want != body {
			continue
		}
		for name, want := range map[string]string{"date": `"\"04/06/2024 15:30:00\""`, "list": "", "none": "", "n": `"\"7\""`} {
			if string(call.Metadata[name]) != want {
				t.Errorf("Metadata.%s is %s, want %s", name, call.Metadata[name], want)
			}
		}
	}
}
