package access_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"tenantrollup/internal/access"
	"tenantrollup/internal/msapi"
	"tenantrollup/internal/refusal"
	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

const (
	tenant   = "11111111-1111-1111-1111-111111111111"
	consent  = "https://login.microsoftonline.com/" + tenant + "/adminconsent?client_id=app"
	header   = "Class,What To Do,Consent Address,Sign-in,Graph Reports,Exchange,Missing Permissions,Names Concealed,Relationship Ends\r\n"
	lapsed   = `{"error":{"code":"UnknownError","message":"The subscription within the tenant has lapsed."}}`
	wrapped  = `{"error":{"code":"UnknownError","message":"{\"error\":{\"code\":\"S2SUnauthorized\",\"message\":\"Invalid permission.\"}}"}}`
	noRole   = `{"error":{"code":"Authentication_RequestFromUnsupportedUserRole","message":"User is not in the allowed roles"}}`
	denied   = `{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges to complete the operation."}}`
	report7  = "/v1.0/reports/getMailboxUsageMailboxCounts(period='D7')"
	settings = "/v1.0/admin/reportSettings"
)

const (
	graphScope    = "https://graph.microsoft.com/.default"
	exchangeScope = "https://outlook.office365.com/.default"
)

// tokens yields a token for the right scope, or fails as told.
type tokens struct{ failure error }

func (s tokens) Token(_ context.Context, tenantID, scope string) (string, error) {
	if tenantID != tenant || scope != graphScope {
		return "", errors.New("asked for a token of " + tenantID + ", " + scope)
	}
	return "t0k3n", s.failure
}
func (tokens) Forget(string, string, string)     {}
func (tokens) Doubt(string, string, string) bool { return false }
func (tokens) ConsentURL(string) string          { return consent }

// reply is one answer of Graph's.
type reply struct {
	status int
	body   string
}

// graph answers by path, and keeps what was asked.
type graph struct {
	replies map[string]reply
	asked   []string
	open    int // bodies that nobody has closed
}

func (g *graph) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	g.asked = append(g.asked, req.URL.Path)
	r, known := g.replies[req.URL.Path]
	if !known {
		r = reply{403, denied}
	}
	g.open++
	resp := &http.Response{StatusCode: r.status, Header: http.Header{}, Request: req, Body: body{strings.NewReader(r.body), &g.open}}
	resp.Header.Set("Location", "https://reports.office.com/data?token=s3cr3t")
	return resp, nil
}

type body struct {
	io.Reader
	open *int
}

func (b body) Close() error {
	*b.open--
	return nil
}

// sink is a run.Sink.
type sink struct{ bytes.Buffer }

func (*sink) Warn(run.Class, string) {}

func (*sink) Columns([]string) {}

func fetch(ctx context.Context, t *testing.T, g *graph, failure error, usageReports bool) (string, error) {
	t.Helper()
	return fetchWith(ctx, t, g, access.Options{Tokens: tokens{failure}, UsageReports: usageReports})
}

func fetchWith(ctx context.Context, t *testing.T, g *graph, o access.Options) (string, error) {
	t.Helper()
	call, err := report.Parse("access")
	if err != nil {
		t.Fatal(err)
	}
	o.Scope, o.Graph = "https://graph.microsoft.com/.default", msapi.NewClient("graph.microsoft.com", &http.Client{Transport: g}, o.Tokens)
	var into sink
	err = access.New(o).Fetch(ctx, run.Customer{TenantID: tenant, Ends: "2027-01-31"}, call, "2026-11-24", &into)
	if g.open != 0 {
		t.Errorf("%d bodies are left open", g.open)
	}
	if strings.Contains(into.String(), "s3cr3t") {
		t.Error("the row shows a report's address")
	}
	return into.String(), err
}

// remedy is the one that the error log shows for Graph's refusal, as a field.
func remedy(r reply) string {
	text := refusal.Graph(refusal.Answer{Host: "graph.microsoft.com", Status: r.status, Text: []byte(r.body), ConsentURL: consent}).Remedy
	if strings.ContainsAny(text, ",\"") {
		text = `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
	}
	return text
}

func TestRow(t *testing.T) {
	redirect := reply{302, ""}
	both := []string{report7, settings}
	for _, test := range []struct {
		rule    string
		failure error
		replies map[string]reply
		row     string
		asked   []string
	}{
		{"if everything works there is no class", nil,
			map[string]reply{report7: redirect, settings: {200, `{"displayConcealedNames":true}`}},
			",,,ok,ok,,,yes,2027-01-31", both},
		{"names may be shown, as Graph's reference writes it", nil,
			map[string]reply{report7: redirect, settings: {200, `{"value":{"displayConcealedNames":false}}`}},
			",,,ok,ok,,,no,2027-01-31", both},
		{"settings that the app may not read are not a refusal", nil,
			map[string]reply{report7: redirect, settings: {403, wrapped}},
			",,,ok,ok,,,,2027-01-31", both},
		{"nor are settings that don't mention it", nil,
			map[string]reply{report7: redirect, settings: {200, `{}`}},
			",,,ok,ok,,,,2027-01-31", both},
		{"a sign-in without consent says where to give it, and nothing more is asked",
			&run.Failure{Class: run.ConsentMissing, Remedy: "Open it."}, nil,
			"consent-missing,Open it.," + consent + ",consent-missing,,,,,2027-01-31", nil},
		{"another refusal has no consent address, and its remedy is quoted if necessary",
			&run.Failure{Class: run.BlockedByPolicy, Remedy: `Exclude the app, or "users".`}, nil,
			`blocked-by-policy,"Exclude the app, or ""users"".",,blocked-by-policy,,,,,2027-01-31`, nil},
		{"reports that were not granted", nil, map[string]reply{report7: {403, wrapped}},
			"consent-missing,{remedy}," + consent + ",ok,consent-missing,,,,2027-01-31", both},
		{"a role that is missing", nil, map[string]reply{report7: {403, noRole}, settings: {200, `{"displayConcealedNames":true}`}},
			"role-missing,{remedy},,ok,role-missing,,,yes,2027-01-31", both},
		{"a subscription that has lapsed", nil, map[string]reply{report7: {403, lapsed}},
			"not-licensed,{remedy},,ok,not-licensed,,,,2027-01-31", both},
		{"an answer that is not a report", nil, map[string]reply{report7: {204, ""}},
			`service-fault,"Rerun later; if that does not help, report it to Microsoft.",,ok,service-fault,,,,2027-01-31`, both},
	} {
		t.Run(test.rule, func(t *testing.T) {
			g := &graph{replies: test.replies}
			got, err := fetch(t.Context(), t, g, test.failure, true)
			if want := header + strings.ReplaceAll(test.row, "{remedy}", remedy(test.replies[report7])) + "\r\n"; err != nil || got != want {
				t.Errorf("got  %q, %v\nwant %q", got, err, want)
			}
			if !slices.Equal(g.asked, test.asked) {
				t.Errorf("asked for %q, want %q", g.asked, test.asked)
			}
		})
	}
	t.Run("reports that nobody uses are not asked for", func(t *testing.T) {
		g := &graph{}
		got, err := fetch(t.Context(), t, g, nil, false)
		if err != nil || got != header+",,,ok,,,,,2027-01-31\r\n" || len(g.asked) > 0 {
			t.Errorf("got %q, %v, asked for %q", got, err, g.asked)
		}
	})
}

func TestExchange(t *testing.T) {
	noRole := &run.Failure{Class: run.RoleMissing, Remedy: "Give it the role."}
	noConsent := &run.Failure{Class: run.ConsentMissing, Remedy: "Open it."}
	works := map[string]reply{report7: {302, ""}, settings: {200, `{"displayConcealedNames":true}`}}
	for _, test := range []struct {
		rule    string
		signIn  error
		usage   bool
		replies map[string]reply
		answer  error
		row     string
		asked   int // times Exchange was
	}{
		{"works", nil, false, nil, nil, ",,,ok,,ok,,,2027-01-31", 1},
		{"works along with Graph", nil, true, works, nil, ",,,ok,ok,ok,,yes,2027-01-31", 1},
		{"a role that is missing", nil, true, works, noRole, "role-missing,Give it the role.,,ok,ok,role-missing,,yes,2027-01-31", 1},
		{"a token that lacks consent says where to give it", nil, false, nil, noConsent,
			"consent-missing,Open it.," + consent + ",ok,,consent-missing,,,2027-01-31", 1},
		{"is asked even if Graph refuses, and Graph's remedy is kept", nil, true, map[string]reply{report7: {403, wrapped}}, noRole,
			"consent-missing,{remedy}," + consent + ",ok,consent-missing,role-missing,,,2027-01-31", 1},
		{"is not asked if nobody can sign in", noConsent, true, nil, nil,
			"consent-missing,Open it.," + consent + ",consent-missing,,,,,2027-01-31", 0},
	} {
		t.Run(test.rule, func(t *testing.T) {
			asked := 0
			probe := func(_ context.Context, c run.Customer) error {
				if asked++; c.TenantID != tenant {
					t.Errorf("asked %s", c.TenantID)
				}
				return test.answer
			}
			got, err := fetchWith(t.Context(), t, &graph{replies: test.replies},
				access.Options{Tokens: tokens{test.signIn}, UsageReports: test.usage, Exchange: probe})
			if want := header + strings.ReplaceAll(test.row, "{remedy}", remedy(test.replies[report7])) + "\r\n"; err != nil || got != want || asked != test.asked {
				t.Errorf("got  %q, %v, Exchange asked %d times\nwant %q, %d", got, err, asked, want, test.asked)
			}
		})
	}
	t.Run("that may work later gives no row", func(t *testing.T) {
		probe := func(context.Context, run.Customer) error { return &run.Failure{Class: run.Throttled, Transient: true} }
		got, err := fetchWith(t.Context(), t, &graph{}, access.Options{Tokens: tokens{}, Exchange: probe})
		if failure, ok := errors.AsType[*run.Failure](err); !ok || failure.Class != run.Throttled || got != "" {
			t.Errorf("got %q, %v", got, err)
		}
	})
}

func TestWhatIsNotTheCustomersIsAnError(t *testing.T) {
	partners := &run.Failure{Class: run.PartnerCredential}
	transient := &run.Failure{Class: run.ServiceFault, Transient: true}
	for _, test := range []struct {
		rule    string
		failure error
		replies map[string]reply
		class   run.Class
	}{
		{"the partner's own trouble", partners, nil, run.PartnerCredential},
		{"a sign-in that may work later", transient, nil, run.ServiceFault},
		{"Graph that is down", nil, map[string]reply{report7: {500, ""}}, run.ServiceFault},
		{"Graph that throttles", nil, map[string]reply{report7: {429, ""}}, run.Throttled},
	} {
		t.Run(test.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got, err := fetch(t.Context(), t, &graph{replies: test.replies}, test.failure, true)
				failure, ok := errors.AsType[*run.Failure](err)
				if !ok || failure.Class != test.class || failure.Transient == (test.class == run.PartnerCredential) || got != "" {
					t.Errorf("got %q, %+v, want class %s", got, err, test.class)
				}
			})
		})
	}
	t.Run("settings that are down cost no row", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			got, err := fetch(t.Context(), t, &graph{replies: map[string]reply{report7: {302, ""}, settings: {500, ""}}}, nil, true)
			if err != nil || got != header+",,,ok,ok,,,,2027-01-31\r\n" {
				t.Errorf("got %q, %v", got, err)
			}
		})
	})
	t.Run("time that is over", func(t *testing.T) {
		over := errors.New("the slice is over")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(over)
		if got, err := fetch(ctx, t, &graph{}, nil, true); !errors.Is(err, over) || got != "" {
			t.Errorf("got %q, %v", got, err)
		}
	})
}
