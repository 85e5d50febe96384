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
)

// limited is an Exchange whose cmdlet has so many records, and cuts its answer as
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

func TestAnAnswerIsWholeOrSaidNotToBe(t *testing.T) {
	const maxed = "may be more"
	tests := []struct {
		line          string
		has, standard int
		rows, calls   int
		warns         string
	}{
		{"Get-MailDetailATPReport", 1602, 1000, 1602, 1, ""},
		{"Get-MailDetailATPReport", 1000, 1000, 1000, 1, ""},
		{"Get-MailDetailATPReport", 999, 1000, 999, 1, ""},
		{"Get-MailDetailATPReport", 5000, 1000, 5000, 2, ""},
		{"Get-MailDetailATPReport", 7200, 1000, 7200, 2, ""},
		{"Get-QuarantineMessage", 1602, 100, 1602, 2, ""},
		{"Get-Mailbox", 7200, 1000, 7200, 1, ""},
		{"Get-MessageTraceV2", 9000, 1000, 5000, 1, maxed},
		{"Get-MessageTraceV2", 4999, 1000, 4999, 1, ""},
		{"Get-MailDetailATPReport -PageSize 20 -Page 2", 1602, 1000, 20, 1, ""},
		{"Get-RecoverableItems -Identity x", 1000, 1000, 1000, 1, maxed},
		{"Get-Mailbox -ResultSize 30", 7200, 1000, 30, 1, ""},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.line, " of ", tt.has), func(t *testing.T) {
			call, err := report.Parse(tt.line)
			if err != nil {
				t.Fatal(err)
			}
			service, into, log := &limited{has: tt.has, standard: tt.standard}, &msapitest.Sink{}, &bytes.Buffer{}
			f := New(msapi.NewClient("outlook.office365.com", &http.Client{Transport: service}, &msapitest.Tokens{}), slog.New(slog.NewTextHandler(log, nil)))
			if err := f.Fetch(t.Context(), fabrikam, call, report.DateOf(time.Now()), into); err != nil {
				t.Fatal(err)
			}
			lines := strings.Fields(into.String())[1:]
			slices.Sort(lines)
			if rows := len(slices.Compact(lines)); rows != tt.rows || len(service.asked) != tt.calls || strings.Contains(log.String(), maxed) != (tt.warns != "") {
				t.Errorf("%d records in %d calls, want %d in %d; log %q; asked %v", rows, len(service.asked), tt.rows, tt.calls, log, service.asked)
			}
		})
	}
}
