package msapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"tenantrollup/internal/msapi"
	"tenantrollup/internal/run"
)

func TestPages(t *testing.T) {
	page := func(body string) answer { return answer{status: 200, body: body} }
	next := func(link string) answer { return page(`{"value":["a"],"@odata.nextLink":"` + link + `"}`) }
	const second = "https://graph.microsoft.com/v1.0/list?$skiptoken=2"
	tests := []struct {
		rule    string
		answers []answer
		want    []string
		ok      bool
		calls   int
	}{
		{"one page", []answer{page(`{"value":["a","b"]}`)}, []string{"a", "b"}, true, 1},
		{"an empty list", []answer{page(`{"value":[]}`)}, nil, true, 1},
		{"follows the next link", []answer{next(second), page(`{"value":["b"]}`)}, []string{"a", "b"}, true, 2},
		{"the standard port may be named", []answer{next("https://graph.microsoft.com:443/v1.0/list?2"), page(`{"value":[]}`)}, []string{"a"}, true, 2},
		{"refuses a link to another host", []answer{next("https://graph.example.com/v1.0/list")}, []string{"a"}, false, 1},
		{"refuses a link to a host inside ours", []answer{next("https://graph.microsoft.com.example.com/")}, []string{"a"}, false, 1},
		{"refuses a link with a user", []answer{next("https://graph.microsoft.com@example.com/")}, []string{"a"}, false, 1},
		{"refuses a link in clear text", []answer{next("http://graph.microsoft.com/v1.0/list")}, []string{"a"}, false, 1},
		{"refuses a circle", []answer{next(second)}, []string{"a", "a"}, false, 2},
		{"refuses a link without end", []answer{next(second + strings.Repeat("x", 16<<10))}, []string{"a"}, false, 1},
		{"refuses what nests without end", []answer{page(`{"value":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`)}, nil, false, 1},
		{"refuses items of another type", []answer{page(`{"value":[1,2]}`)}, nil, false, 1},
		{"a page without a value breaks the list", []answer{next(second), page(`{}`)}, []string{"a"}, false, 2},
		{"a refusal breaks the list", []answer{next(second), {status: 403}}, []string{"a"}, false, 2},
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
			if !slices.Equal(got, tt.want) || len(s.calls) != tt.calls {
				t.Errorf("got %v after %d calls, want %v after %d", got, len(s.calls), tt.want, tt.calls)
			}
			if tt.ok != (failed == nil) {
				t.Errorf("error %v", failed)
			}
		})
	}
	t.Run("a failure keeps its class", func(t *testing.T) {
		client, _ := newClient(answer{status: 403})
		for _, err := range msapi.Pages[string](t.Context(), client, tenant, "/v1.0/list") {
			wantFailure(t, err, run.ConsentMissing)
		}
	})
}

// endless answers every page with a link to one more.
type endless struct{ calls int }

func (e *endless) RoundTrip(req *http.Request) (*http.Response, error) {
	e.calls++
	one := &service{answers: []answer{{status: 200, body: fmt.Sprintf(`{"value":["a"],"@odata.nextLink":"https://%s/next?%d"}`, req.URL.Host, e.calls)}}}
	return one.RoundTrip(req)
}

func TestAListWithoutEnd(t *testing.T) {
	const most = 10_000
	ends := func(t *testing.T, e *endless, failed error) {
		t.Helper()
		if f := wantFailure(t, failed, run.ServiceFault); e.calls != most || !strings.Contains(f.Message, "more than 10000 pages") {
			t.Errorf("%d calls, %+v", e.calls, f)
		}
	}
	t.Run("ends after ten thousand pages", func(t *testing.T) {
		e, failed := &endless{}, error(nil)
		client := msapi.NewClient("graph.microsoft.com", &http.Client{Transport: e}, &tokens{})
		for _, err := range msapi.Pages[string](t.Context(), client, tenant, "/v1.0/list") {
			failed = err
		}
		ends(t, e, failed)
	})
	t.Run("so does Exchange's", func(t *testing.T) {
		e := &endless{}
		client := msapi.NewClient("outlook.office365.com", &http.Client{Transport: e}, &tokens{})
		ends(t, e, client.PostPages(t.Context(), tenant, cmdletPath, http.Header{}, []byte("{}"), func(records *json.Decoder) error {
			var value json.RawMessage
			return records.Decode(&value)
		}, func([]string) {}))
	})
}
