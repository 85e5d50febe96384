package main_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"tenantrollup/internal/run"
	"tenantrollup/internal/standin/m365"
)

// outage breaks all customers from the 30th on, or repairs them.
func (p *place) outage(on bool) {
	fault := m365.None
	if on {
		fault = m365.ForeignRedirect // nobody is asked three times for it
	}
	for index := range p.Cloud.Customers() {
		if index >= 29 {
			p.Cloud.SetFault(index, fault)
		}
	}
}

// files are the two published files of a report, as readers have them.
func (p *place) files(report string) string {
	p.t.Helper()
	var all strings.Builder
	for _, file := range []string{"csv", "errors.log"} {
		all.Write(p.blob(fmt.Sprintf("%s/%s/%[1]s_%[2]s.%s", report, p.today, file)))
	}
	return all.String()
}

// asks requests runs, and waits for them. By hand, want and code are ignored.
func (p *place) asks(body string, want int, code string) {
	p.t.Helper()
	if p.hands != nil {
		p.hands.ask(body)
		return
	}
	if status, answer := p.call(http.MethodPost, "/api/runs", "rerun", body); status != want || !strings.Contains(answer, code) {
		p.t.Fatalf("%s: answered %d %s, want %d %s", body, status, answer, want, code)
	}
	p.idle()
}

func TestAnOutageInMidNightReplacesNothingUntilSomebodySaysSo(t *testing.T) {
	t.Parallel()
	const customers = 60
	for where, open := range everywhere {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			settings := map[string]string{"REPORTS": "counts=" + countsCall, "CONCURRENCY": "8"}
			p := open(t, m365.Options{Customers: customers, Seed: 31}, notifying((*m365.Cloud).PlainWebhook, settings))
			p.keepNotifications()
			outageInMidNight(t, p, customers)
		})
	}
}

func outageInMidNight(t *testing.T, p *place, customers int) {
	p.night()
	good := p.files("counts")

	// held asks all customers again during the outage, and returns the turn of the
	// hold.
	held := func(t *testing.T) run.Turn {
		t.Helper()
		p.outage(true)
		told := len(p.notified(0))
		p.asks(`{"reports":["counts"]}`, http.StatusAccepted, "")
		record := p.record("counts", p.today)
		for _, words := range []string{
			"Only 29 of 60 customers answered; on " + p.today + " it was 60 of 60.", "service-fault 31",
			"publish it as it is, or rerun all customers", "Its rows are kept until ",
		} {
			if !strings.Contains(record.Reason, words) {
				t.Errorf("no %q in the reason %q", words, record.Reason)
			}
		}
		if record.State != run.StateHeld || !record.HasFiles() || record.WithData != customers || p.files("counts") != good {
			t.Errorf("readers see another publication: %+v", record)
		}
		if n := p.one(told); n.State != run.StateHeld || n.Turn != record.Turn || n.Reason != record.Reason || n.StatusURL != "/api/runs/counts/"+p.today {
			t.Errorf("told %+v", n)
		}
		if again := "handler night -report counts -date " + p.today; p.hands != nil && !strings.Contains(p.Console(), "To publish it as it is: "+again+" -accept -out ") {
			t.Errorf("what to type is not in %s", p.Console())
		}
		if kept := "  What was published before stays:\n  "; p.hands != nil && !strings.Contains(p.Console(), kept) {
			t.Errorf("whose the files are is not in %s", p.Console())
		}
		return record.Turn
	}

	t.Run("it is held, and all are asked again once the outage is over", func(t *testing.T) {
		held(t)
		if !strings.Contains(p.Console(), `"msg":"run held"`) {
			t.Error("the alarm has no line to read")
		}
		p.outage(false)
		p.asks(`{"reports":["counts"],"scope":"all"}`, http.StatusAccepted, "")
		if record := p.record("counts", p.today); record.State != run.StatePublished || record.WithData != customers || record.Turn != "" {
			t.Errorf("record: %+v", record)
		}
		good = p.files("counts")
	})
	t.Run("nothing can be accepted that is not held", func(t *testing.T) {
		p.asks(`{"reports":["counts"],"accept":true}`, http.StatusConflict, `"code":"not-held"`)
		if p.hands != nil && !strings.Contains(p.Console(), run.ErrNotHeld.Error()) {
			t.Errorf("said %s", p.Console())
		}
	})
	t.Run("it is held again, and published as it is in the turn that is held now", func(t *testing.T) {
		turn := held(t)
		if p.hands == nil { // by hand it is whatever is held
			p.asks(`{"reports":["counts"],"accept":"0001-ffffffff"}`, http.StatusConflict, `"code":"not-held"`)
		}
		accept := fmt.Sprintf(`{"reports":["counts"],"date":%q,"accept":%q}`, p.today, turn)
		p.Cloud.ResetCounts()
		for range 2 { // repeating it is accepted, and changes nothing
			p.asks(accept, http.StatusAccepted, `"status_url"`)
			if record := p.record("counts", p.today); record.State != run.StatePublished || record.WithData != 29 || record.Failed != 31 {
				t.Errorf("record: %+v", record)
			}
		}
		if rows, lines := len(p.published("counts").rows), len(p.failures("counts")); rows != 29 || lines != 31 {
			t.Errorf("%d customers in the csv, %d in the error log", rows, lines)
		}
		if n := p.Cloud.Counts().Kinds[m365.KindReport].Requests; n > 0 {
			t.Errorf("%d customers were asked to publish what is there", n)
		}
	})
}

func TestACallThatMicrosoftRefusesForEveryoneIsAskedOfFew(t *testing.T) {
	t.Parallel()
	const concurrency = 8
	for where, open := range everywhere {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			refusedToEverybody(t, concurrency, open(t, m365.Options{Customers: 60, Seed: 32}, always(map[string]string{
				"REPORTS":     "senders=Get-MailTrafficSummaryReport -Category TopMailSenders -StartDate {today-2} -EndDate {today-1}",
				"CONCURRENCY": fmt.Sprint(concurrency),
			})))
		})
	}
}

func refusedToEverybody(t *testing.T, concurrency int, p *place) {
	p.night()
	record := p.record("senders", p.today)
	if record.State != run.StateStopped || record.HasFiles() {
		t.Errorf("record: %+v", record)
	}
	for _, words := range []string{"Microsoft refused this call for all of the first", "Unable to match the identifier name TopMailSenders"} {
		if !strings.Contains(record.Reason, words) {
			t.Errorf("no %q in the reason %q", words, record.Reason)
		}
	}
	asked := slices.DeleteFunc(slices.Clone(p.Cloud.Customers()), func(c m365.Customer) bool {
		return len(p.Cloud.Counts().Tenants[c.TenantID]) == 0
	})
	if n := len(asked); n < 25 || n > 25+concurrency {
		t.Errorf("%d customers were asked", n)
	}
	if p.hands != nil {
		return
	}
	if poison := p.Host.Poison("rollup-runs"); len(poison) > 0 {
		t.Errorf("%d messages in the poison queue", len(poison))
	}
}
