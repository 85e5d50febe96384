package main

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"tenantrollup/internal/config"
	"tenantrollup/internal/report"
)

// permissions writes what each customer has to grant for REPORTS, or for the
// reports in args, and the commands that declare it. All of it is shell:
// explanations are in comments.
func permissions(args []string, getenv func(string) string, out io.Writer) error {
	settings := getenv
	if text := listOf(args); text != "" {
		settings = func(name string) string {
			if name == "REPORTS" {
				return text
			}
			return getenv(name)
		}
	}
	reports, auth, err := config.Asked(settings, report.DateOf(time.Now()))
	if err != nil {
		return withoutSecrets(err)
	}
	needs, unknown := report.Needed(reports)
	_, err = io.WriteString(out, comment(needsTable(needs, auth))+comment(unknownNeeds(unknown))+comment(declareOnly)+
		clientID(getenv("PARTNER_CLIENT_ID"))+declaration(needs, auth)+comment(consentAgain))
	return err
}

// listOf joins arguments as REPORTS has them: as the words of one call if they are
// one, as a cmdlet without quotes is, or else as a call each.
func listOf(args []string) string {
	words := strings.Join(args, " ")
	_, err := report.ParseList(words)
	if err == nil || slices.ContainsFunc(args, func(arg string) bool { return strings.HasPrefix(arg, "-") }) {
		return words
	}
	return strings.Join(args, "; ")
}

const (
	declareOnly  = "\nThe consent address grants all that the app's registration declares, so declare\nthis and nothing else:\n\n"
	consentAgain = "\nA customer that has already consented must consent again to what is new. The\nreport access shows what each customer has not granted.\n"
)

func needsTable(needs []report.Need, auth config.AuthMode) string {
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "Each customer grants\tof\tfor")
	for _, need := range needs {
		why := strings.Join(need.For, ", ")
		if need.Name == report.NameAndDomain.Name {
			why = strings.Join(append([]string{"the customer's name and domain"}, need.For...), ", ")
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", nameOf(need.Permission, auth), need.API.Name, why)
	}
	table.Flush() // into memory
	if slices.ContainsFunc(needs, func(n report.Need) bool { return n.Name == report.UsageReports.Name }) {
		fmt.Fprintf(&text, "\nWith %s, which is optional, access shows which customers conceal names.\n", report.ConcealedNames.Name)
	}
	if auth == config.AuthRefreshToken {
		fmt.Fprintln(&text, "\nThe person who signs in also needs a GDAP role in each customer that allows reading it.")
	} else if len(ofAPI(needs, report.ExchangeAPI)) > 0 {
		fmt.Fprintln(&text, "\nExchange requires one more thing: "+report.RoleForCmdlets+".")
	}
	return text.String()
}

func unknownNeeds(unknown []report.Named) string {
	var text strings.Builder
	for _, named := range unknown {
		fmt.Fprintf(&text, "\nWhat %s needs is not known here: look up %s in\nhttps://learn.microsoft.com/graph/api/overview, and add what its page has under\nPermissions.\n",
			named.Name, named.Call.Resource())
	}
	return text.String()
}

var guid = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

func clientID(id string) string {
	if !guid.MatchString(id) {
		return "APP=${APP:?set APP to the client id of the app}\n"
	}
	return "APP=" + id + "\n"
}

// declaration is the commands that declare the permissions.
func declaration(needs []report.Need, auth config.AuthMode) string {
	lookup, kind, list := "role", "Role", "appRoles"
	if auth == config.AuthRefreshToken {
		lookup, kind, list = "scope", "Scope", "oauth2PermissionScopes"
	}
	var text strings.Builder
	text.WriteString(lookup + `() { az ad sp show --id "$1" --query "` + list + `[?value=='$2'].id | [0]" -o tsv; }` + "\n")
	for _, api := range []struct {
		report.API
		variable string
	}{{report.GraphAPI, "GRAPH"}, {report.ExchangeAPI, "EXCHANGE"}} {
		permissions := ofAPI(needs, api.API)
		if len(permissions) == 0 {
			continue
		}
		fmt.Fprintf(&text, "%s=%s # %s\naz ad app permission add --id \"$APP\" --api \"$%[1]s\" --api-permissions", api.variable, api.ID, api.Name)
		for _, p := range permissions {
			fmt.Fprintf(&text, " \\\n  \"$(%s \"$%s\" %s)=%s\"", lookup, api.variable, nameOf(p, auth), kind)
		}
		text.WriteString("\n")
	}
	return text.String()
}

func ofAPI(needs []report.Need, api report.API) []report.Permission {
	var of []report.Permission
	for _, need := range needs {
		if need.API == api {
			of = append(of, need.Permission)
		}
	}
	return of
}

func nameOf(p report.Permission, auth config.AuthMode) string {
	if auth == config.AuthRefreshToken {
		return p.Delegated
	}
	return p.Name
}

// comment turns the lines of a text into comments.
func comment(text string) string {
	var commented strings.Builder
	for line := range strings.Lines(text) {
		commented.WriteString(strings.TrimRight("# "+line, " \n") + "\n")
	}
	return commented.String()
}
