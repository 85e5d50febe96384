// Package config reads and checks every setting before anything starts, and reports
// all mistakes together. Each names the variable, its value unless it may be a
// secret, and what is accepted. A Config that Load returned needs no further
// checks. Values are trimmed, unless others read them as they are, and an empty one
// counts as unset. Secrets redact themselves wherever a Config is printed.
//
// It exports more names than most packages because a Config's fields have types.
package config

import (
	"slices"
	"strings"
	"time"

	"tenantrollup/internal/report"
)

// Config is what Load accepted, in canonical form.
type Config struct {
	PartnerTenantID  string // a GUID in lower case
	PartnerClientID  string // a GUID in lower case
	Auth             AuthMode
	KeyVaultURL      string         // https://<vault>.<suffix>, nothing after the host; empty only where Auth needs none, or Credential is set
	Credential       Credential     // from LoadByHand only
	Reports          []report.Named // at least one
	Schedule         Schedule
	Storage          Storage // LoadByHand: may be the zero value
	ReportsContainer string
	Customers        Customers
	Include          []string      // tenant ids and domains, lower case, sorted; empty: all customers
	Exclude          []string      // likewise; empty: none
	Concurrency      int           // customers in flight
	ExecutionBudget  time.Duration // the longest slice of a run
	NotifyWebhookURL Secret        // empty: nobody is notified
	Cloud            Cloud
	Warnings         []string // what is wrong with settings that a night does not need
}

// AuthMode is how the partner's app authenticates.
type AuthMode string

// The values of PARTNER_AUTH.
const (
	AuthCertificate  AuthMode = "certificate"
	AuthSecret       AuthMode = "secret"
	AuthFederated    AuthMode = "federated"     // the function's managed identity as the app's federated credential
	AuthRefreshToken AuthMode = "refresh-token" // secure application model: the app and the partner's user
)

const defaultReports = "mailbox-activity=getMailboxUsageMailboxCounts(period='D7')"

// Load reads the settings through getenv, which is os.Getenv except in tests.
// variables are the names of all that are set: one that looks like a misspelt
// setting is a mistake. functionTimeout is host.json's (ReadHost); a report that
// Microsoft does not answer today is a mistake. The error is Mistakes.
func Load(getenv func(string) string, variables []string, functionTimeout time.Duration, today report.Date) (Config, error) {
	return (&reader{getenv: getenv}).load(variables, functionTimeout, today)
}

func (r *reader) load(variables []string, functionTimeout time.Duration, today report.Date) (Config, error) {
	cloud := r.cloud()
	c := Config{
		PartnerTenantID:  r.guid("PARTNER_TENANT_ID", "the partner's tenant id"),
		PartnerClientID:  r.guid("PARTNER_CLIENT_ID", "the app's client id"),
		Auth:             r.auth(),
		KeyVaultURL:      r.keyVault(cloud),
		Credential:       r.credential(),
		Reports:          r.reports(cloud, today),
		Schedule:         r.schedule(),
		Storage:          r.storage(cloud),
		ReportsContainer: r.container(),
		Customers:        r.customers(),
		Include:          r.customerFilter("CUSTOMERS_INCLUDE"),
		Exclude:          r.customerFilter("CUSTOMERS_EXCLUDE"),
		Concurrency:      r.concurrency(),
		ExecutionBudget:  r.budget(functionTimeout),
		NotifyWebhookURL: r.webhook(),
		Cloud:            cloud,
	}
	r.checkNames(variables)
	r.checkProxy()
	c.Warnings = r.warnings
	if len(r.mistakes) > 0 {
		return Config{}, r.mistakes
	}
	return c, nil
}

func (r *reader) auth() AuthMode {
	switch mode := r.authMode(); mode {
	case AuthCertificate, AuthSecret, AuthFederated, AuthRefreshToken:
		return mode
	}
	r.refuse("PARTNER_AUTH", r.get("PARTNER_AUTH"), "accepted: certificate, secret, federated, refresh-token")
	return ""
}

func (r *reader) reports(cloud Cloud, today report.Date) []report.Named {
	value := r.get("REPORTS")
	switch {
	case value == "":
		value = defaultReports
	case isReference(value):
		r.refuseUnshown("REPORTS", unresolved)
		return nil
	}
	list, err := report.ParseList(value)
	if err != nil {
		for line := range strings.SplitSeq(err.Error(), "\n") {
			r.mistake("REPORTS: " + line)
		}
		return nil
	}
	for _, named := range list {
		if cloud.ReportHostSuffix == "" && named.Call.Kind() == report.Graph {
			r.refuse("REPORTS", named.Call.String(), "Microsoft offers usage reports in the public cloud (GCC included) only, not in CLOUD="+
				cloud.Name+"; "+report.Access+", Graph's collections and Exchange's cmdlets run there")
		} else if err := named.Call.AnswerableOn(today, today); err != nil {
			r.mistake("REPORTS: " + err.Error())
		}
	}
	return list
}

// list splits a setting at its commas, lower-cases, sorts and dedupes it. An empty
// entry is a mistake: if it were ignored, CUSTOMERS_INCLUDE="," would mean every
// customer.
func (r *reader) list(name string) []string {
	value := r.get(name)
	switch {
	case value == "":
		return nil
	case isReference(value):
		r.refuseUnshown(name, unresolved)
		return nil
	}
	entries := strings.Split(strings.ToLower(value), ",")
	for i := range entries {
		entries[i] = strings.TrimSpace(entries[i])
	}
	if slices.Contains(entries, "") {
		r.refuse(name, value, "an entry is empty: want a value between every two commas")
		return nil
	}
	slices.Sort(entries)
	return slices.Compact(entries)
}
