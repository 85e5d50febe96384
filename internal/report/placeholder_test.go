package report_test

import (
	"testing"

	"tenantrollup/internal/report"
)

func TestFollowsDate(t *testing.T) {
	for text, want := range map[string]bool{
		"getEmailActivityUserDetail(date={today})":                             true,
		"getEmailActivityUserDetail(date=2026-11-20)":                          false,
		"getEmailActivityUserDetail(period='D7')":                              false,
		"Get-MailFlowStatusReport -StartDate {today-2}":                        true,
		"Get-MailFlowStatusReport -StartDate 2026-11-20":                       false,
		"Get-MailFlowStatusReport":                                             false,
		"Get-MailboxActivityReport -StartDate {today-8} -EndDate {today-2}":    true,
		"Get-MailboxUsageDetailReport -StartDate {today-8} -EndDate {today-2}": false, // its answer is of the present
		report.Access: false,
	} {
		call, err := report.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := call.FollowsDate(); got != want {
			t.Errorf("%s follows the date: %t, want %t", text, got, want)
		}
	}
}
