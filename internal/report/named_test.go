package report_test

import (
	"strings"
	"testing"

	"tenantrollup/internal/report"
)

func TestParseList(t *testing.T) {
	tests := []struct{ rule, text, want string }{
		{"a name before the call", "mailbox-activity=getMailboxUsageMailboxCounts(period='D7')",
			"mailbox-activity: getMailboxUsageMailboxCounts(period='D7')"},
		{"the function's name if none is given", "getMailboxUsageDetail(period='D7')",
			"getMailboxUsageDetail: getMailboxUsageDetail(period='D7')"},
		{"a name for a call without parentheses", "licences = getOffice365ActivationCounts",
			"licences: getOffice365ActivationCounts"},
		{"several, on several lines", "a=getEmailActivityCounts(period='D7') ;\n b=getEmailActivityUserDetail(date={today-3});\n getTeamsTeamCounts(period='D30')",
			"a: getEmailActivityCounts(period='D7')\nb: getEmailActivityUserDetail(date={today-3})\ngetTeamsTeamCounts: getTeamsTeamCounts(period='D30')"},
		{"access, under its own name and under another", "access;rights=access",
			"access: access\nrights: access"},
		{"one call under two names", "week=getEmailActivityCounts(period='D7');Week-2=getEmailActivityCounts(period='D7')",
			"week: getEmailActivityCounts(period='D7')\nWeek-2: getEmailActivityCounts(period='D7')"},
		{"a cmdlet with and without a name", "flow=Get-MailFlowStatusReport -StartDate {today-2}; Get-MxRecordReport -Domain contoso.com",
			"flow: Get-MailFlowStatusReport -StartDate {today-2}\nGet-MxRecordReport: Get-MxRecordReport -Domain contoso.com"},
		{"a retired cmdlet's own name", "Get-MailboxActivityReport -StartDate {today-8} -EndDate {today-2}",
			"Get-MailboxActivityReport: Get-MailboxActivityReport -ReportType Daily -StartDate {today-8} -EndDate {today-2}"},
		{"separators in quotes and lists belong to the cmdlet", `Get-X -Filter "a=b;c" -List @('d;e','f''=;g') ; n=Get-X -Filter 'h=i;j'`,
			"Get-X: Get-X -Filter 'a=b;c' -List @('d;e','f''=;g')\nn: Get-X -Filter 'h=i;j'"},
		{"short names, and one with another name", "licenses;MFA; seats=Licenses ;storage",
			"licenses: /subscribedSkus\nmfa: /reports/authenticationMethods/userRegistrationDetails?$top=999\nseats: /subscribedSkus\nstorage: getSharePointSiteUsageDetail(period='D7')"},
		{"collections, with and without a name", "/users?$select=id&$top=9;g=GET /v1.0/groups?$filter=displayName eq 'a;b=c'; /directory/subscriptions",
			"users: /users?$select=id&$top=9\ng: /groups?$filter=displayName eq 'a;b=c'\nsubscriptions: /directory/subscriptions"},
		{"a semicolon in parentheses belongs to the collection", "/groups?$expand=members($select=id;$top=5);/sites?search=*",
			"groups: /groups?$expand=members($select=id;$top=5)\nsites: /sites?search=*"},
		{"an equals sign in a bare value does not follow a name", "Get-X -Filter a=b;n=Get-X -Filter a=b",
			"Get-X: Get-X -Filter 'a=b'\nn: Get-X -Filter 'a=b'"},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			list, err := report.ParseList(test.text)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, named := range list {
				got = append(got, named.Name+": "+named.Call.String())
			}
			if strings.Join(got, "\n") != test.want {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), test.want)
			}
		})
	}
}

func TestParseListRefuses(t *testing.T) {
	const empty = `an entry is empty: want [name=]call between every two ";", such as getMailboxUsageDetail(period='D7')`
	tests := []struct{ rule, text, want string }{
		{"an empty list", "", empty},
		{"an empty entry", "getTeamsTeamCounts(period='D7');", empty},
		{"a name without a call", "week=",
			`call "": empty: want a usage report of Graph v1.0, such as getMailboxUsageDetail(period='D7'), a collection, such as /users?$select=id,displayName&$top=500, or a cmdlet, such as ` +
				`Get-MailTrafficSummaryReport -Category TopMailSender -StartDate {today-2} -EndDate {today-1}`},
		{"a name that is not fit for a blob", "my week/1=getTeamsTeamCounts(period='D7')",
			`report name "my week/1": want 1 to 64 letters, digits, "-" or "_"`},
		{"a name twice, in different case", "week=getTeamsTeamCounts(period='D7');Week=getEmailActivityCounts(period='D7')",
			`two reports are named "Week" (upper and lower case count as the same): name one of them, as in other-name=getEmailActivityCounts(period='D7')`},
		{"a default name twice", "getTeamsTeamCounts(period='D7');getTeamsTeamCounts(period='D30')",
			`two reports are named "getTeamsTeamCounts" (upper and lower case count as the same): name one of them, as in other-name=getTeamsTeamCounts(period='D30')`},
		{"the name of our own report, in another case", "Access=getTeamsTeamCounts(period='D7')",
			`report name "Access": it belongs to our own report (upper and lower case count as the same): want another, as in other-name=getTeamsTeamCounts(period='D7')`},
		{"that name in capitals, even for our own report", "ACCESS=access",
			`report name "ACCESS": it belongs to our own report (upper and lower case count as the same): want another, as in other-name=access`},
		{"the name of our own report as a path's last segment", "/x/Access",
			`report name "Access": it belongs to our own report (upper and lower case count as the same): want another, as in other-name=/x/Access`},
		{"separators inside quotes don't separate", "a=getTeamsTeamCounts(period='D7;b=c')",
			`call "getTeamsTeamCounts(period='D7;b=c')": period "D7;b=c": want D7, D30, D90 or D180`},
		{"separators inside parentheses don't separate", "getTeamsTeamCounts(period=D7;a=b)",
			`call "getTeamsTeamCounts(period=D7;a=b)": period "D7;a=b": want D7, D30, D90 or D180`},
		{"every mistake at once", "a b=getNothing; ;getTeamsTeamCounts(period='D8')",
			`report name "a b": want 1 to 64 letters, digits, "-" or "_"` + "\n" +
				`call "getNothing": no usage report or short name "getNothing": want one, such as getMailboxUsageDetail(period='D7') or licenses, or a path that begins with "/"` + "\n" +
				empty + "\n" +
				`call "getTeamsTeamCounts(period='D8')": period "D8": want D7, D30, D90 or D180`},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			list, err := report.ParseList(test.text)
			if err == nil || list != nil {
				t.Fatalf("ParseList = %v, %v; want an error alone", list, err)
			}
			if err.Error() != test.want {
				t.Errorf("error\n  %v\nwant\n  %s", err, test.want)
			}
		})
	}
}

func TestValidName(t *testing.T) {
	for _, good := range []string{"mailbox-activity", "A_1", strings.Repeat("n", 64)} {
		if err := report.ValidName(good); err != nil {
			t.Errorf("ValidName(%q): %v", good, err)
		}
	}
	for _, bad := range []string{"", "a/b", "a.b", "a b", "ä", "a\n", strings.Repeat("n", 65)} {
		if report.ValidName(bad) == nil {
			t.Errorf("ValidName(%q) accepts it", bad)
		}
	}
}
