package exchange

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/msapi"
	"tenantrollup/internal/msapi/msapitest"
	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// limited is an Exchange whose cmdlet has that many records, and cuts its answer as
// the call's parameters and its own default say.
type limited struct {
	has, standard int
	asked         []map[string]any
}

// RoundTrip implements http.RoundTripper.
func (l *limited) RoundTrip(r *http.Request) (*http.Response, error) {
	var sent struct {
		CmdletInput struct{ Parameters map[string]any }
	}
	if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
		return nil, err
	}
	asked := sent.CmdletInput.Parameters
	l.asked = append(l.asked, asked)
	size, from := l.standard, 0
	for _, name := range []string{"PageSize", "ResultSize"} {
		if n, ok := asked[name].(float64); ok {
			size = int(n)
		}
	}
	if asked["ResultSize"] == "Unlimited" {
		size = l.has
	}
	if number, ok := asked["Page"].(float64); ok {
		from = (int(number) - 1) * size
	}
	var values []string
	for i := from; i < min(from+size, l.has); i++ {
		values = append(values, fmt.Sprintf(`{"Id":"r%d"}`, i))
	}
	return &http.Response{StatusCode: 200, Header: http.Header{}, Request: r,
		Body: io.NopCloser(strings.NewReader(`{"value":[` + strings.Join(values, ",") + `]}`))}, nil
}

// gather fetches a call from a service without a network, and returns what came of it.
func gather(t *testing.T, service http.RoundTripper, line string, log io.Writer) (*msapitest.Sink, error) {
	t.Helper()
	call, err := report.Parse(line)
	if err != nil {
		t.Fatal(err)
	}
	into := &msapitest.Sink{}
	f := New(msapi.NewClient("outlook.office365.com", &http.Client{Transport: service}, &msapitest.Tokens{}), slog.New(slog.NewTextHandler(log, nil)))
	return into, f.Fetch(t.Context(), fabrikam, call, report.DateOf(time.Now()), into)
}

func TestAnAnswerIsWholeOrSaidNotToBe(t *testing.T) {
	tests := []struct {
		line          string
		has, standard int
		rows, calls   int
		cut           bool
	}{
		{"Get-MailDetailATPReport", 1602, 1000, 1602, 1, false},
		{"Get-MailDetailATPReport", 1000, 1000, 1000, 2, false},
		{"Get-MailDetailATPReport", 999, 1000, 999, 1, false},
		{"Get-MailDetailATPReport", 5000, 1000, 5000, 2, false},
		{"Get-MailDetailATPReport", 7200, 1000, 7200, 2, false},
		{"Get-MailDetailATPReport", 10_000, 1000, 10_000, 3, true},
		{"Get-MailDetailATPReport -PageSize 20 -Page 2", 1602, 1000, 20, 1, true},
		{"Get-MailDetailATPReport -PageSize 20 -Page 2", 39, 1000, 19, 1, false},
		{"Get-MailDetailATPReport -Page 1", 1602, 1000, 1000, 1, true},
		{"Get-QuarantineMessage", 1602, 100, 1602, 2, false},
		{"Get-Mailbox", 7200, 1000, 7200, 1, false},
		{"Get-Mailbox -ResultSize 30", 7200, 1000, 30, 1, true},
		{"Get-Mailbox -ResultSize Unlimited", 1000, 1000, 1000, 1, false},
		{"Get-RecoverableItems -Identity x", 1000, 1000, 1000, 1, true},
		{"Get-MessageTraceV2", 9000, 1000, 5000, 1, true},
		{"Get-MessageTraceV2", 4999, 1000, 4999, 1, false},
		{"Get-MessageTraceV2 -StartDate {today-2} -EndDate {today-1}", 9000, 1000, 5000, 1, true}, // no record has a link
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.line, " of ", tt.has), func(t *testing.T) {
			service := &limited{has: tt.has, standard: tt.standard}
			into, err := gather(t, service, tt.line, io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Fields(into.String())[1:]
			slices.Sort(lines)
			if rows := len(slices.Compact(lines)); rows != tt.rows || len(service.asked) != tt.calls || len(into.Warned) > 0 != tt.cut {
				t.Errorf("%d records in %d calls, want %d in %d; warned of %q; asked %v", rows, len(service.asked), tt.rows, tt.calls, into.Warned, service.asked)
			}
		})
	}
}

func TestRecordsWithoutPropertiesFillAPageToo(t *testing.T) {
	full := `{"value":[` + strings.Repeat(`{"@odata.etag":"x"},`, 4999) + `{"A":"1"}]}`
	service := &msapitest.Service{Answers: []msapitest.Answer{{Status: 200, Body: full}, {Status: 200, Body: `{"value":[{"A":"2"}]}`}}}
	if into, err := gather(t, service, "Get-MailDetailATPReport", io.Discard); err != nil || into.String() != "A\r\n1\r\n2\r\n" || into.Warned != nil {
		t.Errorf("got %q, %v; warned of %q", into, err, into.Warned)
	}
}

// The answers are of the kind that Exchange gave to Get-Mailbox: see ofPage.
func TestAPageThatIsNotTheLastIsNoCutAnswer(t *testing.T) {
	first := msapitest.Answer{Status: 200, Body: `{"@odata.nextLink":"` + front + `?2","@adminapi.warnings":["` + ofPage +
		` To view them, increase the value for the ResultSize parameter."],"value":[{"A":"1"}]}`}
	for _, tt := range []struct {
		line    string
		answers []msapitest.Answer
		csv     string
		cut     bool
	}{
		{"Get-Mailbox", []msapitest.Answer{first, {Status: 200, Body: `{"@adminapi.warnings":[],"value":[{"A":"2"}]}`}}, "A\r\n1\r\n2\r\n", false},
		{"Get-Mailbox -ResultSize 1", []msapitest.Answer{{Status: 200, Body: `{"@odata.nextLink":"` + front + `?2","value":[{"A":"1"},{"A":"2"}]}`}}, "A\r\n1\r\n2\r\n", true},
		{"Get-Mailbox -ResultSize 1", []msapitest.Answer{first, {Status: 400, Body: `{"error":{"message":"Expired or Invalid pagination request."}}`}}, "A\r\n1\r\n", true},
	} {
		var log bytes.Buffer
		service := &msapitest.Service{Answers: tt.answers}
		into, err := gather(t, service, tt.line, &log)
		if err != nil || into.String() != tt.csv || (into.Warned != nil) != tt.cut || !tt.cut && log.Len() > 0 {
			t.Errorf("%s: %q after %d calls, %v; warned of %q, logged %s", tt.line, into, len(service.Calls), err, into.Warned, &log)
		}
	}
}

func TestMoreResultsAreSaidWhateverElseExchangeWarnsOf(t *testing.T) {
	body := `{"@adminapi.warnings":["1","2","3","4","5","6","There are more results, use the following command to get more. Get-Mailbox -ResultSize 1000"],"value":[{"A":"1"}]}`
	var log bytes.Buffer
	into, err := gather(t, &msapitest.Service{Answers: []msapitest.Answer{{Status: 200, Body: body}}}, "Get-Mailbox", &log)
	if err != nil || !slices.Equal(into.Warned, []run.Class{run.WarnTruncated}) || strings.Count(log.String(), "Exchange warns") != 5 {
		t.Errorf("warned of %q, logged %s, %v", into.Warned, &log, err)
	}
}
