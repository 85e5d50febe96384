package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"tenantrollup/internal/report"
)

// writeOffers writes which questions have a short name, what they need, and what
// else REPORTS may contain.
func writeOffers(out io.Writer) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "question\tREPORTS\twhat you get\tpermission\tlicence of the customer")
	for _, short := range report.ShortNames() {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", short.Question, short.Name, short.Gives, permissionsOf(short), cmp.Or(short.Licence, "-"))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprint(out, `
The permission `+report.NameAndDomain.Name+` is needed for every report, for the customer's name and domain.

REPORTS takes several, separated by ";", each with a name of its own if you like:
  licenses; who-has-no-mfa=mfa
It also takes what Microsoft's documentation has:
  a usage report of Graph      getMailboxUsageDetail(period='D7')
  a path of Graph v1.0         /users?$select=displayName,jobTitle&$top=999
  a cmdlet of Exchange Online  Get-MailTrafficSummaryReport -Category TopMailSender -StartDate {today-2} -EndDate {today-1}
"handler permissions" says what each customer has to grant for them.
`)
	return err
}

// permissionsOf is what a short name's call needs in addition to what every report
// needs.
func permissionsOf(short report.ShortName) string {
	call, err := report.Parse(short.Call)
	if err != nil {
		return err.Error()
	}
	needs, _ := call.Needs()
	var names []string
	for _, p := range needs {
		if p.Name != report.NameAndDomain.Name {
			names = append(names, p.Name)
		}
	}
	return cmp.Or(strings.Join(names, ", "), "-")
}
