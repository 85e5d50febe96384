package msapi_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"tenantrollup/internal/msapi"
	"tenantrollup/internal/msapi/msapitest"
	"tenantrollup/internal/run"
	"tenantrollup/internal/run/runtest"
)

func TestPages(t *testing.T) {
	page := func(body string) msapitest.Answer { return msapitest.Answer{Status: 200, Body: body} }
	next := func(link string) msapitest.Answer { return page(`{"value":["a"],"@odata.nextLink":"` + link + `"}`) }
	const second = "https://graph.microsoft.com/v1.0/list?$skiptoken=2"
	tests := []struct {
		rule    string
		answers []msapitest.Answer
		want    []string
		ok      bool
		calls   int
	}{
		{"one page", []msapitest.Answer{page(`{"value":["a","b"]}`)}, []string{"a", "b"}, true, 1},
		{"an empty list", []msapitest.Answer{page(`{"value":[]}`)}, nil, true, 1},
		{"follows the next link", []msapitest.Answer{next(second), page(`{"value":["b"]}`)}, []string{"a", "b"}, true, 2},
		{"the standard port is allowed", []msapitest.Answer{next("https://graph.microsoft.com:443/v1.0/list?2"), page(`{"value":[]}`)}, []string{"a"}, true, 2},
		{"refuses a link to another host", []msapitest.Answer{next("https://graph.example.com/v1.0/list")}, []string{"a"}, false, 1},
		{"refuses a link to a host inside ours", []msapitest.Answer{next("https://graph.microsoft.com.example.com/")}, []string{"a"}, false, 1},
		{"refuses a link with a user", []msapitest.Answer{next("https://graph.microsoft.com@example.com/")}, []string{"a"}, false, 1},
		{"refuses an unencrypted link", []msapitest.Answer{next("http://graph.microsoft.com/v1.0/list")}, []string{"a"}, false, 1},
		{"refuses a circle", []msapitest.Answer{next(second)}, []string{"a", "a"}, false, 2},
		{"refuses an endless link", []msapitest.Answer{next(second + strings.Repeat("x", 16<<10))}, []string{"a"}, false, 1},
		{"refuses endless nesting", []msapitest.Answer{page(`{"value":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`)}, nil, false, 1},
		{"refuses items of another type", []msapitest.Answer{page(`{"value":[1,2]}`)}, nil, false, 1},
		{"a page without a value breaks the list", []msapitest.Answer{next(second), page(`{}`)}, []string{"a"}, false, 2},
		{"a refusal breaks the list", []msapitest.Answer{next(second), {Status: 403}}, []string{"a"}, false, 2},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			client, s := newClient(tt.answers...)
			var got []string
			var failed error
			for item, err := range msapi.Pages[string](t.Context(), client, tenant, "/v1.0/list") {
				if err != nil {
					failed = err
					continue
				}
				got = append(got, item)
			}
			if !slices.Equal(got, tt.want) || len(s.Calls) != tt.calls {
				t.Errorf("got %v after %d calls, want %v after %d", got, len(s.Calls), tt.want, tt.calls)
			}
			if tt.ok != (failed == nil) {
				t.Errorf("error %v", failed)
			}
		})
	}
	t.Run("a failure keeps its class", func(t *testing.T) {
		client, _ := newClient(msapitest.Answer{Status: 403})
		for _, err := range msapi.Pages[string](t.Context(), client, tenant, "/v1.0/list") {
			runtest.WantFailure(t, err, run.ConsentMissing)
		}
	})
}

// endless answers every page with a link to one more.
type endless struct{ calls int }

func (e *endless) RoundTrip(req *http.Request) (*http.Response, error) {
	e.calls++
	one := &msapitest.Service{Answers: []msapitest.Answer{{Status: 200, Body: fmt.Sprintf(`{"value":["a"],"@odata.nextLink":"https://%s/next?%d"}`, req.URL.Host, e.calls)}}}
	return one.RoundTrip(req)
}

func TestAListWithoutEnd(t *testing.T) {
	e, failed := &endless{}, error(nil)
	client := msapi.NewClient("graph.microsoft.com", &http.Client{Transport: e}, &msapitest.Tokens{})
	for _, err := range msapi.Pages[string](t.Context(), client, tenant, "/v1.0/list") {
		failed = err
	}
	if f := runtest.WantFailure(t, failed, run.ServiceFault); e.calls != 10_000 || !strings.Contains(f.Message, "more than 10000 pages") {
		t.Errorf("%d calls, %+v", e.calls, f)
	}
}
