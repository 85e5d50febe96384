package main_test

import (
	"slices"
	"strings"
	"testing"

	"tenantrollup/internal/report"
)

// commands are the lines of a text that declare permissions.
func commands(text string) string {
	var lines strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "role()") || strings.HasPrefix(line, "scope()") || strings.HasPrefix(line, "az ad app permission") || strings.HasPrefix(line, "  \"$(") {
			lines.WriteString(line)
		}
	}
	return lines.String()
}

func TestPermissionsAreWhatTheReportsNeed(t *testing.T) {
	t.Parallel()
	const client = "11111111-2222-4333-8444-555555555555"
	list := []string{"REPORTS=licenses; logins=sign-in-activity; mfa; /groups; Get-MxRecordReport", "PARTNER_CLIENT_ID=" + client}
	text := printed(t, list, "permissions")
	table := strings.Join(strings.Fields(text), " ")
	for _, row := range []string{
		"# Organization.Read.All Microsoft Graph the customer's name and domain, licenses #",
		"# User.Read.All Microsoft Graph logins #",
		"# AuditLog.Read.All Microsoft Graph logins, mfa #",
		"# Exchange.ManageAsApp Office 365 Exchange Online Get-MxRecordReport #",
		"What groups needs is not known here: look up /groups in",
	} {
		if !strings.Contains(table, row) {
			t.Errorf("no %q in\n%s", row, text)
		}
	}
	const want = `role() { az ad sp show --id "$1" --query "appRoles[?value=='$2'].id | [0]" -o tsv; }
az ad app permission add --id "$APP" --api "$GRAPH" --api-permissions \
  "$(role "$GRAPH" Organization.Read.All)=Role" \
  "$(role "$GRAPH" User.Read.All)=Role" \
  "$(role "$GRAPH" AuditLog.Read.All)=Role"
az ad app permission add --id "$APP" --api "$EXCHANGE" --api-permissions \
  "$(role "$EXCHANGE" Exchange.ManageAsApp)=Role"
`
	if got := commands(text); got != want || !strings.Contains(text, "\nAPP="+client+"\n") {
		t.Errorf("it prints\n%s\nwant\n%s", text, want)
	}
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") && !strings.Contains(want, line) && !strings.Contains(line, "=") {
			t.Errorf("%q is neither a comment nor a command", line)
		}
	}
	t.Run("reports on the command line come before those of the settings", func(t *testing.T) {
		if text := printed(t, list, "permissions", "storage"); strings.Contains(text, "AuditLog") || !strings.Contains(text, "Reports.Read.All") || !strings.Contains(text, "# With ReportSettings.Read.All, which is optional,") {
			t.Error(text)
		}
	})
	t.Run("several on the command line are a call each, or the words of one", func(t *testing.T) {
		for words, want := range map[string]string{
			"mfa storage":              "Reports.Read.All",
			"/users /groups":           "User.Read.All",
			"Get-Mailbox -Anr Contoso": "Exchange.ManageAsApp",
		} {
			if text := printed(t, list, slices.Concat([]string{"permissions"}, strings.Fields(words))...); !strings.Contains(text, want) {
				t.Errorf("%s: %s", words, text)
			}
		}
		if _, stderr, code := handler(t, nil, "permissions", "mfa", "storrage"); code != 1 || !strings.Contains(stderr, `call "storrage": no usage report or short name "storrage": did you mean storage?`) {
			t.Errorf("exit code %d: %s", code, stderr)
		}
	})
	t.Run("an app with a user declares delegated permissions", func(t *testing.T) {
		text := printed(t, append(slices.Clone(list), "PARTNER_AUTH=refresh-token"), "permissions")
		if !strings.Contains(commands(text), `"$(scope "$EXCHANGE" Exchange.Manage)=Scope"`) || strings.Contains(text, "role") && !strings.Contains(text, "GDAP role") {
			t.Error(text)
		}
	})
	t.Run("what is not a client id is not printed", func(t *testing.T) {
		if text := printed(t, []string{"PARTNER_CLIENT_ID=x; rm -r ."}, "permissions"); strings.Contains(text, "rm -r") {
			t.Error(text)
		}
	})
}

func TestDeployHasWhatTheProgramPrints(t *testing.T) {
	t.Parallel()
	deploy := document(t, "docs/deploy.md")
	for _, variables := range [][]string{nil, {"PARTNER_AUTH=refresh-token"}} {
		if want := commands(printed(t, variables, "permissions")); !strings.Contains(deploy, "```sh\n"+want+"```\n") {
			t.Errorf("docs/deploy.md does not have\n%s", want)
		}
	}
	rows := map[string][]string{}
	for _, short := range report.ShortNames() {
		for name := range strings.SplitSeq(quoted(t, short.Call), ", ") {
			rows[name] = append(rows[name], "`"+short.Name+"`")
		}
	}
	for name, reports := range rows {
		want := "| " + name + " (Graph) | "
		switch {
		case name == "":
			want = strings.Join(reports, ", ") + " and `access` need nothing else |"
		case name == "`Reports.Read.All`":
			want += "usage reports, " + strings.Join(reports, ", ") + " |"
		default:
			want += strings.Join(reports, ", ") + " |"
		}
		if !strings.Contains(deploy, want) {
			t.Errorf("docs/deploy.md does not have %q", want)
		}
	}
}
