package exchange_test

import (
	"context"
	"encoding/csv"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tenantrollup/internal/exchange"
	"tenantrollup/internal/msapi"
	"tenantrollup/internal/msapi/msapitest"
	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
	"tenantrollup/internal/signin"
	"tenantrollup/internal/standin/m365"
)

// vault holds the secrets of a program that knows no Key Vault.
type vault map[string]string

func (v vault) Secret(_ context.Context, name string) (signin.Secret, error) {
	value, ok := v[name]
	if !ok {
		return signin.Secret{}, signin.NotStored{Failure: &run.Failure{Class: run.PartnerCredential, Message: "no secret " + name}}
	}
	return signin.Secret{Value: value}, nil
}

func (vault) Store(context.Context, string, string, time.Time) error { return nil }

// standIn is a Microsoft whose first customers have faults, and a Fetcher that
// signs in to it.
func standIn(t *testing.T, auth m365.Auth, faults []m365.Fault) (*m365.Cloud, *exchange.Fetcher) {
	t.Helper()
	o := m365.Options{Customers: len(faults) + 8, Rows: 50, Auth: auth, Faults: map[int]m365.Fault{}, Tuning: m365.Tuning{ExchangePage: 20, Times: 1}}
	for i, fault := range faults {
		o.Faults[i] = fault
	}
	cloud, err := m365.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	client := cloud.Client()
	t.Cleanup(func() { cloud.Close() })
	env := cloud.Settings()
	secrets := vault{"partner-client-secret": cloud.ClientSecret()}
	if stored := cloud.StoredRefreshTokens(); len(stored) > 0 {
		secrets["partner-refresh-token"] = stored[len(stored)-1]
	}
	partner, err := signin.Open(t.Context(), signin.Options{
		Login: "login.microsoftonline.com", PartnerTenantID: env["PARTNER_TENANT_ID"], ClientID: env["PARTNER_CLIENT_ID"], Mode: env["PARTNER_AUTH"],
		HTTP: client, Vault: secrets, PartnerScope: "https://graph.microsoft.com/.default",
	})
	if err != nil {
		t.Fatal(err)
	}
	return cloud, exchange.New(msapi.NewClient(host, client, partner), nil)
}

// classes are what becomes of a customer with a fault; it is none where its
// records arrive.
var classes = map[m365.Fault]run.Class{
	m365.NoServicePrincipal:      run.ConsentMissing,
	m365.ExchangeNotConsented:    run.ConsentMissing,
	m365.ExchangeNoAppRole:       run.ConsentMissing,
	m365.ExchangeRoleUnsupported: run.RoleMissing,
	m365.ExchangeRoleMissing:     run.RoleMissing,
	m365.ExchangeBareRefusal:     run.RoleMissing,
	m365.Unlicensed:              run.NotLicensed,
	m365.HeaderOnly:              run.NoData,
	m365.ExchangeForeignRedirect: run.ServiceFault,
	m365.ExchangeForeignLink:     run.ServiceFault,
	m365.ExchangeLoop:            run.ServiceFault,
	m365.ExchangeTransient:       "",
	m365.ExchangeThrottled:       "",
	m365.ExchangeWiderRecord:     "",
	m365.HostileNames:            "",
}

func TestEveryCustomerOfTheStandIn(t *testing.T) {
	var faults []m365.Fault
	for fault := range classes {
		faults = append(faults, fault)
	}
	slices.Sort(faults)
	for _, auth := range []m365.Auth{m365.SecretOnly, m365.RefreshTokenSecret} {
		t.Run(string(auth), func(t *testing.T) {
			cloud, f := standIn(t, auth, faults)
			call, err := report.Parse("Get-MailFlowStatusReport -StartDate {today-7} -EndDate {today-1} -Direction Inbound,Outbound")
			if err != nil {
				t.Fatal(err)
			}
			today := report.DateOf(time.Now())
			name, parameters := call.Cmdlet(today)
			var all sync.WaitGroup
			for _, customer := range cloud.Customers() {
				all.Go(func() {
					into := &msapitest.Sink{}
					err := f.Fetch(t.Context(), run.Customer{TenantID: customer.TenantID}, call, today, into)
					want := classes[customer.Fault]
					failure, refused := errors.AsType[*run.Failure](err)
					if refused && failure.Class != want || !refused && (err != nil || want != "") {
						t.Errorf("%s: got %v, want class %q", customer.Fault, err, want)
					}
					if !refused {
						checkRows(t, into.String(), cloud.ServedRows(customer.TenantID, name, parameters))
					}
				})
			}
			all.Wait()
			if refused := cloud.Counts().Refused; len(refused) > 0 {
				t.Errorf("called %q", refused)
			}
		})
	}
}

// checkRows holds a CSV against what was served, cell by cell.
func checkRows(t *testing.T, text string, served [][]m365.Cell) {
	t.Helper()
	lines, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(lines) != len(served)+1 || len(served) == 0 {
		t.Errorf("%d lines of %d records: %v", len(lines), len(served), err)
		return
	}
	for i, record := range served {
		filled := 0
		for _, cell := range record {
			at := slices.Index(lines[0], cell.Column)
			if at < 0 || lines[i+1][at] != strings.ReplaceAll(cell.Text, "\r\n", "\n") {
				t.Errorf("record %d: no %q in column %q of %q", i, cell.Text, cell.Column, lines[0])
				return
			}
			if cell.Text != "" {
				filled++
			}
		}
		if got := len(lines[0]) - len(slices.DeleteFunc(slices.Clone(lines[i+1]), func(s string) bool { return s != "" })); got != filled {
			t.Errorf("record %d: %d cells have a text, want %d", i, got, filled)
		}
	}
}
