package exchange

import (
	"io"
	"slices"
	"testing"

	"tenantrollup/internal/msapi/msapitest"
	"tenantrollup/internal/run"
)

const traces = "Get-MessageTraceV2 -StartDate {today-2} -EndDate {today-1}"

func traced(more, records string) msapitest.Answer {
	return msapitest.Answer{Status: 200, Body: `{"@adminapi.warnings":[` + more + `],"value":[` + records + `]}`}
}

func TestTheCursorLeadsOn(t *testing.T) {
	const (
		more  = `"There are more results, use the following command to get more."`
		one   = `{"Received":"2026-11-22T10:00:00Z","RecipientAddress":"a","MessageTraceId":"1"}`
		two   = `{"Received":"2026-11-22T10:00:00Z","RecipientAddress":"b","MessageTraceId":"2"}`
		first = "Received,RecipientAddress,MessageTraceId\r\n2026-11-22T10:00:00Z,a,1\r\n"
	)
	for _, tt := range []struct {
		rule    string
		answers []msapitest.Answer
		csv     string
		calls   int
		cut     bool
	}{
		{"to what is said to be missing, without what is known", []msapitest.Answer{traced(more, one), traced("", one+","+two)},
			first + "2026-11-22T10:00:00Z,b,2\r\n", 2, false},
		{"but not where an answer has nothing new", []msapitest.Answer{traced(more, one), traced(more, one)}, first, 2, true},
		{"nor from a record without a recipient", []msapitest.Answer{traced(more, one+`,{"Received":"2026-11-22T09:00:00Z","MessageTraceId":"3"}`)},
			first + "2026-11-22T09:00:00Z,,3\r\n", 1, true},
		{"and one answer may have two equal records", []msapitest.Answer{traced("", one+","+one)}, first + "2026-11-22T10:00:00Z,a,1\r\n", 1, false},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			service := &msapitest.Service{Answers: tt.answers}
			into, err := gather(t, service, traces, io.Discard)
			if err != nil || into.String() != tt.csv || len(service.Calls) != tt.calls || slices.Contains(into.Warned, run.WarnTruncated) != tt.cut {
				t.Errorf("got %q in %d calls, %v; warned of %q", into, len(service.Calls), err, into.Warned)
			}
		})
	}
}
