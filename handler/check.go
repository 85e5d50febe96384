package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"text/tabwriter"
	"time"

	"tenantrollup/internal/config"
	"tenantrollup/internal/customers"
	"tenantrollup/internal/run"
	"tenantrollup/internal/runstore"
	"tenantrollup/internal/signin"
)

// finding is one line of handler check.
type finding struct {
	Check  string `json:"check"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
	Remedy string `json:"remedy,omitempty"`
}

// errCheck is the reason for the exit code; the findings have been printed.
var errCheck = errors.New("some checks failed")

// check checks everything that can be checked without asking a customer, in the
// cloud or on a laptop, and prints a line for each check.
func check(ctx context.Context, args []string, c console) error {
	flags := flag.NewFlagSet("handler check", flag.ContinueOnError)
	asJSON := flags.Bool("json", false, "print JSON")
	folder := flags.String("out", "", "the `folder` that handler night writes to")
	if err := parse(flags, args, c.stdout); err != nil {
		return err
	}
	findings := look(ctx, c, *folder)
	write := writeTable
	if *asJSON {
		write = writeJSON
	}
	if err := write(c.stdout, findings); err != nil {
		return err
	}
	for _, f := range findings {
		if !f.OK {
			return errCheck
		}
	}
	return nil
}

// look reads the settings as the Functions app does, or as handler night does if
// NIGHTLY_SCHEDULE is not set or a folder is named.
func look(ctx context.Context, c console, out string) []finding {
	byHand := out != "" || c.getenv("NIGHTLY_SCHEDULE") == "" && !underHost(c.getenv)
	a, err := wireFor(ctx, byHand, c, out)
	if mistakes, ok := errors.AsType[config.Mistakes](err); ok {
		var findings []finding
		for _, mistake := range mistakes {
			findings = append(findings, finding{Check: "settings", Detail: mistake})
		}
		if !byHand && !underHost(c.getenv) {
			findings = append(findings, finding{Check: "settings", OK: true, Detail: "as the Functions app reads them, because NIGHTLY_SCHEDULE is set; to check them as handler night reads them, name its folder: handler check -out reports"})
		}
		return findings
	}
	if err != nil {
		return []finding{judge("settings", "", err)}
	}
	defer a.close()
	findings := []finding{{Check: "settings", OK: true, Detail: fmt.Sprintf("%s, sign-in by %s", plural(len(a.config.Reports), "report"), a.config.Auth)}}
	if byHand {
		findings = append(findings, finding{Check: "settings", OK: true, Detail: "as handler night reads them; the Functions app also needs NIGHTLY_SCHEDULE, storage and, unless PARTNER_AUTH is federated, KEY_VAULT_URL"})
	}
	for _, warning := range a.config.Warnings {
		findings = append(findings, finding{Check: "settings", OK: true, Detail: "warning: " + warning})
	}
	for _, r := range a.config.Reports {
		for _, note := range r.Call.Notes() {
			findings = append(findings, finding{Check: "report " + r.Name, OK: true, Detail: "note: " + note})
		}
	}
	findings = append(findings, a.checkSecrets(ctx)...)
	findings = append(findings, a.checkStorage(ctx)...)
	return append(findings, a.checkPartner(ctx)...)
}

// judge turns what was found, or an error, into a finding.
func judge(check, found string, err error) finding {
	if failure, ok := errors.AsType[*run.Failure](err); ok {
		return finding{Check: check, Detail: failure.Message, Remedy: failure.Remedy}
	}
	if err != nil {
		return finding{Check: check, Detail: err.Error()}
	}
	return finding{Check: check, OK: true, Detail: found}
}

func (a *app) checkSecrets(ctx context.Context) []finding {
	var findings []finding
	for _, secret := range signin.CheckSecrets(ctx, a.vault, string(a.config.Auth)) {
		name, found := "secret "+secret.Name, daysLeft(secret.Expires)
		if a.config.KeyVaultURL == "" {
			name, found = secret.Name, "readable"
		}
		findings = append(findings, judge(name, found, secret.Err))
	}
	return findings
}

func daysLeft(ends time.Time) string {
	if ends.IsZero() {
		return "readable; it has no expiry date in the vault"
	}
	return fmt.Sprintf("readable, %s left", plural(int(time.Until(ends).Hours()/24), "day"))
}

func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return run.Number(n) + " " + one + "s"
}

// checkStorage writes a blob, reads it back and deletes it, and downloads one
// through a signed link.
func (a *app) checkStorage(ctx context.Context) []finding {
	findings := []finding{judge("storage", "a blob was written, read back and deleted"+a.folderNote(), a.blobs.CheckBlob(ctx))}
	if !findings[0].OK {
		return findings
	}
	storage, ok := a.blobs.(*runstore.Azure)
	if !ok {
		return findings // a folder has no links
	}
	return append(findings, judge("download links", "a blob was downloaded through one", storage.CheckLink(ctx, a.client)))
}

// checkPartner signs in to the partner's own tenant and counts the customers.
func (a *app) checkPartner(ctx context.Context) []finding {
	partner, err := a.openPartner(ctx, true)
	if err == nil {
		_, err = partner.Token(ctx, a.config.PartnerTenantID, a.graphScope())
	}
	findings := []finding{judge("partner sign-in", "Entra issues a token for the partner's tenant", err)}
	if err != nil {
		return findings
	}
	for _, warning := range partner.Warnings() {
		findings = append(findings, finding{Check: "partner sign-in", OK: true, Detail: "warning: " + warning})
	}
	graph := a.microsoft(a.config.Cloud.Graph, partner)
	findings = append(findings, a.checkDeclared(ctx, graph))
	directory := a.directory(graph, partner, slog.New(slog.DiscardHandler))
	for _, source := range directory.Sources(ctx) {
		err := source.Err
		if err == nil && source.Customers == 0 {
			err = &run.Failure{Message: "it answers but has no customers.",
				Remedy: "Remove it from CUSTOMERS_FROM, or make sure that the app may read it: Microsoft returns an empty gdap list to apps that may not read it."}
		}
		findings = append(findings, judge("customers from "+source.Name, run.Customers(source.Customers), err))
	}
	return append(findings, checkFilters(ctx, directory)...)
}

// checkFilters counts the customers of all sources, and those that the filters
// leave.
func checkFilters(ctx context.Context, directory *customers.Directory) []finding {
	choice, err := directory.Choice(ctx)
	counts := fmt.Sprintf("%d in all, %d of them asked, %d excluded, %d not included",
		choice.All, choice.Asked, choice.Excluded, choice.All-choice.Asked-choice.Excluded)
	findings := []finding{judge("customers", counts, err)}
	for _, note := range choice.Notes {
		findings = append(findings, finding{Check: "customers", OK: true, Detail: "note: " + note})
	}
	return findings
}

func writeTable(out io.Writer, findings []finding) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, f := range findings {
		mark := "ok"
		if !f.OK {
			mark = "FAILED"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", mark, f.Check, f.Detail)
		if f.Remedy != "" {
			fmt.Fprintf(table, "\t\t→ %s\n", f.Remedy)
		}
	}
	return table.Flush()
}

func writeJSON(out io.Writer, findings []finding) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(findings)
}
