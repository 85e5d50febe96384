package report

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestShortNames(t *testing.T) {
	answered := map[string]bool{}
	for _, short := range ShortNames() {
		t.Run(short.Name+" is a call that runs, and says what it needs", func(t *testing.T) {
			call, err := Parse(strings.ToUpper(short.Name))
			if err != nil {
				t.Fatal(err)
			}
			if call.String() != short.Call {
				t.Errorf("its call is %s, and in the table %s", call, short.Call)
			}
			if _, known := call.Needs(); !known {
				t.Error("its permissions are unknown")
			}
			if err := ValidName(short.Name); err != nil || short.Name != strings.ToLower(short.Name) {
				t.Error("its name is not a valid report name")
			}
			if !strings.HasSuffix(short.Question, "?") || short.Gives == "" || !strings.HasPrefix(short.Source, "learn.microsoft.com/graph/api/") {
				t.Errorf("%+v", short)
			}
			if _, function := catalogue[short.Name]; function || verb.MatchString(short.Name) {
				t.Error("its name is already used")
			}
			answered[call.Resource()] = true
		})
	}
	for path := range neededBy {
		if !answered[path] {
			t.Errorf("the permissions of %s are known, but no short name uses it", path)
		}
	}
}

func TestNeeds(t *testing.T) {
	tests := []struct {
		rule, text, needs string
		known             bool
	}{
		{"a usage report", "getMailboxUsageDetail(period='D7')", "Reports.Read.All", true},
		{"Copilot's", "getMicrosoft365CopilotUserCountTrend(period='D7')", "Reports.Read.All", true},
		{"a retired cmdlet is a usage report", "Get-MailboxActivityReport -StartDate {today-8} -EndDate {today-2}", "Reports.Read.All", true},
		{"a cmdlet", "Get-MxRecordReport", "Exchange.ManageAsApp", true},
		{"our own report", "access", "", true},
		{"licences need what every report needs", "licenses", "Organization.Read.All", true},
		{"accounts", "users", "User.Read.All", true},
		{"their last sign-in needs one more", "sign-in-activity", "User.Read.All AuditLog.Read.All", true},
		{"so does a filter by it", "/users?$filter=signInActivity/lastSignInDateTime le {today-90}T00:00:00Z", "User.Read.All AuditLog.Read.All", true},
		{"roles, and the names of who has them", "admins", "RoleManagement.Read.Directory User.Read.All", true},
		{"a known path with other columns", "/Domains?$select=id", "Domain.Read.All", true},
		{"another path", "/groups", "", false},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			call, err := Parse(test.text)
			if err != nil {
				t.Fatal(err)
			}
			permissions, known := call.Needs()
			var names []string
			for _, p := range permissions {
				names = append(names, p.Name)
			}
			if strings.Join(names, " ") != test.needs || known != test.known {
				t.Errorf("Needs() = %q, %t", names, known)
			}
		})
	}
}

func TestNeededNamesEachPermissionOnce(t *testing.T) {
	list, err := ParseList("licenses;mfa;logins=sign-in-activity;/groups;Get-MxRecordReport;access")
	if err != nil {
		t.Fatal(err)
	}
	needs, unknown := Needed(list)
	var got []string
	for _, n := range needs {
		got = append(got, fmt.Sprintf("%s of %s for %s", n.Name, n.API.Name, strings.Join(n.For, ",")))
	}
	want := []string{
		"Organization.Read.All of Microsoft Graph for licenses",
		"AuditLog.Read.All of Microsoft Graph for mfa,logins",
		"User.Read.All of Microsoft Graph for logins",
		"Exchange.ManageAsApp of Office 365 Exchange Online for Get-MxRecordReport",
	}
	if !slices.Equal(got, want) || len(unknown) != 1 || unknown[0].Name != "groups" {
		t.Errorf("Needed = %q, unknown %v", got, unknown)
	}
}

func TestGranted(t *testing.T) {
	for _, name := range []string{"User.Read.All", "Directory.Read.All", "User.ReadWrite.All"} {
		if !accounts.Granted([]string{"Reports.Read.All", name}) {
			t.Errorf("%s doesn't allow what %s does", name, accounts.Name)
		}
	}
	if !cmdlets.Granted([]string{"Exchange.Manage"}) {
		t.Error("a delegated permission doesn't count")
	}
	if accounts.Granted([]string{"Reports.Read.All"}) || accounts.Granted(nil) {
		t.Error("something else counts as granted")
	}
}

func TestPermissionNotes(t *testing.T) {
	for text, want := range map[string]string{
		"licenses":         "/subscribedSkus needs Organization.Read.All from each customer. A customer that has not granted it has no data.",
		"sign-in-activity": "/users needs User.Read.All and AuditLog.Read.All from each customer. A customer that has not granted it has no data.",
		"/groups":          "/groups needs a permission from each customer, which its page in Graph's documentation names. Declare it, and have the customers consent again.",
	} {
		call, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if notes := call.Notes(); !slices.Equal(notes, []string{want}) {
			t.Errorf("%s: %q", text, notes)
		}
	}
}

// written are the calls in what people are told to write.
var written = regexp.MustCompile(`/[A-Za-z/]+(?:_v2)?(?:\([^)]*\))?(?:\?\$\S+(?: ge \{today-1\}T00:00:00Z)?)?|get[A-Za-z0-9]+\(period='D7'\)`)

func TestWhatIsSuggestedInsteadOfAForeignCommandRuns(t *testing.T) {
	var told []string
	for _, a := range answers {
		told = append(told, a.instead)
	}
	for _, f := range families {
		told = append(told, f.instead)
	}
	told = append(told, pstnCalls)
	for _, name := range []string{"Get-ComplianceCase", "Get-Label", "Get-ProtectionAlert"} {
		told = append(told, insteadOfCompliance(name))
	}
	for _, instead := range told {
		first, _, _ := strings.Cut(instead, ",")
		_, short := shortNames.find(first)
		calls := written.FindAllString(instead, -1)
		for _, text := range calls {
			if _, err := Parse(strings.TrimSuffix(text, ",")); err != nil {
				t.Error(err)
			}
		}
		if !short && len(calls) == 0 && first != Access && !strings.Contains(instead, cmdletExample) {
			t.Errorf("%q names no call", instead)
		}
	}
}

func TestEveryDocumentedPathIsKnown(t *testing.T) {
	for _, path := range slices.Sorted(maps.Keys(neededBy)) {
		if documentedPath(strings.ToUpper(path)) != path {
			t.Errorf("%s is not found in capitals", path)
		}
	}
}

func TestEveryPermissionHasItsID(t *testing.T) {
	all := []Permission{NameAndDomain, ConcealedNames, UsageReports, cmdlets, auditLog}
	for _, permissions := range neededBy {
		all = append(all, permissions...)
	}
	for _, p := range all {
		for _, name := range append([]string{p.Name}, p.stronger...) {
			if id := permissionIDs[name][0]; PermissionName(id, false) != name || id == "" {
				t.Errorf("%s has the id %q", name, id)
			}
		}
		if id := permissionIDs[p.Delegated][1]; PermissionName(id, true) != p.Delegated || id == "" {
			t.Errorf("%s has the id %q for an app with a user", p.Delegated, id)
		}
	}
	if name := PermissionName("00000000-0000-0000-0000-000000000000", false); name != "" {
		t.Errorf("an unknown id is %s's", name)
	}
}
