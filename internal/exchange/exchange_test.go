package exchange_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"tenantrollup/internal/exchange"
	"tenantrollup/internal/msapi"
	"tenantrollup/internal/msapi/msapitest"
	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
	"tenantrollup/internal/run/runtest"
)

const (
	tenant = "11111111-1111-1111-1111-111111111111"
	host   = "outlook.office365.com"
	path   = "/adminapi/beta/" + tenant + "/InvokeCommand"
	front  = "https://" + host + path
)

var contoso = run.Customer{TenantID: tenant, Domain: "contoso.onmicrosoft.com"}

// answer is one of Exchange's.
type answer struct {
	status int // 200 if it is zero
	header http.Header
	body   string
}

// server answers calls in order, the last answer again and again.
type server struct {
	answers []answer

	mu     sync.Mutex
	calls  []string // host and address of each call
	bodies []string
	seen   []http.Header
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	a := s.answers[min(len(s.calls), len(s.answers)-1)]
	s.calls = append(s.calls, r.Method+" https://"+r.Host+r.URL.String())
	s.bodies, s.seen = append(s.bodies, string(body)), append(s.seen, r.Header)
	s.mu.Unlock()
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(max(a.status, 200))
	io.WriteString(w, a.body)
}

type tokens struct{ failure error }

func (s tokens) Token(_ context.Context, tenantID, scope string) (string, error) {
	if tenantID != tenant || scope != "https://outlook.office365.com/.default" {
		return "", errors.New("asked for a token of " + tenantID + ", " + scope)
	}
	return "t0k3n", s.failure
}
func (tokens) Forget(string, string, string)     {}
func (tokens) Doubt(string, string, string) bool { return false }
func (tokens) ConsentURL(id string) string       { return "https://consent/" + id }

// start returns a client that reaches s under every host name.
func start(t *testing.T, s *server, source msapi.TokenSource) *msapi.Client {
	t.Helper()
	client := msapitest.Reach(msapitest.Serve(t, s), msapi.NewHTTPClient(4, nil))
	t.Cleanup(client.CloseIdleConnections)
	return msapi.NewClient(host, client, source)
}

func fetch(t *testing.T, s *server, into *msapitest.Sink) error {
	t.Helper()
	call, err := report.Parse("Get-MailTrafficSummaryReport -Category TopMailSender -StartDate {today-2} -EndDate {today-1}")
	if err != nil {
		t.Fatal(err)
	}
	err = exchange.New(start(t, s, tokens{}), nil).Fetch(t.Context(), contoso, call, "2026-11-24", into)
	if err != nil && strings.Contains(fmt.Sprintf("%v %+v", err, err), "t0k3n") {
		t.Errorf("the error shows the token: %v", err)
	}
	return err
}

// page is a page of records, and says where the next one is.
func page(next string, records ...string) answer {
	if next != "" {
		next = `,"@odata.nextLink":"` + next + `"`
	}
	return answer{body: `{"@odata.context":"x","@adminapi.warnings":[],"value":[` + strings.Join(records, ",") + `]` + next + `}`}
}

func TestTheCallIsSentAsExchangeWantsIt(t *testing.T) {
	s := &server{answers: []answer{page("https://"+host+":446"+path+"?$skiptoken=2", `{"C1":"a"}`), page("", `{"C1":"b"}`)}}
	into := &msapitest.Sink{}
	if err := fetch(t, s, into); err != nil || into.String() != "C1\r\na\r\nb\r\n" {
		t.Fatalf("got %q, %v", into, err)
	}
	if want := []string{"POST " + front, "POST " + front + "?$skiptoken=2"}; !slices.Equal(s.calls, want) {
		t.Errorf("called %q\nwant   %q", s.calls, want)
	}
	var sent, want any
	json.Unmarshal([]byte(s.bodies[0]), &sent)
	json.Unmarshal([]byte(`{"CmdletInput":{"CmdletName":"Get-MailTrafficSummaryReport","Parameters":{
		"Category":"TopMailSender","StartDate":"2026-11-22","EndDate":"2026-11-23","Page":1,"PageSize":5000}}}`), &want)
	if fmt.Sprint(sent) != fmt.Sprint(want) || s.bodies[1] != s.bodies[0] {
		t.Errorf("sent %q\nwant %v, twice", s.bodies, want)
	}
	for name, want := range map[string]string{
		"Authorization":     "^Bearer t0k3n$",
		"Content-Type":      "^application/json$",
		"Prefer":            "^odata.maxpagesize=1000$",
		"X-AnchorMailbox":   "^" + regexp.QuoteMeta("APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@contoso.onmicrosoft.com") + "$",
		"X-CmdletName":      "^Get-MailTrafficSummaryReport$",
		"X-ResponseFormat":  "^json$",
		"client-request-id": "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
	} {
		for i, h := range s.seen {
			if got := h.Get(name); !regexp.MustCompile(want).MatchString(got) {
				t.Errorf("call %d: %s %q", i, name, got)
			}
		}
	}
}

func TestRows(t *testing.T) {
	second := front + "?2"
	tests := []struct {
		rule  string
		pages []answer
		csv   string
	}{
		{"columns are in the first record's order", []answer{page("", `{"Z":"1","A":"2","M":"3"}`, `{"A":"5","M":"6","Z":"4"}`)},
			"Z,A,M\r\n1,2,3\r\n4,5,6\r\n"},
		{"an annotation of a record is not a column", []answer{page("",
			`{"@odata.etag":"W/1","Date@data.type":"System.DateTime","Date@odata.type":"#DateTimeOffset","Date":"2026-11-22T00:00:00.0000000+00:00","@adminapi.x":1,"adminapi.warnings@odata.type":"x"}`)},
			"Date\r\n2026-11-22T00:00:00.0000000+00:00\r\n"},
		{"values are written as PowerShell shows them", []answer{page("", `{"Null":null,"Yes":true,"No":false,"Int":1234567890123456789,"Real":1.50,"Exp":-2e-7,"Empty":""}`)},
			"Null,Yes,No,Int,Real,Exp,Empty\r\n,True,False,1234567890123456789,1.50,-2e-7,\r\n"},
		{"nested values are JSON without spaces", []answer{page("", `{"List":[ "a", 1 ],"Object":{ "k" : "v, \"w\"" },"None":[]}`)},
			"List,Object,None\r\n" + `"[""a"",1]","{""k"":""v, \""w\""""}",[]` + "\r\n"},
		{"commas, quotes and every kind of line break are kept", []answer{page("", `{"A":"a,b","B":"say \"x\"","C":"1\r\n2\n3\r4","D":" é "}`)},
			"A,B,C,D\r\n\"a,b\",\"say \"\"x\"\"\",\"1\r\n2\n3\r4\", é \r\n"},
		{"a lone empty value is not a blank line", []answer{page("", `{"A":null}`, `{"A":"x"}`)}, "A\r\n\"\"\r\nx\r\n"},
		{"a missing property is an empty cell", []answer{page("", `{"A":"1","B":"2"}`, `{"B":"3"}`)}, "A,B\r\n1,2\r\n,3\r\n"},
		{"a record with only annotations does not count", []answer{page("", `{"@odata.etag":"1"}`, `{}`, `{"A":"1"}`)}, "A\r\n1\r\n"},
		{"an empty page between others is skipped", []answer{page(second), page("", `{"A":"1"}`)}, "A\r\n1\r\n"},
		{"a late column is named at the end, and causes no new calls", []answer{page(second, `{"A":"1"}`), page("", `{"A":"2","B":"3"}`, `{"C":"4"}`)},
			"A,B,C\r\n1\r\n2,3\r\n,,4\r\n"},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			s, into := &server{answers: tt.pages}, &msapitest.Sink{}
			if err := fetch(t, s, into); err != nil {
				t.Fatal(err)
			}
			if into.String() != tt.csv || into.Resets != 0 || len(s.calls) != len(tt.pages) {
				t.Errorf("got  %q after %d resets and %d calls\nwant %q", into, into.Resets, len(s.calls), tt.csv)
			}
		})
	}
}

func TestFailures(t *testing.T) {
	refusal := func(status int, exception, text string) answer {
		return answer{status: status, body: fmt.Sprintf(`{"error":{"code":"Forbidden","message":"Invalid Operation","details":[{"code":"Client","target":"","message":%q}],`+
			`"innererror":{"message":"Invalid Operation","internalexception":{"message":%q}}}}`, "|"+exception+"|"+text, text)}
	}
	var wide strings.Builder
	for i := range 2001 {
		fmt.Fprintf(&wide, `,"C%d":1`, i)
	}
	tests := []struct {
		rule    string
		answers []answer
		class   run.Class
		message string
		calls   int
	}{
		{"no records count as no data", []answer{page("")}, run.NoData, "No report information for contoso.onmicrosoft.com.", 1},
		{"null counts as no data", []answer{{body: `{"value":null}`}}, run.NoData, "No report information", 1},
		{"records with only annotations count as no data", []answer{page("", `{"@odata.etag":"1"}`, `{}`)}, run.NoData, "No report information", 1},
		{"endless columns", []answer{page("", "{"+wide.String()[1:]+"}")}, run.MalformedReport, "more than 2000 columns", 1},
		{"a record that is not an object", []answer{page("", `{"A":1}`, `"x"`)}, run.MalformedReport, "a record is not an object", 1},
		{"a value that is not a list", []answer{{body: `{"value":{"A":1}}`}}, run.MalformedReport, "not a list of records", 1},
		{"a page without a value counts as no data", []answer{{body: `{"adminapi.warnings@odata.type":"#Collection(String)","@adminapi.warnings":[]}`}}, run.NoData, "No report information", 1},
		{"a page that links to itself", []answer{page(front+"?2", `{"A":1}`)}, run.ServiceFault, "circle", 2},
		{"a next page at another host", []answer{page("https://outlook.office365.com.fabrikam.example/x", `{"A":1}`)}, run.ServiceFault, "another host", 1},
		{"a redirect to another domain", []answer{{status: 302, header: http.Header{"Location": {"https://outlook.fabrikam.example/t0k3n"}}}},
			run.ServiceFault, `redirected to "outlook.fabrikam.example"`, 1},
		{"a missing role", []answer{refusal(403, "Microsoft.Exchange.CmdletNotAllowedException", "The cmdlet isn't present in the role definition of the current user.")},
			run.RoleMissing, "Forbidden: The cmdlet isn't present", 1},
		{"a role that is not sufficient", []answer{refusal(403, "Microsoft.Exchange.CmdletAccessDeniedException", "The role assigned to application x isn't supported in this scenario.")},
			run.RoleMissing, "The role assigned to application x", 1},
		{"a tenant without Exchange", []answer{refusal(403, "Microsoft.Exchange.X", "Request not applicable to target tenant.")}, run.NotLicensed, "no subscription", 1},
		{"a cmdlet that is not accepted", []answer{refusal(400, "Microsoft.Exchange.X", "Invalid cmdlet parameters specified.")}, run.ServiceFault, "Invalid cmdlet parameters", 1},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			s := &server{answers: tt.answers}
			f := runtest.WantFailure(t, fetch(t, s, &msapitest.Sink{}), tt.class)
			if f.Transient || !strings.Contains(f.Message, tt.message) || strings.Contains(f.Message, "|") || len(s.calls) != tt.calls {
				t.Errorf("%d calls, want %d; %+v", len(s.calls), tt.calls, f)
			}
		})
	}
}

// Its records were already passed on: the run asks again, as after any temporary failure.
func TestABodyThatBreaksOff(t *testing.T) {
	s := &server{answers: []answer{{header: http.Header{"Content-Length": {"99"}}, body: `{"value":[{"A":"1"},`}}}
	if f := runtest.WantFailure(t, fetch(t, s, &msapitest.Sink{}), run.ServiceFault); !f.Transient || len(s.calls) != 1 {
		t.Errorf("%d calls, %+v", len(s.calls), f)
	}
}

func TestTheSinksErrorIsItsOwn(t *testing.T) {
	full := errors.New("disk is full")
	s := &server{answers: []answer{page(front+"?2", `{"A":"1"}`), page("", `{"A":"2"}`)}}
	if err := fetch(t, s, &msapitest.Sink{Err: full}); !errors.Is(err, full) || len(s.calls) != 1 {
		t.Errorf("got %v after %d calls", err, len(s.calls))
	}
}

func TestWarningsAreLoggedOnce(t *testing.T) {
	warn := func(next string) answer {
		return answer{body: `{"@adminapi.warnings":["More results\n are available.","` + strings.Repeat("é", 600) + `"],"value":[{"A":1}]` + next + `}`}
	}
	s := &server{answers: []answer{warn(`,"@odata.nextLink":"` + front + `?2"`), warn("")}}
	call, err := report.Parse("Get-MailFlowStatusReport")
	if err != nil {
		t.Fatal(err)
	}
	var lines bytes.Buffer
	f := exchange.New(start(t, s, tokens{}), slog.New(slog.NewTextHandler(&lines, nil)))
	if err := f.Fetch(t.Context(), contoso, call, "2026-11-24", &msapitest.Sink{}); err != nil {
		t.Fatal(err)
	}
	got := lines.String()
	if strings.Count(got, "level=WARN") != 2 || !strings.Contains(got, `msg="Exchange warns: More results are available." customer=contoso.onmicrosoft.com`) ||
		strings.Count(got, "é") != 499 {
		t.Errorf("logged %s", got)
	}
}

func TestProbe(t *testing.T) {
	probe := func(t *testing.T, s *server, failure error) error {
		return exchange.New(start(t, s, tokens{failure}), nil).Probe(t.Context(), contoso)
	}
	t.Run("asks for one small page", func(t *testing.T) {
		s := &server{answers: []answer{page(front+"?2", `{"Name":"contoso"}`)}}
		if err := probe(t, s, nil); err != nil || !slices.Equal(s.calls, []string{"POST " + front}) ||
			s.bodies[0] != `{"CmdletInput":{"CmdletName":"Get-OrganizationConfig","Parameters":{}}}` {
			t.Errorf("got %v after %q, %q", err, s.calls, s.bodies)
		}
	})
	t.Run("returns a refusal", func(t *testing.T) {
		runtest.WantFailure(t, probe(t, &server{answers: []answer{{status: 403}}}, nil), run.RoleMissing)
	})
	t.Run("returns the refusal of a token", func(t *testing.T) {
		s := &server{}
		if runtest.WantFailure(t, probe(t, s, &run.Failure{Class: run.ConsentMissing}), run.ConsentMissing); len(s.calls) != 0 {
			t.Errorf("called %q", s.calls)
		}
	})
}

func TestSelectObjectChoosesTheColumns(t *testing.T) {
	call, err := report.Parse("Get-MailTrafficSummaryReport | Select-Object c2,C1,Nothing")
	if err != nil {
		t.Fatal(err)
	}
	s, into := &server{answers: []answer{page(front+"?2", `{"C1":"a","C2":"b"}`), page("", `{"C3":"c","C2":"d"}`)}}, &msapitest.Sink{}
	if err := exchange.New(start(t, s, tokens{}), nil).Fetch(t.Context(), contoso, call, "2026-11-24", into); err != nil {
		t.Fatal(err)
	}
	if want := "c2,C1,Nothing\r\nb,a,\r\nd,,\r\n"; into.String() != want || len(s.calls) != 2 || strings.Contains(s.bodies[0], "Select") {
		t.Errorf("got %q after %q, want %q", into, s.bodies, want)
	}
}
