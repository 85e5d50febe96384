package rollup_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/report"
	"tenantrollup/internal/rollup"
	"tenantrollup/internal/run"
	"tenantrollup/internal/runstore"
)

const (
	tonight    = report.Date("2000-02-29") // a Tuesday
	dayCall    = "getEmailActivityUserDetail(date={today-3})"
	cmdletCall = "Get-MailFlowStatusReport -StartDate {today-2} -EndDate {today-1}"
)

func reportOf(t *testing.T, call string) report.Named {
	t.Helper()
	parsed, err := report.Parse(call)
	if err != nil {
		t.Fatal(err)
	}
	return report.Named{Name: key.Report, Call: parsed}
}

func everyNight(report.Date) bool { return true }

func onMondays(d report.Date) bool { return d.Time().Weekday() == time.Monday }

// days are the dates in days before tonight, such as "11 4-2".
func days(dates ...report.Date) string {
	var parts []string
	for _, d := range dates {
		parts = append(parts, fmt.Sprint(int(tonight.Time().Sub(d.Time()).Hours()/24)))
	}
	return strings.Join(parts, " ")
}

func datesOf(messages []run.Message) (dates []report.Date) {
	for _, m := range messages {
		dates = append(dates, m.Date)
	}
	return dates
}

// recorded leaves a published run of the call that many days before tonight.
func (n *night) recorded(call string, daysBefore ...int) {
	n.t.Helper()
	for _, back := range daysBefore {
		n.publishedOn(tonight.AddDays(-back), func(cp *run.Checkpoint) { cp.Call = call })
	}
}

// until waits for one o'clock of the date.
func until(date report.Date) { time.Sleep(time.Until(date.Time().Add(time.Hour))) }

func TestMissedNightsAreFoundInTheRecords(t *testing.T) {
	const lost = "can't be run any more, because "
	for rule, c := range map[string]struct {
		call     string
		recorded []int
		due      func(report.Date) bool
		hours    int    // how late the night is
		madeUp   string // days before tonight
		note     string
	}{
		"no night was missed":                                   {dayCall, []int{3, 2, 1}, everyNight, 0, "", ""},
		"a report without an earlier record missed none":        {dayCall, nil, everyNight, 0, "", ""},
		"nor one whose records are older than 28 days":          {dayCall, []int{30, 29}, everyNight, 0, "", ""},
		"tonight's own record does not count as an earlier one": {dayCall, []int{0}, everyNight, 0, "", ""},
		"seven at once, the oldest first":                       {dayCall, []int{11}, everyNight, 0, "10 9 8 7 6 5 4", ""},
		"a requested run in between does not end the search":    {dayCall, []int{5, 3}, everyNight, 0, "4 2 1", ""},
		"it counts from the oldest record":                      {dayCall, []int{12, 11, 9, 8, 7, 6, 5, 4, 3, 2}, everyNight, 0, "10 1", ""},
		"a night that the schedule leaves out":                  {dayCall, []int{28}, onMondays, 0, "22 15 8 1", ""},
		"none, if the schedule has none":                        {dayCall, []int{11}, func(report.Date) bool { return false }, 0, "", ""},
		"days that Microsoft keeps no more":                     {"getEmailActivityUserDetail(date={today-26})", []int{5}, everyNight, 0, "2 1", "The nights of 2000-02-25 to 2000-02-26 were missed and " + lost + "that is too long ago."},
		"counted from today if the night is late":               {"getEmailActivityUserDetail(date={today-26})", []int{3}, everyNight, 24, "1", "The night of 2000-02-27 was missed and " + lost + "that is too long ago."},
		"a cmdlet, seven days back":                             {cmdletCall, []int{10}, everyNight, 0, "7 6 5 4 3 2 1", "The nights of 2000-02-20 to 2000-02-21 were missed and " + lost + "that is too long ago."},
		"a retired cmdlet that a report answers by day":         {"Get-MailboxActivityReport -StartDate {today-8} -EndDate {today-2}", []int{3}, everyNight, 0, "2 1", ""},
		"a report of the present is only mentioned":             {callText, []int{9, 7, 4}, everyNight, 0, "", "The nights of 2000-02-21, 2000-02-23 to 2000-02-24, 2000-02-26 to 2000-02-28 were missed and " + lost + "this report shows the present."},
		"a cmdlet without dates, too":                           {"Get-MailFlowStatusReport", []int{2}, everyNight, 0, "", "The night of 2000-02-28 was missed and " + lost + "this report shows the present."},
		"our own report, too":                                   {report.Access, []int{2}, everyNight, 0, "", "The night of 2000-02-28 was missed and " + lost + "this report shows the present."},
		"the same days every night are in tonight's file":       {"getEmailActivityUserDetail(date=2000-02-20)", []int{4}, everyNight, 0, "", ""},
	} {
		t.Run(rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNight(t, 3)
				until(tonight)
				time.Sleep(time.Duration(c.hours) * time.Hour)
				n.recorded(c.call, c.recorded...)
				missed, err := n.rollup().Missed(t.Context(), reportOf(t, c.call), tonight, c.due)
				if err != nil {
					t.Fatal(err)
				}
				equal(t, "days before tonight", days(datesOf(missed.Messages)...), c.madeUp)
				equal(t, "tonight's note", missed.Note, c.note)
				for _, m := range missed.Messages {
					if m.Scope != run.ScopeMissing || m.Note != "This night was missed and run later, on 2000-02-29." {
						t.Errorf("message %+v", m)
					}
				}
			})
		})
	}
	t.Run("an unreadable record counts as a record", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 3)
			until(tonight)
			n.recorded(dayCall, 3)
			if _, err := n.container.Put(t.Context(), key.Report+"/"+string(tonight.AddDays(-2))+"/run.json", nil, runstore.Write{}); err != nil {
				t.Fatal(err)
			}
			missed, err := n.rollup().Missed(t.Context(), reportOf(t, dayCall), tonight, everyNight)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "days before tonight", days(datesOf(missed.Messages)...), "1")
		})
	})
	t.Run("the longest note fits into a message", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 3)
			until(tonight)
			n.recorded(callText, 28, 25, 22, 19, 16, 13, 10, 7, 4, 1)
			missed, err := n.rollup().Missed(t.Context(), reportOf(t, callText), tonight, everyNight)
			if err != nil {
				t.Fatal(err)
			}
			m := rollup.Nightly(run.Key{Report: key.Report, Date: tonight}, callText, n.randomly)
			m.Note = missed.Note
			n.work(m)
			equal(t, "notes", n.notesOf(tonight), missed.Note)
		})
	})
}

// nightOf is a whole night: what is asked, and then the runs.
func (n *night) nightOf(date report.Date, engine *rollup.Rollup, call string, due func(report.Date) bool) error {
	n.t.Helper()
	until(date)
	missed, err := engine.Missed(n.t.Context(), reportOf(n.t, call), date, due)
	m := rollup.Nightly(run.Key{Report: key.Report, Date: date}, call, n.randomly)
	m.Note = missed.Note
	for _, m := range append([]run.Message{m}, missed.Messages...) {
		n.work(m)
	}
	return err
}

// runsBy returns the runs up to a date: days before tonight, and which run.
func (n *night) runsBy(date report.Date) (when string, ids []string) {
	n.t.Helper()
	dates, err := n.store.Dates(n.t.Context(), key.Report, tonight.AddDays(-28), date)
	if err != nil {
		n.t.Fatal(err)
	}
	for _, d := range dates {
		cp, _, err := n.store.Read(n.t.Context(), run.Key{Report: key.Report, Date: d})
		if err != nil {
			n.t.Fatal(err)
		}
		equal(n.t, "state of "+string(d), cp.State, run.StatePublished)
		ids = append(ids, cp.Run)
	}
	return days(dates...), ids
}

func (n *night) notesOf(date report.Date) string {
	n.t.Helper()
	record, err := run.ParseRecord([]byte(n.blob(key.Report + "/" + string(date) + "/run.json")))
	if err != nil {
		n.t.Fatal(err)
	}
	return strings.Join(record.Notes, "; ")
}

func TestTenMissedNightsTakeTwoNights(t *testing.T) {
	for rule, asked := range map[string][]int{"nothing in between": nil, "a run asked for in between": {5}} {
		t.Run(rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNight(t, 3)
				until(tonight)
				n.recorded(dayCall, append([]int{11}, asked...)...)
				if err := n.nightOf(tonight, n.rollup(), dayCall, everyNight); err != nil {
					t.Fatal(err)
				}
				first, before := n.runsBy(tonight)
				if err := n.nightOf(tonight.AddDays(1), n.rollup(), dayCall, everyNight); err != nil {
					t.Fatal(err)
				}
				second, after := n.runsBy(tonight.AddDays(1))
				equal(t, "after two nights", second, "11 10 9 8 7 6 5 4 3 2 1 0 -1")
				if asked == nil {
					equal(t, "after one night", first, "11 10 9 8 7 6 5 4 0")
				} else {
					equal(t, "after one night", first, "11 10 9 8 7 6 5 4 3 0")
				}
				for _, id := range before {
					if !slices.Contains(after, id) {
						t.Error("the second night repeated a run of the first")
					}
				}
				equal(t, "a made-up run's notes", n.notesOf(tonight.AddDays(-10)), "This night was missed and run later, on 2000-02-29.")
				equal(t, "those of the second night", n.notesOf(tonight.AddDays(-1)), "This night was missed and run later, on 2000-03-01.")
				equal(t, "tonight's notes", n.notesOf(tonight), "")
			})
		})
	}
}

// unlisted is a container whose listings fail.
type unlisted struct{ runstore.Container }

func (unlisted) List(context.Context, string) iter.Seq2[runstore.Blob, error] {
	return func(yield func(runstore.Blob, error) bool) { yield(runstore.Blob{}, errStorage) }
}

func TestStorageThatFailsCostsNoMissedNight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNight(t, 3)
		until(tonight)
		n.recorded(dayCall, 3)
		broken := n.rollup()
		broken.Store = runstore.New(unlisted{&n.container})
		if err := n.nightOf(tonight, broken, dayCall, everyNight); !errors.Is(err, errStorage) || !strings.Contains(err.Error(), key.Report) {
			t.Errorf("the search fails with %v", err)
		}
		when, _ := n.runsBy(tonight)
		equal(t, "after one night", when, "3 0")
		if err := n.nightOf(tonight.AddDays(1), n.rollup(), dayCall, everyNight); err != nil {
			t.Fatal(err)
		}
		when, _ = n.runsBy(tonight.AddDays(1))
		equal(t, "after two nights", when, "3 2 1 0 -1")
	})
}

func TestNoteOfAMadeUpRunOutlivesRestartsAndReruns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNight(t, 3)
		n.answer = func(ctx context.Context, c run.Customer, _ int) (string, error) {
			select {
			case <-time.After(time.Minute):
			case <-ctx.Done():
				return "", transient(run.ServiceFault, 0)
			}
			if c.TenantID == tenant(1) {
				return "", &run.Failure{Class: run.ServiceFault, Message: "broken"}
			}
			return rowsOf(c), nil
		}
		m := n.message()
		m.Note = "This night was missed and run later, on 2000-01-02."
		settings := n.rollup()
		settings.Settings = "others"
		next, err := n.slice(m, 30*time.Second)
		if err != nil || next == nil || next.Note != "" {
			t.Fatalf("a continuation %+v, %v", next, err)
		}
		if next, err = settings.Slice(t.Context(), *next, false); err != nil || next != nil {
			t.Fatalf("with other settings: %+v, %v", next, err)
		}
		equal(t, "restarts", n.record().Restarts, 1)
		equal(t, "notes", n.notesOf(date), m.Note)
		n.rerun(long)
		equal(t, "scope", n.record().Scope, run.ScopeFailed)
		equal(t, "notes after a rerun of the failed", n.notesOf(date), m.Note)
		n.all()
		equal(t, "notes after a rerun of all", n.notesOf(date), "")
	})
}
