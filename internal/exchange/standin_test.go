package exchange_test

import (
	"context"
	"encoding/csv"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/exchange"
	"tenantrollup/internal/msapi"
	"tenantrollup/internal/msapi/msapitest"
	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
	"tenantrollup/internal/run/runtest"
	"tenantrollup/internal/signin"
	"tenantrollup/internal/standin/m365"
)

// vault holds the secrets of a program without a Key Vault.
type vault map[string]string

func (v vault) Secret(_ context.Context, name string) (signin.Secret, error) {
	value, ok := v[name]
	if !ok {
		return signin.Secret{}, signin.NotStored{Failure: &run.Failure{Class: run.PartnerCredential, Message: "no secret " + name}}
	}
	return signin.Secret{Value: value}, nil
}

func (vault) Store(context.Context, string, string, time.Time) error { return nil }

// standIn is a Microsoft without a network.
func standIn(t *testing.T, o m365.Options) *m365.Cloud {
	t.Helper()
	cloud, err := m365.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cloud.Close() })
	return cloud
}

// fetcher signs in to a stand-in.
func fetcher(t *testing.T, cloud *m365.Cloud) *exchange.Fetcher {
	t.Helper()
	env, client := cloud.Settings(), cloud.InProcess()
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
	return exchange.New(msapi.NewClient(host, client, partner), nil)
}

// classes are how a customer with a fault ends; there is no class if its
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
	m365.ExchangeLinkRefused:     run.ServiceFault,
	m365.ExchangeLinkExpires:     "",
	m365.ExchangeTransient:       "",
	m365.ExchangeThrottled:       "",
	m365.ExchangeWiderRecord:     "",
	m365.HostileNames:            "",
}

func TestEveryCustomerOfTheStandIn(t *testing.T) {
	faults := map[int]m365.Fault{}
	for i, fault := range slices.Sorted(maps.Keys(classes)) {
		faults[i] = fault
	}
	call, err := report.Parse("Get-MailFlowStatusReport -StartDate {today-7} -EndDate {today-1} -Direction Inbound,Outbound")
	if err != nil {
		t.Fatal(err)
	}
	today := report.DateOf(time.Now())
	name, parameters := call.Cmdlet(today)
	for _, auth := range []m365.Auth{m365.SecretOnly, m365.RefreshTokenSecret} {
		t.Run(string(auth), func(t *testing.T) {
			cloud := standIn(t, m365.Options{
				Customers: len(faults) + 8, Rows: 50, Today: today.Time(), Auth: auth, Faults: faults, Tuning: m365.Tuning{ExchangePage: 20, Times: 1},
			})
			synctest.Test(t, func(t *testing.T) {
				f := fetcher(t, cloud)
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
			})
			if refused := cloud.Counts().Refused; len(refused) > 0 {
				t.Errorf("called %q", refused)
			}
		})
	}
}

func TestEveryRecordArrivesOrTheAnswerIsSaidToBeCut(t *testing.T) {
	const (
		details = "Get-MailDetailATPReport -StartDate {today-3} -EndDate {today-1}"
		traces  = "Get-MessageTraceV2 -StartDate {today-3} -EndDate {today-1}"
	)
	counts := []int{1602, 1000, 999, 5000, 7200, 0, 9000, 10_000}
	today := report.DateOf(time.Now())
	o := m365.Options{Customers: len(counts), Today: today.Time(), Auth: m365.SecretOnly, Records: map[int]int{}, Faults: map[int]m365.Fault{4: m365.ExchangeLinkExpires}}
	for i, n := range counts {
		o.Records[i] = n
	}
	cloud := standIn(t, o)
	for _, tt := range []struct {
		line string
		of   []int       // customers
		rows map[int]int // by customer, if not all of them
		cut  []int       // customers whose answer is reported as cut
	}{
		{line: details, of: []int{0, 1, 2, 3, 4, 5, 7}, cut: []int{7}}, // 10,000 is the most it ever gives
		{line: traces, of: []int{0, 1, 2, 3, 5, 6}},
		{line: traces + " -ResultSize 1000", of: []int{0, 1, 2}, rows: map[int]int{0: 1000}, cut: []int{0, 1}},
		{line: "Get-MessageTraceV2", of: []int{0, 6}, rows: map[int]int{6: 5000}, cut: []int{6}}, // no StartDate to keep
	} {
		t.Run(tt.line, func(t *testing.T) {
			t.Parallel()
			call, err := report.Parse(tt.line)
			if err != nil {
				t.Fatal(err)
			}
			synctest.Test(t, func(t *testing.T) {
				f := fetcher(t, cloud)
				for _, i := range tt.of {
					n := counts[i]
					into := &msapitest.Sink{}
					err := f.Fetch(t.Context(), run.Customer{TenantID: cloud.Customers()[i].TenantID}, call, today, into)
					if cut := slices.Contains(into.Warned, run.WarnTruncated); cut != slices.Contains(tt.cut, i) {
						t.Errorf("%d records: reported as cut is %v", n, cut)
					}
					if n == 0 {
						runtest.WantFailure(t, err, run.NoData)
						continue
					}
					if want, some := tt.rows[i]; some {
						n = want
					}
					checkIDs(t, into.String(), n, err)
				}
			})
		})
	}
}

// checkIDs wants n records, each once.
func checkIDs(t *testing.T, text string, n int, err error) {
	t.Helper()
	lines, parseError := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || parseError != nil || len(lines) != n+1 {
		t.Errorf("%d lines, want %d records: %v, %v", len(lines), n, err, parseError)
		return
	}
	at, ids := slices.Index(lines[0], "MessageId"), map[string]bool{}
	for _, line := range lines[1:] {
		ids[line[at]] = true
	}
	if len(ids) != n {
		t.Errorf("%d different records, want %d", len(ids), n)
	}
}

// checkRows compares a CSV with what was served, cell by cell.
func checkRows(t *testing.T, text string, served [][]m365.Cell) {
	t.Helper()
	reader := csv.NewReader(strings.NewReader(text))
	reader.FieldsPerRecord = -1 // records before a late column are shorter
	lines, err := reader.ReadAll()
	if err != nil || len(lines) != len(served)+1 || len(served) == 0 {
		t.Errorf("%d lines of %d records: %v", len(lines), len(served), err)
		return
	}
	for i, record := range served {
		filled := 0
		lines[i+1] = append(lines[i+1], make([]string, len(lines[0])-len(lines[i+1]))...)
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
