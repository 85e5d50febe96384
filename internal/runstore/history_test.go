package runstore_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
	"tenantrollup/internal/runstore"
	"tenantrollup/internal/runstore/runstoretest"
)

// record writes a run's record as it is at this moment. A body that is not
// empty says that there is a publication.
func record(t *testing.T, c runstore.Container, name, date string, state run.State, body string) {
	t.Helper()
	cp := run.Checkpoint{
		Run: "00000001", Turn: "0001-00000000", State: state, Scope: run.ScopeAll, Call: "getMailboxUsageMailboxCounts(period='D7')",
		Customers: 3, Counts: run.Counts{WithData: 2, Rows: 7}, Started: time.Unix(1, 0), Updated: time.Unix(2, 0),
	}
	metadata, err := cp.Metadata()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Put(t.Context(), name+"/"+date+"/run.json", []byte(body), runstore.Write{Metadata: metadata}); err != nil {
		t.Fatal(err)
	}
}

func TestList(t *testing.T) {
	both(t, func(t *testing.T, c runstore.Container) {
		s := runstore.New(c)
		cp, version := publishing(t, s, "00000001")
		if err := s.Publish(t.Context(), key, version, cp); err != nil {
			t.Fatal(err)
		}
		record(t, c, "mailbox-activity", "2026-10-26", run.StatePublished, `{}`)
		record(t, c, "mailbox-activity", "2026-10-25", run.StatePublished, `{}`)
		record(t, c, "mailbox-activity", "2025-11-24", run.StatePublished, `{}`)
		record(t, c, "dropped", "2026-11-01", run.StateRunning, `{"report":"dropped","date":"2026-11-01","rows":99,"finished":"2026-11-01T01:00:00Z"}`)
		record(t, c, "dropped", "2026-11-02", run.StateStopped, "")
		record(t, c, "not a report", "2026-11-02", run.StatePublished, `{}`)
		for _, name := range []string{"dropped/2026-11-03/run.json", "dropped/2026-11-04/a.csv", "dropped/2026-11-05/x/run.json", "run.json"} {
			if _, err := c.Put(t.Context(), name, nil, runstore.Write{}); err != nil {
				t.Fatal(err)
			}
		}

		list := func(name string, from, to report.Date) (runs []run.Status, keys string) {
			t.Helper()
			runs, err := s.List(t.Context(), slices.DeleteFunc([]string{name}, func(s string) bool { return s == "" }), from, to)
			if err != nil {
				t.Fatal(err)
			}
			var all []string
			for _, r := range runs {
				all = append(all, r.Report+"/"+string(r.Date)+" "+string(r.State))
			}
			return runs, strings.Join(all, ", ")
		}

		runs, got := list("", "2026-10-26", "2026-11-24")
		want := "mailbox-activity/2026-11-24 published, dropped/2026-11-03 unreadable, dropped/2026-11-02 stopped, dropped/2026-11-01 running, mailbox-activity/2026-10-26 published"
		if got != want {
			t.Fatalf("newest first, of all reports in the container, between the two days:\ngot  %s\nwant %s", got, want)
		}
		if r := runs[1]; !strings.Contains(r.Reason, "read blob dropped/2026-11-03/run.json: metadata key") {
			t.Errorf("a record that cannot be read: %+v does not name its blob and key", r)
		}
		if r := runs[3]; r.Rows != 99 || r.Progress == nil || r.Finished.IsZero() {
			t.Errorf("an unfinished run shows the publication before it: %+v", r)
		}
		if r := runs[2]; r.Rows != 7 || !r.Finished.IsZero() {
			t.Errorf("a run that was never published shows what is known so far: %+v", r)
		}
		single, err := s.Status(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		if listed := runs[0]; listed.NoData != 1 || listed.Finished != single.Finished || listed.Run != single.Run || listed.Notes == nil {
			t.Errorf("a published run's metadata say what its body does: listed %+v, alone %+v", listed, single)
		}
		if names, err := s.Reports(t.Context()); err != nil || !slices.Equal(slices.Sorted(slices.Values(names)), []string{"dropped", "mailbox-activity"}) {
			t.Errorf("the reports that have runs: %q, %v", names, err)
		}
		if _, got := list("dropped", "2026-11-02", "2026-11-02"); got != "dropped/2026-11-02 stopped" {
			t.Errorf("one report on one day: %s", got)
		}
		if _, got := list("mail", "2025-12-31", "2026-11-24"); got != "" {
			t.Errorf("a name that other names begin with: %s", got)
		}
		if _, got := list("mailbox-activity", "2025-11-01", "2026-11-24"); !strings.HasSuffix(got, "/2025-11-24 published") {
			t.Errorf("across years: %s", got)
		}
	})
}

func TestListAsksOnce(t *testing.T) {
	counting := &counter{Container: new(runstoretest.Memory)}
	for _, name := range []string{"a", "b"} {
		for day := range 28 {
			record(t, counting, name, string(report.Date("2026-10-01").AddDays(day)), run.StatePublished, `{}`)
		}
	}
	records, err := runstore.New(counting).List(t.Context(), nil, "2026-10-01", "2026-10-30")
	if err != nil || len(records) != 56 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	slices.Sort(counting.asked) // lists are read side by side
	if want := []string{"folders ", "list a/2026-10-", "list b/2026-10-"}; !slices.Equal(counting.asked, want) {
		t.Errorf("asked storage for %q, want %q", counting.asked, want)
	}
}

func TestDates(t *testing.T) {
	counting := &counter{Container: new(runstoretest.Memory)}
	for _, date := range []string{"2026-09-30", "2026-10-01", "2026-10-31", "2026-11-02", "2026-11-03"} {
		record(t, counting, "a", date, run.StateQueued, "")
	}
	record(t, counting, "ab", "2026-10-15", run.StatePublished, `{}`)
	for _, name := range []string{"a/2026-11-01/run.json", "a/2026-10-02/customers.jsonl", "a/2026-10-03/x/run.json"} {
		if _, err := counting.Put(t.Context(), name, nil, runstore.Write{}); err != nil {
			t.Fatal(err)
		}
	}
	dates, err := runstore.New(counting).Dates(t.Context(), "a", "2026-10-01", "2026-11-02")
	if want := []report.Date{"2026-10-01", "2026-10-31", "2026-11-01", "2026-11-02"}; err != nil || !slices.Equal(dates, want) {
		t.Errorf("dates with a record, readable or not: %s, %v; want %s", dates, err, want)
	}
	if want := []string{"list a/2026-10-", "list a/2026-11-"}; !slices.Equal(counting.asked, want) {
		t.Errorf("asked storage for %q, want %q", counting.asked, want)
	}
}

func TestLastPublishedAsksLittle(t *testing.T) {
	counting := &counter{Container: new(runstoretest.Memory)}
	for day := range 400 {
		record(t, counting, "a", string(report.Date("2025-10-01").AddDays(day)), run.StatePublished, `{}`)
	}
	s := runstore.New(counting)
	key, _, err := s.LastPublished(t.Context(), "a", "getMailboxUsageMailboxCounts(period='D7')", "2026-11-01")
	if err != nil || key.Date != "2026-10-31" {
		t.Errorf("last published: %s, %v", key, err)
	}
	if want := []string{"folders a/", "list a/2026-10-"}; !slices.Equal(counting.asked, want) {
		t.Errorf("asked storage for %q, want %q", counting.asked, want)
	}
}

func TestLatest(t *testing.T) {
	both(t, func(t *testing.T, c runstore.Container) {
		s := runstore.New(c)
		if _, err := s.Latest(t.Context(), "mail"); !errors.Is(err, run.ErrNoRun) {
			t.Errorf("no run at all: %v", err)
		}
		record(t, c, "mail", "2026-11-24", run.StateRunning, "")
		record(t, c, "mailbox", "2026-11-24", run.StatePublished, `{}`)
		if _, err := s.Latest(t.Context(), "mail"); !errors.Is(err, run.ErrNotPublished) {
			t.Errorf("runs that were never published: %v", err)
		}
		record(t, c, "mail", "2026-11-20", run.StatePublished, `{}`)
		record(t, c, "mail", "2026-11-21", run.StateRunning, `{}`)
		if latest, err := s.Latest(t.Context(), "mail"); err != nil || latest.String() != "mail/2026-11-21" {
			t.Errorf("the newest publication, whatever the state: %s, %v", latest, err)
		}
	})
}

func TestErrorLog(t *testing.T) {
	both(t, func(t *testing.T, c runstore.Container) {
		s := runstore.New(c)
		cp, version := publishing(t, s, "00000001")
		for _, err := range s.ErrorLog(t.Context(), key) {
			if !errors.Is(err, runstore.ErrNotFound) {
				t.Errorf("before the publication: %v", err)
			}
		}
		if err := s.Publish(t.Context(), key, version, cp); err != nil {
			t.Fatal(err)
		}
		lines := 0
		for line, err := range s.ErrorLog(t.Context(), key) {
			if err != nil || line.Customer.TenantID != "t1" || line.Failure.Class != run.NoData {
				t.Errorf("%+v, %v", line, err)
			}
			lines++
			break // a caller that stops early gets no more lines, and no error
		}
		if lines != 1 {
			t.Errorf("%d lines, want 1", lines)
		}
	})
}
