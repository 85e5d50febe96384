package main_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"tenantrollup/internal/run"
	"tenantrollup/internal/standin/m365"
)

// openNotified opens a place that calls one of the cloud's webhooks.
func openNotified(t *testing.T, cloud m365.Options, address func(*m365.Cloud) string, settings map[string]string) *place {
	t.Helper()
	p := openFor(t, clocks, cloud, notifying(address, settings))
	p.keepNotifications()
	return p
}

// notifying are the settings, and the address of a webhook.
func notifying(address func(*m365.Cloud) string, settings map[string]string) func(*m365.Cloud) map[string]string {
	return func(c *m365.Cloud) map[string]string {
		all := map[string]string{"NOTIFY_WEBHOOK_URL": address(c)}
		maps.Copy(all, settings)
		return all
	}
}

// keepNotifications has notifications searched for secrets, as answers are.
func (p *place) keepNotifications() {
	p.t.Cleanup(func() {
		for _, n := range p.Cloud.Notifications() {
			p.answers = append(p.answers, n.Body)
		}
	})
}

// notification is what a program of the partner reads.
type notification struct {
	run.Status
	StatusURL string `json:"status_url"`
	Changes   *struct {
		Since                   string
		NewlyFailing, Recovered group
		CustomerList            *struct {
			Since     string
			New, Gone group
		}
	}
}

type group struct {
	Count     int
	Customers []struct{ TenantID string }
}

func (g group) tenants() []string {
	ids := []string{}
	for _, c := range g.Customers {
		ids = append(ids, c.TenantID)
	}
	return ids
}

// notified returns the calls that were accepted, after the first skip.
func (p *place) notified(skip int) []notification {
	p.t.Helper()
	var all []notification
	for _, n := range p.Cloud.Notifications() {
		if n.Status != http.StatusOK {
			continue
		}
		var read notification
		if err := json.Unmarshal([]byte(n.Body), &read); err != nil {
			p.t.Fatal(err)
		}
		all = append(all, read)
	}
	return all[min(skip, len(all)):]
}

// one returns the only call after the first skip.
func (p *place) one(skip int) notification {
	p.t.Helper()
	calls := p.notified(skip)
	if len(calls) != 1 {
		p.t.Fatalf("%d calls, want one: %+v", len(calls), calls)
	}
	return calls[0]
}

// tenants are the ids of the customers that it holds for, in their order.
func (p *place) tenants(holds func(m365.Customer) bool) []string {
	ids := []string{}
	for _, c := range p.Cloud.Customers() {
		if holds(c) {
			ids = append(ids, c.TenantID)
		}
	}
	return ids
}

func (p *place) tenantAt(index int) []string { return []string{p.Cloud.Customers()[index].TenantID} }

func same(t *testing.T, what string, got group, want []string) {
	t.Helper()
	if got.Count != len(want) || !slices.Equal(slices.Sorted(slices.Values(got.tenants())), want) {
		t.Errorf("%s: %+v, want %q", what, got, want)
	}
}

func TestNightsAreAnnounced(t *testing.T) {
	t.Parallel()
	p := openNotified(t, m365.Options{Customers: 20, Seed: 71, Faults: map[int]m365.Fault{
		2: m365.NotConsented, 3: m365.HeaderOnly, 4: m365.TenantGone,
	}}, (*m365.Cloud).PlainWebhook, map[string]string{"REPORTS": "details=" + detailCall})

	first := p.nightOf(2, "details", detailCall)
	t.Run("a published night is one call with its numbers", func(t *testing.T) {
		n := p.one(0)
		record := p.record("details", first)
		if n.State != run.StatePublished || n.Customers != 20 || n.WithData != 17 || n.NoData != 1 || n.Failed != 2 ||
			n.Rows == 0 || n.Rows != record.Rows || n.Run != record.Run || !n.Finished.Equal(record.Finished) {
			t.Errorf("notified %+v, the record is %+v", n.Status, record)
		}
		if n.Classes[run.ConsentMissing] != 1 || n.Classes[run.TenantGone] != 1 || n.StatusURL != "/api/runs/details/"+first {
			t.Errorf("notified %+v at %s", n.Classes, n.StatusURL)
		}
		if n.Changes != nil {
			t.Errorf("the first night has changed something: %+v", n.Changes)
		}
	})

	failing := slices.IndexFunc(p.Cloud.Customers(), func(c m365.Customer) bool { return c.InContracts && c.Index > 4 })
	p.Cloud.SetFault(2, m365.None)
	p.Cloud.SetFault(failing, m365.ConditionalAccess)
	p.Cloud.SetOutage(m365.NoGDAP, true)
	inGDAPAlone := p.tenants(func(c m365.Customer) bool { return !c.InContracts })
	second := p.lastNight()
	t.Run("the second says who is newly failing, who has recovered and who is gone", func(t *testing.T) {
		n := p.one(1)
		if n.Changes == nil || n.Changes.Since != first || n.Changes.CustomerList == nil {
			t.Fatalf("told %+v", n)
		}
		same(t, "newly failing", n.Changes.NewlyFailing, p.tenantAt(failing))
		same(t, "recovered", n.Changes.Recovered, p.tenantAt(2))
		same(t, "gone", n.Changes.CustomerList.Gone, inGDAPAlone)
		same(t, "new", n.Changes.CustomerList.New, nil)
		if n.Classes[run.BlockedByPolicy] != 1 || n.Warnings[run.WarnSourceEmpty] != 1 {
			t.Errorf("classes %v, warnings %v", n.Classes, n.Warnings)
		}
	})

	p.Cloud.SetOutage(m365.NoGDAP, false)
	p.night()
	t.Run("the third says who is new", func(t *testing.T) {
		n := p.one(2)
		if n.Changes == nil || n.Changes.Since != second || n.Changes.CustomerList == nil {
			t.Fatalf("told %+v", n)
		}
		same(t, "new", n.Changes.CustomerList.New, inGDAPAlone)
		same(t, "gone", n.Changes.CustomerList.Gone, nil)
		same(t, "newly failing", n.Changes.NewlyFailing, nil)
	})

	p.Cloud.SetFault(failing, m365.None)
	if status, answer := p.call(http.MethodPost, "/api/runs", "rerun", `{"scope":"failed"}`); status != http.StatusAccepted {
		t.Fatalf("rerun answered %d %s", status, answer)
	}
	p.idle()
	t.Run("a rerun of the failed says who has recovered because of it", func(t *testing.T) {
		n := p.one(3)
		if n.Scope != run.ScopeFailed || n.Customers != 20 || n.Failed != 1 || n.Changes == nil || n.Changes.Since != p.today {
			t.Fatalf("told %+v", n)
		}
		same(t, "recovered", n.Changes.Recovered, p.tenantAt(failing))
	})
	t.Run("no customer's user is named", func(t *testing.T) { p.namesNoUser("details") })
}

// namesNoUser looks for every user in tonight's report in all notifications.
func (p *place) namesNoUser(report string) {
	p.t.Helper()
	published := p.published(report)
	var users []string
	for _, title := range []string{"User Principal Name", "Display Name"} {
		column := slices.Index(published.header, title)
		if column < 0 {
			p.t.Fatalf("no column %s in %q", title, published.header)
		}
		for _, rows := range published.rows {
			for _, row := range rows {
				users = append(users, row[column])
			}
		}
	}
	for _, n := range p.Cloud.Notifications() {
		for _, user := range users {
			if user != "" && strings.Contains(n.Body, user) {
				p.t.Errorf("%q is named in %s", user, n.Body)
			}
		}
	}
}

func TestTeamsGetsACard(t *testing.T) {
	t.Parallel()
	p := openNotified(t, m365.Options{Customers: few, Seed: 72, Faults: map[int]m365.Fault{
		2: m365.HostileNames, 3: m365.FormulaNames,
	}}, (*m365.Cloud).TeamsWebhook, map[string]string{"REPORTS": "details=" + detailCall})
	p.Cloud.SetOutage(m365.WebhookTrips, true)
	p.lastNight()
	p.Cloud.SetOutage(m365.WebhookTrips, false)
	for index := range 5 { // more, and the run would be held
		p.Cloud.SetFault(index, m365.NotConsented)
	}
	p.night()

	var statuses []int
	for _, n := range p.Cloud.Notifications() {
		if n.Host != "contoso.webhook.office.com" {
			t.Errorf("%s was called", n.Host)
		}
		statuses = append(statuses, n.Status)
	}
	if want := []int{500, 429, 200, 200}; !slices.Equal(statuses, want) {
		t.Fatalf("a channel that stumbles at first answered %d, want %d", statuses, want)
	}
	card := p.Cloud.Notifications()[3].Body
	for _, part := range []string{"details of " + p.today + ": published", `"Newly failing since `, `: 5. `, string(run.ConsentMissing), "/api/runs/details/" + p.today} {
		if !strings.Contains(card, part) {
			t.Errorf("the card does not say %q: %s", part, card)
		}
	}
	if strings.Contains(card, `"TextBlock"`) {
		t.Error("the card has text in which Markdown is read")
	}
	p.namesNoUser("details")
}

func TestRunThatStopsIsAnnounced(t *testing.T) {
	t.Parallel()
	p := openNotified(t, m365.Options{Customers: few, Seed: 73}, (*m365.Cloud).PlainWebhook, nil)
	p.Cloud.SetOutage(m365.VaultForbidden, true)
	p.night()
	calls := p.notified(0)
	if len(calls) != 2 { // ten deliveries
		t.Fatalf("%d calls, want one at the first delivery and one at the last", len(calls))
	}
	for _, n := range calls {
		if n.State != run.StateStopped || !strings.Contains(n.Reason, "Key Vault Secrets User") || n.Changes != nil || !n.Finished.IsZero() {
			t.Errorf("told %+v", n)
		}
	}

	p.Cloud.SetOutage(m365.VaultForbidden, false)
	if status, answer := p.call(http.MethodPost, "/api/runs", "rerun", "{}"); status != http.StatusAccepted {
		t.Fatalf("rerun answered %d %s", status, answer)
	}
	p.idle()
	if n := p.one(2); n.State != run.StatePublished || n.Reason != "" || n.WithData != few {
		t.Errorf("once it was fixed: %+v", n)
	}
}

func TestReceiverThatIsDownCostsNoNight(t *testing.T) {
	t.Parallel()
	p := openNotified(t, m365.Options{Customers: few, Seed: 74}, (*m365.Cloud).PlainWebhook, nil)
	p.Cloud.SetOutage(m365.WebhookDown, true)
	p.night()
	if record := p.record("mailbox-activity", p.today); record.State != run.StatePublished || record.WithData != few || record.Slices != 1 {
		t.Errorf("record: %+v", record)
	}
	if tried := len(p.Cloud.Notifications()); tried != 3 {
		t.Errorf("%d calls, want three", tried)
	}
	var warned []string
	for line := range strings.Lines(p.Console()) {
		if strings.Contains(line, "notification failed") {
			warned = append(warned, line)
		}
	}
	if len(warned) != 1 || !strings.Contains(warned[0], `"level":"WARN"`) || !strings.Contains(warned[0], "503") {
		t.Errorf("warned %q, want once, of the 503", warned)
	}
	if strings.Contains(p.Console(), "hooks.contoso.example") {
		t.Error("the handler has logged the address")
	}
}
