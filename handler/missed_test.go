package main_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"tenantrollup/internal/run"
	"tenantrollup/internal/standin/m365"
)

const dayCall = "getEmailActivityUserDetail(date={today-3})"

// daysOf are the dates of a report's published runs, in days ago, newest first.
func (p *place) daysOf(report string) string {
	p.t.Helper()
	var days []string
	for n := range 15 {
		if status, _ := p.call(http.MethodGet, "/api/runs/"+report+"/"+p.daysAgo(n), "runs", ""); status != http.StatusOK {
			continue
		}
		if record := p.record(report, p.daysAgo(n)); record.State != run.StatePublished || record.WithData != few {
			p.t.Errorf("%s of %d days ago: %+v", report, n, record)
		}
		days = append(days, fmt.Sprint(n))
	}
	return strings.Join(days, " ")
}

// page is what a browser shows.
func (p *place) page(path string) string {
	p.t.Helper()
	request, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.Host.URL()+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	request.Header.Set("Accept", "text/html")
	request.Header.Set("x-functions-key", p.Host.HostKey())
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(text)
}

func TestTenNightsAreMissed(t *testing.T) {
	t.Parallel()
	p := open(t, m365.Options{Customers: few, Seed: 131}, map[string]string{"REPORTS": "day=" + dayCall + "; week=" + countsCall})
	p.nightOf(11, "day", dayCall)
	p.nightOf(11, "week", countsCall)
	// The host knows nothing of the nights that were missed.
	p.configure("NIGHTLY_SCHEDULE", "0 30 2 * * *")
	if err := p.Host.FireMissed(t.Context(), "nightly", p.due.AddDate(0, 0, -10)); err != nil {
		t.Fatal(err)
	}
	if days := p.daysOf("day"); days != "11" {
		t.Fatalf("before the first night there are the days %s", days)
	}

	p.night()
	if days := p.daysOf("day"); days != "0 4 5 6 7 8 9 10 11" {
		t.Errorf("after one night there are the days %s", days)
	}
	if days := p.daysOf("week"); days != "0 11" {
		t.Errorf("a report of the present is made only for today: %s", days)
	}
	var madeUp []string
	for n := 10; n > 3; n-- {
		madeUp = append(madeUp, p.daysAgo(n))
	}
	p.says(t, `"msg":"night queued","invocation":`, fmt.Sprintf(`"date":%q,"reports":["day","week"],"madeUp":{"day":["%s"]}`, p.today, strings.Join(madeUp, `","`)))
	runs := map[string]bool{}
	for n := range 12 {
		if n == 0 || n > 3 {
			runs[p.record("day", p.daysAgo(n)).Run] = true
		}
	}

	p.night()
	if days := p.daysOf("day"); days != "0 1 2 3 4 5 6 7 8 9 10 11" {
		t.Errorf("after two nights there are the days %s", days)
	}
	p.says(t, fmt.Sprintf(`"madeUp":{"day":["%s","%s","%s"]}`, p.daysAgo(3), p.daysAgo(2), p.daysAgo(1)))
	for n := range 12 {
		if again := p.record("day", p.daysAgo(n)); n > 3 && !runs[again.Run] {
			t.Errorf("the run of %d days ago was made twice", n)
		}
	}

	for key, note := range map[string]string{
		"day/" + p.daysAgo(10): "This night was missed and run later, on " + p.today + ".",
		"week/" + p.today: fmt.Sprintf("The nights of %s to %s were missed and can't be run any more, because this report shows the present.",
			p.daysAgo(10), p.daysAgo(1)),
	} {
		report, date, _ := strings.Cut(key, "/")
		if notes := p.record(report, date).Notes; !slices.Contains(notes, note) {
			t.Errorf("notes of %s: %q", key, notes)
		}
		if page := p.page("/api/runs/" + key); !strings.Contains(page, strings.ReplaceAll(note, "'", "&#39;")) {
			t.Errorf("the page of %s does not say %q: %s", key, note, page)
		}
	}
	if notes := p.record("day", p.today).Notes; len(notes) > 0 {
		t.Errorf("tonight's own run has notes: %q", notes)
	}
}

func TestANightIsQueuedThoughEarlierOnesCannotBeLookedAt(t *testing.T) {
	t.Parallel()
	p := open(t, m365.Options{Customers: few, Seed: 132}, map[string]string{"REPORTS": "day=" + dayCall})
	p.nightOf(2, "day", dayCall)
	p.Cloud.SetOutage(m365.StorageEchoes, true)
	p.configure("NIGHTLY_SCHEDULE", "0 30 2 * * *")
	if err := p.Host.FireTimer(t.Context(), "nightly", p.due, false); err != nil {
		t.Fatal(err)
	}
	p.Cloud.SetOutage(m365.StorageEchoes, false)
	p.Host.KillHandler() // with its connections to storage
	p.idle()
	if days := p.daysOf("day"); days != "0 2" {
		t.Errorf("after a night that could not look at storage there are the days %s", days)
	}
	p.says(t, "earlier nights can't be completed", `"madeUp":{}`)
	p.night()
	if days := p.daysOf("day"); days != "0 1 2" {
		t.Errorf("after the next one there are the days %s", days)
	}
}
