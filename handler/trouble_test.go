package main_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tenantrollup/internal/run"
	"tenantrollup/internal/standin/m365"
)

const few = 12

// unpublished checks what is promised of a stopped run: nothing is visible, and the
// reason names what to fix.
func (p *place) unpublished(reason ...string) {
	p.t.Helper()
	record := p.record("mailbox-activity", p.today)
	if record.State != run.StateStopped {
		p.t.Errorf("state: %s", record.State)
	}
	for _, part := range reason {
		if !strings.Contains(record.Reason, part) {
			p.t.Errorf("reason %q does not say %q", record.Reason, part)
		}
	}
	if !strings.Contains(p.Console(), reason[0]) {
		p.t.Errorf("the handler's log does not say %q", reason[0])
	}
	for _, name := range []string{".csv", ".errors.log"} {
		if text, err := p.Blob(p.t.Context(), "mailbox-activity/"+p.today+"/mailbox-activity_"+p.today+name); err == nil {
			p.t.Errorf("published %s: %.80q", name, text)
		}
	}
}

// trouble is a problem of the partner's, and what the reason of a stopped run says about it.
type trouble struct {
	name     string
	outage   m365.Outage
	auth     m365.Auth
	settings map[string]string
	reason   []string
}

func TestPartnersOwnTrouble(t *testing.T) {
	t.Parallel()
	for _, c := range []trouble{
		{"an empty customer list is an error", m365.NoCustomers, m365.CertificatePFX, nil,
			[]string{"No customers were found", "PARTNER_TENANT_ID"}},
		{"an expired secret names where to put a new one", m365.SecretExpired, m365.SecretOnly, map[string]string{"PARTNER_AUTH": "secret"},
			[]string{"AADSTS7000222", "partner-client-secret"}},
		{"a missing secret from the vault is named", m365.VaultEmpty, m365.CertificatePEM, nil,
			[]string{"has no secret partner-certificate", "Store it there"}},
		{"a vault that may not be read names the role", m365.VaultForbidden, m365.CertificatePFX, nil,
			[]string{"Key Vault", "Key Vault Secrets User"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			stopsTheRun(t, c)
		})
	}

	t.Run("a vault that is down for a while costs no night", func(t *testing.T) {
		t.Parallel()
		p := open(t, m365.Options{Customers: few, Seed: 1}, nil)
		p.Cloud.SetOutage(m365.VaultDown, true)
		if err := p.Host.FireTimer(t.Context(), "nightly", p.due, false); err != nil {
			t.Fatal(err)
		}
		for p.Cloud.Counts().Kinds[m365.KindVault].Requests < 6 {
			time.Sleep(10 * time.Millisecond)
		}
		p.Cloud.SetOutage(m365.VaultDown, false)
		p.idle()
		if record := p.record("mailbox-activity", p.today); record.State != run.StatePublished || record.WithData != few {
			t.Errorf("record: %+v", record)
		}
	})
}

// It takes half a minute, so it is not part of another test, which would begin last.
func TestAVaultThatStaysDownStopsTheRunWithTheLastDelivery(t *testing.T) {
	t.Parallel()
	stopsTheRun(t, trouble{outage: m365.VaultDown, auth: m365.CertificatePFX, reason: []string{"503", "Key Vault"}})
}

func stopsTheRun(t *testing.T, c trouble) {
	t.Helper()
	p := open(t, m365.Options{Customers: few, Seed: 1, Auth: c.auth}, c.settings)
	p.Cloud.SetOutage(c.outage, true)
	p.night()
	p.unpublished(c.reason...)
	if poison := p.Host.Poison("rollup-runs"); len(poison) != 1 {
		t.Errorf("%d messages in the poison queue, want the one that was delivered ten times", len(poison))
	}
	for _, i := range p.Cloud.Customers() {
		if asked := p.Cloud.Counts().Tenants[i.TenantID]; len(asked) > 0 {
			t.Errorf("a customer was asked: %v", asked)
		}
	}

	p.Cloud.SetOutage(c.outage, false)
	if status, answer := p.call(http.MethodPost, "/api/runs", "rerun", "{}"); status != http.StatusAccepted {
		t.Fatalf("rerun answered %d %s", status, answer)
	}
	p.idle()
	if record := p.record("mailbox-activity", p.today); record.State != run.StatePublished || record.WithData != few {
		t.Errorf("once it was fixed: %+v", record)
	}
}

func TestAManagedIdentityWithoutTokens(t *testing.T) {
	t.Parallel()
	const vault = "https://vault.azure.net"

	t.Run("whose endpoint is down for a while costs no night, and notifies nobody", func(t *testing.T) {
		t.Parallel()
		p := open(t, m365.Options{Customers: few, Seed: 71}, nil)
		p.Cloud.RefuseIdentity(vault, http.StatusServiceUnavailable, 6) // azidentity asks four times for one token
		p.night()
		if record := p.record("mailbox-activity", p.today); record.State != run.StatePublished || record.WithData != few {
			t.Errorf("record: %+v", record)
		}
		p.says(t, "No Azure token for Key Vault", "its endpoint answered 503")
		if strings.Contains(p.Console(), "run stopped") {
			t.Error("the run was stopped")
		}
	})

	t.Run("that is not assigned stops the run and names AZURE_CLIENT_ID", func(t *testing.T) {
		t.Parallel()
		p := open(t, m365.Options{Customers: few, Seed: 72}, nil)
		p.Cloud.RefuseIdentity(vault, http.StatusBadRequest, 1000)
		p.night()
		p.unpublished("No User Assigned or Delegated Managed Identity found", "AZURE_CLIENT_ID")
	})
}

func TestEarlierPublicationStaysReadableUntilTheNewOneReplacesIt(t *testing.T) {
	t.Parallel()
	p := open(t, m365.Options{Customers: few, Seed: 1}, map[string]string{
		"REPORTS": "details=getEmailActivityUserDetail(date={today-3})", // a date's report may be asked for again
	})
	name := "details/" + p.today + "/details_" + p.today + ".csv"
	p.night()
	before := string(p.blob(name))

	p.Cloud.SetFault(5, m365.HeaderOnly)
	release := p.Cloud.Hold(m365.KindReport, 0)
	status, answer := p.call(http.MethodPost, "/api/runs", "rerun", fmt.Sprintf(`{"date":%q,"reports":["details"],"scope":"all"}`, p.today))
	if status != http.StatusAccepted || !strings.Contains(answer, `"status_url":"/api/runs/details/`+p.today+`"`) {
		t.Fatalf("rerun answered %d %s", status, answer)
	}
	p.await(few + 1)
	var over atomic.Bool
	tenth, reads := make(chan struct{}), make(chan map[string]int)
	go func() {
		seen := map[string]int{}
		for n, last := 1, false; !last; n++ {
			last = over.Load()
			text, err := p.Blob(t.Context(), name)
			if err != nil {
				t.Error(err)
			}
			seen[string(text)]++
			if n == 10 {
				close(tenth)
			}
		}
		reads <- seen
	}()
	<-tenth
	release()
	p.idle()
	over.Store(true)
	seen := <-reads
	after := string(p.blob(name))
	if before == after {
		t.Fatal("the rerun changed nothing")
	}
	if len(seen) != 2 || seen[before] < 10 || seen[after] == 0 {
		t.Errorf("readers saw %d different files, the earlier %d times, the new one %d times", len(seen), seen[before], seen[after])
	}
}

func TestWrongSettings(t *testing.T) {
	t.Parallel()
	p := open(t, m365.Options{Customers: few, Seed: 1}, map[string]string{"KEY_VAULT_URL": "", "CONCURRENCY": "many"})
	t.Run("every caller gets all that is wrong, and the process goes on serving", func(t *testing.T) {
		for range 4 { // three crashes would stop the host
			for function, method := range map[string]string{"rerun": http.MethodPost, "runs": http.MethodGet} {
				status, answer := p.call(method, "/api/runs", function, "{}")
				if status != http.StatusServiceUnavailable || !strings.Contains(answer, `"code":"settings"`) ||
					!strings.Contains(answer, "KEY_VAULT_URL is not set") || !strings.Contains(answer, `CONCURRENCY=\"many\"`) {
					t.Fatalf("%s answered %d %s", function, status, answer)
				}
			}
		}
		if strings.Contains(p.Console(), "invocation failed") {
			t.Error("an invocation failed, and the host drops its text")
		}
	})
	t.Run("an invocation that nobody waits for fails, with all that is wrong in the log", func(t *testing.T) {
		if err := p.Host.FireTimer(t.Context(), "nightly", p.due, false); err == nil {
			t.Error("the night's invocation succeeded")
		}
		for _, want := range []string{`"msg":"the settings are wrong"`, `"msg":"invocation failed"`, "KEY_VAULT_URL", "CONCURRENCY"} {
			if !strings.Contains(p.Console(), want) {
				t.Errorf("the handler's log does not contain %s", want)
			}
		}
	})
}

func TestRunsAPI(t *testing.T) {
	t.Parallel()
	p := open(t, m365.Options{Customers: few, Seed: 1}, nil)
	for _, c := range []struct {
		name, method, path, function, body string
		status                             int
		answer                             string
	}{
		{"a function's key opens no other function", http.MethodPost, "/api/runs", "runs", "{}", http.StatusUnauthorized, ""},
		{"without a key nothing opens", http.MethodGet, "/api/runs/mailbox-activity/" + p.today, "", "", http.StatusUnauthorized, ""},
		{"a body must arrive", http.MethodPost, "/api/runs", "rerun", "", http.StatusBadRequest, `"code":"body-missing"`},
		{"an unknown field is named", http.MethodPost, "/api/runs", "rerun", `{"report":"x"}`, http.StatusBadRequest, `unknown field \"report\"`},
		{"an unknown report is named", http.MethodPost, "/api/runs", "rerun", `{"reports":["x"]}`, http.StatusBadRequest, `reports: \"x\" is not in REPORTS`},
		{"a future date is refused", http.MethodPost, "/api/runs", "rerun", `{"date":"2999-01-01"}`, http.StatusBadRequest, "date: 2999-01-01 is in the future"},
		{"a report that shows the present can't be made for the past", http.MethodPost, "/api/runs", "rerun", `{"date":"2026-01-02"}`, http.StatusBadRequest, `"code":"as-of-now"`},
		{"a date that does not exist", http.MethodPost, "/api/runs", "rerun", `{"date":"2026-13-01"}`, http.StatusBadRequest, `date \"2026-13-01\"`},
		{"an unknown run", http.MethodGet, "/api/runs/mailbox-activity/2020-11-01", "runs", "", http.StatusNotFound, `"code":"not-found"`},
		{"a path that leaves the reports", http.MethodGet, "/api/runs/..%2fmailbox-activity/" + p.today, "runs", "", http.StatusBadRequest, "letters, digits"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, answer := p.call(c.method, c.path, c.function, c.body)
			if status != c.status || !strings.Contains(answer, c.answer) {
				t.Errorf("answered %d %s, want %d with %s", status, answer, c.status, c.answer)
			}
		})
	}
	if n := p.Cloud.Counts().Kinds[m365.KindToken].Requests; n != 0 {
		t.Errorf("%d tokens were asked for", n)
	}
}
