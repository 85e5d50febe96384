package msapi_test

import (
	"slices"
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
