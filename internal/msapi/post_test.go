package msapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/msapi"
	"tenantrollup/internal/run"
)

const (
	cmdletPath = "/adminapi/beta/" + tenant + "/InvokeCommand"
	front      = "https://outlook.office365.com" + cmdletPath
	regional   = "https://eurprd01.outlook.office365.com" + cmdletPath
	cmdlet     = `{"CmdletInput":{}}`
)

// post returns the pages' values, and where the calls went.
func post(ctx context.Context, answers ...answer) (values, calls []string, s *service, err error) {
	s = &service{answers: answers}
	client := msapi.NewClient("outlook.office365.com", &http.Client{Transport: s}, &tokens{})
	header := http.Header{"Prefer": {"odata.maxpagesize=1000"}}
	err = client.PostPages(ctx, tenant, cmdletPath, header, []byte(cmdlet), func(records *json.Decoder) error {
		var value json.RawMessage
		err := records.Decode(&value)
		values = append(values, string(value))
		return err
	}, func([]string) {})
	for _, call := range s.calls {
		calls = append(calls, call.URL.String())
	}
	return values, calls, s, err
}

func page(value, next string) answer {
	if next != "" {
		next = `,"@odata.nextLink":"` + next + `"`
	}
	return answer{status: 200, body: `{"value":[` + value + `]` + next + `}`}
}

func redirected(to string) answer {
	return answer{status: 302, header: http.Header{"Location": {to}}}
}

func TestPostPages(t *testing.T) {
	second := front + "?$skiptoken=2"
	tests := []struct {
		rule    string
		answers []answer
		values  []string
		calls   []string
	}{
		{"one page", []answer{page("1", "")}, []string{"[1]"}, []string{front}},
		{"no records", []answer{page("", "")}, []string{"[]"}, []string{front}},
		{"null is a value", []answer{{status: 200, body: `{"value":null}`}}, []string{"null"}, []string{front}},
		{"follows the next link", []answer{page("1", second), page("2", "")}, []string{"[1]", "[2]"}, []string{front, second}},
		{"the back end's port gives way to the standard one",
			[]answer{page("1", strings.Replace(second, ".com", ".com:446", 1)), page("2", "")}, []string{"[1]", "[2]"}, []string{front, second}},
		{"the standard port and capitals may be named",
			[]answer{page("1", strings.Replace(second, "outlook.office365.com", "Outlook.office365.com:443", 1)), page("2", "")}, []string{"[1]", "[2]"}, []string{front, second}},
		{"follows a redirect to a region", []answer{redirected(regional), page("1", "")}, []string{"[1]"}, []string{front, regional}},
		{"there, too, without the back end's port",
			[]answer{redirected(strings.Replace(regional, ".com", ".com:446", 1)), page("1", "")}, []string{"[1]"}, []string{front, regional}},
		{"a redirect may name the path alone", []answer{redirected(cmdletPath + "?x"), page("1", "")}, []string{"[1]"}, []string{front, front + "?x"}},
		{"a region's next page is the region's", []answer{redirected(regional), page("1", regional+"?2"), page("2", "")},
			[]string{"[1]", "[2]"}, []string{front, regional, regional + "?2"}},
		{"or the front's, which redirects again", []answer{redirected(regional), page("1", second), redirected(regional + "?2"), page("2", "")},
			[]string{"[1]", "[2]"}, []string{front, regional, second, regional + "?2"}},
		{"an unanswered call goes again", []answer{{err: fmt.Errorf("connection reset by peer")}, page("1", "")}, []string{"[1]"}, []string{front, front}},
		{"so does one refused for a passing fault",
			[]answer{{status: 400, body: `{"error":{"code":"BadRequest","message":"|Microsoft.Exchange.CmdletProxyNotAvailableFailure|Away."}}`}, page("1", "")},
			[]string{"[1]"}, []string{front, front}},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				values, calls, s, err := post(t.Context(), tt.answers...)
				if err != nil || !slices.Equal(values, tt.values) || !slices.Equal(calls, tt.calls) {
					t.Errorf("got %q from %q, %v\nwant %q from %q", values, calls, err, tt.values, tt.calls)
				}
				for i, call := range s.calls {
					h := call.Header
					if call.Method != "POST" || s.bodies[i] != cmdlet || h.Get("Content-Type") != "application/json" ||
						h.Get("Prefer") != "odata.maxpagesize=1000" || h.Get("Authorization") != "Bearer t-0" {
						t.Errorf("call %d: %s %q with %v", i, call.Method, s.bodies[i], h)
					}
				}
			})
		})
	}
}

func TestPostPagesFailures(t *testing.T) {
	second := front + "?$skiptoken=2"
	tests := []struct {
		rule    string
		answers []answer
		calls   int
		class   run.Class
		message string
	}{
		{"a page without a value", []answer{{status: 200, body: `{}`}}, 1, run.ServiceFault, "has no value"},
		{"broken JSON", []answer{{status: 200, body: `{"value":[`}}, 1, run.ServiceFault, "not the JSON"},
		{"an answer without a page", []answer{{status: 204}}, 1, run.ServiceFault, "answered 204"},
		{"a page of more than 32 MiB", []answer{{status: 200, body: strings.Repeat(" ", 32<<20+1)}}, 1, run.ServiceFault, "more than 32 MiB"},
		{"a link without end", []answer{page("", second+strings.Repeat("x", 16<<10))}, 1, run.ServiceFault, "next page is too long"},
		{"JSON nested without end", []answer{{status: 200, body: `{"value":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`}}, 1, run.ServiceFault, "not the JSON"},
		{"JSON of other types", []answer{{status: 200, body: `{"value":[],"@odata.nextLink":{"a":1}}`}}, 1, run.ServiceFault, "not the JSON"},
		{"a circle", []answer{page("", second)}, 2, run.ServiceFault, "circle"},
		{"redirects without end", []answer{redirected(regional)}, 4, run.ServiceFault, "redirected more than 3 times"},
		{"a redirect to nowhere", []answer{redirected("")}, 1, run.ServiceFault, "not an address"},
		{"an app without the permission", []answer{{status: 401, header: http.Header{
			"X-Ms-Diagnostics": {`2000008;reason="The token contains no permissions.";error_category="invalid_grant"`}}}},
			2, run.ConsentMissing, "The token contains no permissions."},
		{"a token that is not taken", []answer{{status: 401, header: http.Header{"X-Ms-Diagnostics": {`2000003;reason="The audience is invalid."`}}}},
			2, run.ServiceFault, "The audience is invalid."},
		{"a refusal without a reason", []answer{{status: 403, body: strings.Repeat("\x00", 1024)}}, 1, run.RoleMissing, "Exchange gives no reason"},
		{"a refusal names the region that gave it", []answer{redirected(regional), {status: 500}}, 5, run.ServiceFault, "eurprd01.outlook.office365.com answered 500"},
		{"what the cmdlet says stands without its prefix", []answer{{status: 400,
			body: `{"error":{"code":"BadRequest","message":"Invalid Operation","details":[{"code":"Client","message":"Ex6F9304|Microsoft.Exchange.X|No such day."}],"innererror":{"message":"Invalid Operation"}}}`}},
			1, run.ServiceFault, "answered 400 BadRequest: No such day."},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, calls, _, err := post(t.Context(), tt.answers...)
				f := wantFailure(t, err, tt.class)
				if len(calls) != tt.calls || !strings.Contains(f.Message, tt.message) {
					t.Errorf("%d calls, want %d; %+v", len(calls), tt.calls, f)
				}
			})
		})
	}
	t.Run("a call that Exchange doesn't take is to be corrected", func(t *testing.T) {
		_, _, _, err := post(t.Context(), answer{status: 400, body: `{"error":{"code":"BadRequest","message":"No such cmdlet."}}`})
		if f := wantFailure(t, err, run.ServiceFault); !strings.Contains(f.Remedy, "in REPORTS") {
			t.Errorf("got %q", f.Remedy)
		}
	})
}

func TestTheTokenStaysInItsDomain(t *testing.T) {
	for _, to := range []string{
		"http://outlook.office365.com/x", "https://outlook.office365.com:8443/x", "https://user@outlook.office365.com/x",
		"https://outlook.office365.com.example.com/x", "https://office365.com/x", "https://.office365.com/x",
		"https://evil-office365.com/x", "https://example.com/.office365.com", "https://example.com%2f.office365.com/x",
		"https://outlook.office365.com./x", "https://ex%C3%A4mple.office365.com/x", "https://outlook.office365.us/x", "//example.com/x",
	} {
		for how, answers := range map[string][]answer{"redirect": {redirected(to)}, "next link": {page("", to)}} {
			t.Run(how+" to "+to, func(t *testing.T) {
				_, calls, _, err := post(t.Context(), answers...)
				if wantFailure(t, err, run.ServiceFault); len(calls) != 1 {
					t.Errorf("called %q", calls)
				}
			})
		}
	}
	t.Run("a next link to another region", func(t *testing.T) {
		_, calls, _, err := post(t.Context(), page("", regional))
		if wantFailure(t, err, run.ServiceFault); len(calls) != 1 {
			t.Errorf("called %q", calls)
		}
	})
}

func TestRateLimitReset(t *testing.T) {
	at := func(d time.Duration) string { return time.Now().Add(d).UTC().Format("2006-01-02T15:04:05.000Z") }
	tests := []struct {
		rule   string
		header func() http.Header
		waited time.Duration
	}{
		{"is waited for", func() http.Header { return http.Header{"Rate-Limit-Reset": {at(20 * time.Second)}} }, 20 * time.Second},
		{"as seconds, too", func() http.Header { return http.Header{"Rate-Limit-Reset": {"20"}} }, 20 * time.Second},
		{"where no call is left", func() http.Header {
			return http.Header{"Rate-Limit-Reset": {at(20 * time.Second)}, "Rate-Limit-Remaining": {"0"}}
		}, 20 * time.Second},
		{"but not where calls are left", func() http.Header {
			return http.Header{"Rate-Limit-Reset": {at(20 * time.Second)}, "Rate-Limit-Remaining": {"7"}}
		}, 0},
		{"nor against Retry-After", func() http.Header {
			return http.Header{"Rate-Limit-Reset": {at(20 * time.Second)}, "Retry-After": {"3"}}
		}, 3 * time.Second},
		{"nor when it is past", func() http.Header { return http.Header{"Rate-Limit-Reset": {at(-time.Minute)}} }, 0},
		{"nor when it is years ahead", func() http.Header { return http.Header{"Rate-Limit-Reset": {"2099-01-01T00:00:00Z"}} }, 0},
		{"nor when it is no time", func() http.Header { return http.Header{"Rate-Limit-Reset": {"soon"}} }, 0},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				_, calls, _, err := post(t.Context(), answer{status: 429, header: tt.header()}, page("1", ""))
				if waited := time.Since(began); err != nil || len(calls) != 2 || waited < tt.waited || waited > tt.waited+2*time.Second {
					t.Errorf("waited %v for %d calls, %v", waited, len(calls), err)
				}
			})
		})
	}
	t.Run("a long one comes back with its length", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			_, calls, _, err := post(t.Context(), answer{status: 429, header: http.Header{"Rate-Limit-Reset": {at(10 * time.Minute)}}})
			if f := wantFailure(t, err, run.Throttled); !f.Transient || f.RetryAfter != 10*time.Minute || len(calls) != 1 {
				t.Errorf("%d calls, %+v", len(calls), f)
			}
		})
	})
}
