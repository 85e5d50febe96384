package exchange

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/go-json-experiment/json/jsontext"

	"tenantrollup/internal/msapi"
	"tenantrollup/internal/msapi/msapitest"
	"tenantrollup/internal/run"
	"tenantrollup/internal/run/runtest"
)

const (
	tenant     = "11111111-1111-1111-1111-111111111111"
	cmdletPath = "/adminapi/beta/" + tenant + "/InvokeCommand"
	front      = "https://outlook.office365.com" + cmdletPath
	regional   = "https://eurprd01.outlook.office365.com" + cmdletPath
)

var fabrikam = run.Customer{TenantID: tenant}

// ask runs a cmdlet at this service.
func ask(ctx context.Context, service http.RoundTripper, take func(*jsontext.Decoder) error) error {
	f := New(msapi.NewClient("outlook.office365.com", &http.Client{Transport: service}, &msapitest.Tokens{}), nil)
	cm, err := newCmdlet("Get-X", nil)
	if err != nil {
		return err
	}
	return f.pages(ctx, fabrikam, cm, take, func(page) bool { return true })
}

// post returns the pages' values, and where the calls went.
func post(ctx context.Context, answers ...msapitest.Answer) (values, calls []string, s *msapitest.Service, err error) {
	s = &msapitest.Service{Answers: answers}
	err = ask(ctx, s, func(d *jsontext.Decoder) error {
		value, err := d.ReadValue()
		values = append(values, string(value))
		return err
	})
	for _, call := range s.Calls {
		calls = append(calls, call.URL.String())
	}
	return values, calls, s, err
}

func answered(value, next string) msapitest.Answer {
	if next != "" {
		next = `,"@odata.nextLink":"` + next + `"`
	}
	return msapitest.Answer{Status: 200, Body: `{"value":[` + value + `]` + next + `}`}
}

func redirected(to string) msapitest.Answer {
	return msapitest.Answer{Status: 302, Header: http.Header{"Location": {to}}}
}

func TestPages(t *testing.T) {
	second := front + "?$skiptoken=2"
	tests := []struct {
		rule    string
		answers []msapitest.Answer
		values  []string
		calls   []string
	}{
		{"one page", []msapitest.Answer{answered("1", "")}, []string{"[1]"}, []string{front}},
		{"no records", []msapitest.Answer{answered("", "")}, []string{"[]"}, []string{front}},
		{"null is a value", []msapitest.Answer{{Status: 200, Body: `{"value":null}`}}, []string{"null"}, []string{front}},
		{"follows the next link", []msapitest.Answer{answered("1", second), answered("2", "")}, []string{"[1]", "[2]"}, []string{front, second}},
		{"the back end's port is replaced by the standard one",
			[]msapitest.Answer{answered("1", strings.Replace(second, ".com", ".com:446", 1)), answered("2", "")}, []string{"[1]", "[2]"}, []string{front, second}},
		{"the standard port and capitals are allowed",
			[]msapitest.Answer{answered("1", strings.Replace(second, "outlook.office365.com", "Outlook.office365.com:443", 1)), answered("2", "")}, []string{"[1]", "[2]"}, []string{front, second}},
		{"follows a redirect to a region", []msapitest.Answer{redirected(regional), answered("1", "")}, []string{"[1]"}, []string{front, regional}},
		{"even there without the back end's port",
			[]msapitest.Answer{redirected(strings.Replace(regional, ".com", ".com:446", 1)), answered("1", "")}, []string{"[1]"}, []string{front, regional}},
		{"a redirect may have only a path", []msapitest.Answer{redirected(cmdletPath + "?x"), answered("1", "")}, []string{"[1]"}, []string{front, front + "?x"}},
		{"a region's next page is fetched from the region", []msapitest.Answer{redirected(regional), answered("1", regional+"?2"), answered("2", "")},
			[]string{"[1]", "[2]"}, []string{front, regional, regional + "?2"}},
		{"or from the front, which redirects again", []msapitest.Answer{redirected(regional), answered("1", second), redirected(regional + "?2"), answered("2", "")},
			[]string{"[1]", "[2]"}, []string{front, regional, second, regional + "?2"}},
		{"an unanswered call is retried", []msapitest.Answer{{Err: fmt.Errorf("connection reset by peer")}, answered("1", "")}, []string{"[1]"}, []string{front, front}},
		{"so is a call refused for a temporary fault",
			[]msapitest.Answer{{Status: 400, Body: `{"error":{"code":"BadRequest","message":"|Microsoft.Exchange.CmdletProxyNotAvailableFailure|Away."}}`}, answered("1", "")},
			[]string{"[1]"}, []string{front, front}},
		{"and a call refused until a limit is reset", []msapitest.Answer{
			{Status: 429, Header: http.Header{"Rate-Limit-Reset": {"2000-01-01T00:00:01Z"}}}, answered("1", "")}, []string{"[1]"}, []string{front, front}},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				values, calls, s, err := post(t.Context(), tt.answers...)
				if err != nil || !slices.Equal(values, tt.values) || !slices.Equal(calls, tt.calls) {
					t.Errorf("got %q from %q, %v\nwant %q from %q", values, calls, err, tt.values, tt.calls)
				}
				for i, call := range s.Calls {
					h := call.Header
					if call.Method != "POST" || s.Bodies[i] != `{"CmdletInput":{"CmdletName":"Get-X","Parameters":{}}}` || h.Get("Content-Type") != "application/json" ||
						h.Get("Prefer") != "odata.maxpagesize=1000" || h.Get("Authorization") != "Bearer token-0" {
						t.Errorf("call %d: %s %q with %v", i, call.Method, s.Bodies[i], h)
					}
				}
			})
		})
	}
}

func TestPagesFailures(t *testing.T) {
	second := front + "?$skiptoken=2"
	tests := []struct {
		rule    string
		answers []msapitest.Answer
		calls   int
		class   run.Class
		message string
	}{
		{"broken JSON", []msapitest.Answer{{Status: 200, Body: `{"value":[`}}, 1, run.ServiceFault, "not the JSON"},
		{"an answer without a page", []msapitest.Answer{{Status: 204}}, 1, run.ServiceFault, "answered 204"},
		{"a page of more than 32 MiB", []msapitest.Answer{{Status: 200, Body: strings.Repeat(" ", 32<<20+1)}}, 1, run.ServiceFault, "more than 32 MiB"},
		{"an endless link", []msapitest.Answer{answered("", second+strings.Repeat("x", 16<<10))}, 1, run.ServiceFault, "next page is too long"},
		{"endlessly nested JSON", []msapitest.Answer{{Status: 200, Body: `{"value":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`}}, 1, run.ServiceFault, "not the JSON"},
		{"JSON of other types", []msapitest.Answer{{Status: 200, Body: `{"value":[],"@odata.nextLink":{"a":1}}`}}, 1, run.ServiceFault, "not the JSON"},
		{"a circle", []msapitest.Answer{answered("", second)}, 2, run.ServiceFault, "circle"},
		{"endless redirects", []msapitest.Answer{redirected(regional)}, 4, run.ServiceFault, "redirected more than 3 times"},
		{"a redirect to nowhere", []msapitest.Answer{redirected("")}, 1, run.ServiceFault, "not an address"},
		{"an app without the permission", []msapitest.Answer{{Status: 401, Header: http.Header{
			"X-Ms-Diagnostics": {`2000008;reason="The token contains no permissions.";error_category="invalid_grant"`}}}},
			2, run.ConsentMissing, "The token contains no permissions."},
		{"a token that is not accepted", []msapitest.Answer{{Status: 401, Header: http.Header{"X-Ms-Diagnostics": {`2000003;reason="The audience is invalid."`}}}},
			2, run.ServiceFault, "The audience is invalid."},
		{"a refusal without a reason", []msapitest.Answer{{Status: 403, Body: strings.Repeat("\x00", 1024)}}, 1, run.RoleMissing, "Exchange gives no reason"},
		{"a refusal names the region that gave it", []msapitest.Answer{redirected(regional), {Status: 500}}, 5, run.ServiceFault, "eurprd01.outlook.office365.com answered 500"},
		{"what the cmdlet says is shown without its prefix", []msapitest.Answer{{Status: 400,
			Body: `{"error":{"code":"BadRequest","message":"Invalid Operation","details":[{"code":"Client","message":"Ex6F9304|Microsoft.Exchange.X|No such day."}],"innererror":{"message":"Invalid Operation"}}}`}},
			1, run.ServiceFault, "answered 400 BadRequest: No such day."},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, calls, _, err := post(t.Context(), tt.answers...)
				f := runtest.WantFailure(t, err, tt.class)
				if len(calls) != tt.calls || !strings.Contains(f.Message, tt.message) {
					t.Errorf("%d calls, want %d; %+v", len(calls), tt.calls, f)
				}
			})
		})
	}
	t.Run("a call that Exchange does not accept must be corrected", func(t *testing.T) {
		_, _, _, err := post(t.Context(), msapitest.Answer{Status: 400, Body: `{"error":{"code":"BadRequest","message":"No such cmdlet."}}`})
		if f := runtest.WantFailure(t, err, run.ServiceFault); !strings.Contains(f.Remedy, "in REPORTS") {
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
		for how, answers := range map[string][]msapitest.Answer{"redirect": {redirected(to)}, "next link": {answered("", to)}} {
			t.Run(how+" to "+to, func(t *testing.T) {
				_, calls, _, err := post(t.Context(), answers...)
				if runtest.WantFailure(t, err, run.ServiceFault); len(calls) != 1 {
					t.Errorf("called %q", calls)
				}
			})
		}
	}
	t.Run("a next link to another region", func(t *testing.T) {
		_, calls, _, err := post(t.Context(), answered("", regional))
		if runtest.WantFailure(t, err, run.ServiceFault); len(calls) != 1 {
			t.Errorf("called %q", calls)
		}
	})
}

// endless answers every page with a link to one more.
type endless struct{ calls int }

func (e *endless) RoundTrip(req *http.Request) (*http.Response, error) {
	e.calls++
	one := &msapitest.Service{Answers: []msapitest.Answer{answered("", fmt.Sprint(front, "?", e.calls))}}
	return one.RoundTrip(req)
}

func TestAnAnswerWithoutEnd(t *testing.T) {
	e := &endless{}
	err := ask(t.Context(), e, readAll)
	if f := runtest.WantFailure(t, err, run.ServiceFault); e.calls != 10_000 || !strings.Contains(f.Message, "more than 10000 pages") {
		t.Errorf("%d calls, %+v", e.calls, f)
	}
}
