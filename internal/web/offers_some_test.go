package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/run"
)

var (
	asksFor = regexp.MustCompile(`(?s)<dialog popover id="ask-([^"]+)".*?</dialog>`)
	hidden  = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`)
)

// offered lists what the dialogs of a page would send, by their ids.
func offered(page string) map[string]string {
	all := map[string]string{}
	for _, dialog := range asksFor.FindAllStringSubmatch(page, -1) {
		var fields []string
		for _, field := range hidden.FindAllStringSubmatch(dialog[0], -1) {
			fields = append(fields, field[1]+"="+field[2])
		}
		all[dialog[1]] = strings.Join(fields, "&")
	}
	return all
}

func TestAskingSomeAgainIsOffered(t *testing.T) {
	const both, day = "reports=mailbox-activity&reports=details", "&date=2026-11-24&scope=failed"
	heldBack := needy()
	heldBack.known[1] = nightOf("details", "2026-11-24", run.StateHeld, 3)
	for _, c := range []struct {
		rule, target string
		known        runs
		want         map[string]string
	}{
		{"for everybody, and for each class, in the morning", "", needy(), map[string]string{
			"failed": both + day, "consent-missing": both + day + "&class=consent-missing",
			"role-missing": "reports=mailbox-activity" + day + "&class=role-missing", "service-fault": both + day + "&class=service-fault",
		}},
		{"not in a report that is held", "", heldBack, map[string]string{
			"failed": "reports=mailbox-activity" + day, "consent-missing": "reports=mailbox-activity" + day + "&class=consent-missing",
			"role-missing": "reports=mailbox-activity" + day + "&class=role-missing", "service-fault": "reports=mailbox-activity" + day + "&class=service-fault",
		}},
		{"for the class that is chosen in the list", "?by=customer&class=no-data", needy(), map[string]string{"no-data": "reports=details" + day + "&class=no-data"}},
		{"not for excluded customers", "?by=customer&class=excluded", needy(), map[string]string{}},
		{"for one customer, in the reports that lack it", "?by=customer&customer=" + tenant('2'), needy(), map[string]string{
			"customer": both + day + "&customers=" + tenant('2'),
		}},
		{"not for a customer that has data", "?by=customer&customer=" + tenant('5'), needy(), map[string]string{}},
		{"for the class that is chosen in a run", "/details/2026-11-24?class=no-data", needy(), map[string]string{
			"failed": "reports=details" + day, "all": "reports=details&date=2026-11-24&scope=all", "no-data": "reports=details" + day + "&class=no-data",
		}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			status, page := browse(t, 6*time.Hour, http.MethodGet, "/api/runs"+c.target, "", c.known, nil)
			got := offered(page)
			if status != http.StatusOK || len(got) != len(c.want) {
				t.Errorf("answered %d, offered %q", status, got)
			}
			for id, want := range c.want {
				if got[id] != want {
					t.Errorf("%s: offered %s\nwant %s", id, got[id], want)
				}
			}
		})
	}
	t.Run("and the form is accepted as sent without a script", func(t *testing.T) {
		_, page := browse(t, 6*time.Hour, http.MethodGet, "/api/runs?by=customer&customer="+tenant('2'), "", needy(), nil)
		r := requests{failed: map[string][]string{"mailbox-activity": {tenant('2')}, "details": {tenant('2')}}}
		status, answer := browse(t, 6*time.Hour, http.MethodPost, "/api/runs", offered(page)["customer"], needy(), &r)
		if status != http.StatusAccepted || len(r.queued) != 2 {
			t.Errorf("answered %d, queued %q\n%s", status, r.queued, answer)
		}
	})
}
