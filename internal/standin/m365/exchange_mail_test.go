package m365_test

import (
	"strings"
	"testing"

	"tenantrollup/internal/standin/m365"
)

func TestAnAnswerIsCutWithoutALink(t *testing.T) {
	l := start(t, m365.Options{Customers: 1, Today: due, Records: map[int]int{0: 5500}})
	tenant := l.Customers()[0].TenantID
	const (
		details = "Get-MailDetailATPReport"
		traces  = "Get-MessageTraceV2"
	)
	for _, test := range []struct {
		cmdlet, parameters string
		records            int
		warns              bool
	}{
		{details, `{}`, 1000, false},
		{details, `{"PageSize":5000}`, 5000, false},
		{details, `{"PageSize":5000,"Page":2}`, 500, false},
		{traces, `{}`, 1000, true},
		{traces, `{"ResultSize":5000}`, 5000, true},
		{traces, `{"ResultSize":5000,"StartDate":"2026-11-22","EndDate":"2026-11-22T23:59:59Z","StartingRecipientAddress":"mailbox1"}`, 5000, true},
		{traces, `{"ResultSize":5000,"StartDate":"2026-11-22","EndDate":"2026-11-22T23:50:00Z"}`, 3700, false},
	} {
		t.Run(test.cmdlet+test.parameters, func(t *testing.T) {
			got, pages := l.collect(l.cmdletCall(tenant, test.cmdlet, test.parameters))
			if warns := strings.Contains(strings.Join(pages[0].Warnings, ""), "use the following command"); len(got) != test.records || warns != test.warns {
				t.Errorf("%d records, warnings %q", len(got), pages[0].Warnings)
			}
		})
	}
	for _, call := range []struct{ cmdlet, parameters string }{{details, `{"PageSize":5001}`}, {traces, `{"ResultSize":5001}`}, {traces, `{"Page":2}`}, {traces, `{"StartDate":"2026-11-01","EndDate":"2026-11-12"}`}} {
		if a := l.run(l.cmdletCall(tenant, call.cmdlet, call.parameters)); a.status != 400 {
			t.Errorf("%v: got %d %s", call, a.status, a.body)
		}
	}
}

func TestANextLinkIsRefused(t *testing.T) {
	l := start(t, m365.Options{Customers: 1, Today: due, Tuning: m365.Tuning{Times: 1}})
	tenant := l.Customers()[0].TenantID
	for fault, second := range map[m365.Fault]int{m365.ExchangeLinkExpires: 200, m365.ExchangeLinkRefused: 400} {
		l.SetFault(0, fault)
		call := l.cmdletCall(tenant, trafficCmdlet, "{}")
		call.address = strings.Replace(l.run(call).find("@odata.nextLink"), ":446", "", 1)
		if a := l.run(call); a.status != 400 || !strings.Contains(a.inner(), "Expired or Invalid pagination request") {
			t.Errorf("%s: got %d %s", fault, a.status, a.body)
		}
		if a := l.run(call); a.status != second {
			t.Errorf("%s again: got %d %s", fault, a.status, a.body)
		}
	}
}
