package graphcollection_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/graphcollection"
	"tenantrollup/internal/msapi"
	"tenantrollup/internal/msapi/msapitest"
	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
	"tenantrollup/internal/signin"
	"tenantrollup/internal/standin/m365"
)

// vault holds the secrets of a program without a Key Vault.
type vault map[string]string

func (v vault) Secret(_ context.Context, name string) (signin.Secret, error) {
	return signin.Secret{Value: v[name]}, nil
}

func (vault) Store(context.Context, string, string, time.Time) error { return nil }

// fetcher signs in to a stand-in.
func fetcher(t *testing.T, cloud *m365.Cloud) *graphcollection.Fetcher {
	t.Helper()
	env, client := cloud.Settings(), cloud.InProcess()
	partner, err := signin.Open(t.Context(), signin.Options{
		Login: "login.microsoftonline.com", PartnerTenantID: env["PARTNER_TENANT_ID"], ClientID: env["PARTNER_CLIENT_ID"], Mode: env["PARTNER_AUTH"],
		HTTP: client, Vault: vault{"partner-client-secret": cloud.ClientSecret()}, PartnerScope: "https://graph.microsoft.com/.default",
	})
	if err != nil {
		t.Fatal(err)
	}
	return graphcollection.New(msapi.NewClient(host, client, partner))
}

// transients are failures after which the run asks again.
const transients = 3

// classes are how a customer with a fault ends; there is no class if its records
// arrive.
var classes = map[m365.Fault]run.Class{
	m365.None:                   "",
	m365.NotConsented:           run.ConsentMissing,
	m365.NoPremium:              "", // except for what needs it
	m365.NoIntune:               "",
	m365.CollectionTokenExpires: "",
	m365.CollectionTokenRefused: run.ServiceFault,
	m365.CollectionEmptyPage:    "",
	m365.CollectionForeignLink:  run.ServiceFault,
	m365.CollectionBetaLink:     run.ServiceFault,
	m365.CollectionLoop:         run.ServiceFault,
	m365.CollectionNoValue:      run.NoData,
	m365.CollectionTypes:        run.MalformedReport,
	m365.HeaderOnly:             run.NoData,
	m365.ExtraColumn:            "",
	m365.HostileNames:           "",
	m365.Throttled:              "",
	m365.ServerErrorThenFine:    "",
	m365.Truncated:              run.ServiceFault,
	m365.HTMLBody:               run.ServiceFault,
}

// linkFaults are those of the link to a further page.
var linkFaults = []m365.Fault{m365.CollectionTokenRefused, m365.CollectionForeignLink, m365.CollectionBetaLink, m365.CollectionLoop}

const assignments = "/roleManagement/directory/roleAssignments"

func TestEveryCustomerOfTheStandIn(t *testing.T) {
	var kinds []m365.Fault
	for fault := range classes {
		kinds = append(kinds, fault)
	}
	slices.Sort(kinds)
	faults := map[int]m365.Fault{}
	for i, fault := range kinds {
		faults[i] = fault
	}
	for _, short := range report.ShortNames() {
		if !strings.HasPrefix(short.Call, "/") {
			continue
		}
		t.Run(short.Name, func(t *testing.T) {
			call, err := report.Parse(short.Call)
			if err != nil {
				t.Fatal(err)
			}
			cloud, err := m365.Start(m365.Options{Customers: len(faults) + 3, Auth: m365.SecretOnly, Faults: faults, Tuning: m365.Tuning{Times: 1}})
			if err != nil {
				t.Fatal(err)
			}
			defer cloud.Close()
			synctest.Test(t, func(t *testing.T) {
				f, today := fetcher(t, cloud), report.DateOf(time.Now())
				var all sync.WaitGroup
				for _, customer := range cloud.Customers() {
					all.Go(func() { checkCustomer(t, f, cloud, customer, call, today) })
				}
				all.Wait()
			})
			if refused := cloud.Counts().Refused; len(refused) > 0 {
				t.Errorf("called %q", refused)
			}
		})
	}
}

func checkCustomer(t *testing.T, f *graphcollection.Fetcher, cloud *m365.Cloud, customer m365.Customer, call report.Call, today report.Date) {
	objects := cloud.Objects(customer.TenantID, call.Path(today, today))
	var into *msapitest.Sink
	var failure *run.Failure
	for range transients {
		into, failure = &msapitest.Sink{}, nil
		err := f.Fetch(t.Context(), run.Customer{TenantID: customer.TenantID}, call, today, into)
		if refused, ok := errors.AsType[*run.Failure](err); ok {
			failure = refused
		} else if err != nil {
			t.Errorf("%s: %v", customer.Fault, err)
		}
		if failure == nil || !failure.Transient {
			break
		}
	}
	switch {
	case objects == nil && failure == nil && slices.Contains(linkFaults, customer.Fault) && (call.First() || strings.Count(into.Buffer.String(), "\r\n") < 3):
		// the link did not matter, or there are too few records for one
	case objects == nil && failure == nil:
		t.Errorf("%s: got rows, want a failure", customer.Fault)
	case objects == nil:
		want := classes[customer.Fault]
		if want == "" {
			want = run.NotLicensed
		}
		if failure.Class != want {
			t.Errorf("%s: got %+v, want class %q", customer.Fault, failure, want)
		}
	case len(objects) == 0:
		if failure == nil || failure.Class != run.NoData {
			t.Errorf("%s: got %+v, want no data", customer.Fault, failure)
		}
	case failure != nil:
		t.Errorf("%s: got %+v, want %d records", customer.Fault, failure, len(objects))
	default:
		if call.First() {
			objects = objects[:1]
		}
		checkCells(t, into, objects)
	}
	if failure == nil && call.Resource() == assignments {
		checkRoles(t, into, cloud.Objects(customer.TenantID, "/roleManagement/directory/roleDefinitions"))
	}
}

// checkRoles wants the role's name next to each id.
func checkRoles(t *testing.T, into *msapitest.Sink, definitions []json.RawMessage) {
	names := map[string]string{}
	for _, definition := range definitions {
		cells := m365.Cells(definition)
		names[cells["id"]] = strings.ReplaceAll(cells["displayName"], "\r\n", "\n")
	}
	lines, err := csv.NewReader(strings.NewReader(into.String())).ReadAll()
	if err != nil {
		return // some records are shorter, and the names are those of the others
	}
	id, name := slices.Index(lines[0], "roleDefinitionId"), slices.Index(lines[0], "roleDefinition.displayName")
	if name != id+1 {
		t.Errorf("columns %q", lines[0])
		return
	}
	for _, line := range lines[1:] {
		if line[name] == "" || line[name] != names[line[id]] {
			t.Errorf("role %s is %q, want %q", line[id], line[name], names[line[id]])
		}
	}
}

// checkCells wants every value of the objects in its row and column.
func checkCells(t *testing.T, into *msapitest.Sink, objects []json.RawMessage) {
	reader := csv.NewReader(strings.NewReader(into.Buffer.String()))
	reader.FieldsPerRecord = -1
	lines, err := reader.ReadAll()
	if err != nil || len(lines) != len(objects) {
		t.Errorf("%d lines of %d objects: %v", len(lines), len(objects), err)
		return
	}
	for i, object := range objects {
		for column, want := range m365.Cells(object) {
			at := slices.Index(into.Named, column)
			if want == "" && (at < 0 || at >= len(lines[i])) {
				continue
			}
			if at < 0 || at >= len(lines[i]) || lines[i][at] != strings.ReplaceAll(want, "\r\n", "\n") {
				t.Errorf("record %d: no %q in column %q of %q: %q", i, want, column, into.Named, lines[i])
				return
			}
		}
	}
}
