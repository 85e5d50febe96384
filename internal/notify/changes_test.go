package notify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"iter"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tenantrollup/internal/notify"
	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
	"tenantrollup/internal/runstore"
)

var _ notify.Runs = (*runstore.Store)(nil)

// none has no publications, or fails.
type none struct{ err error }

func (n none) LastPublished(context.Context, string, string, report.Date) (run.Key, run.Checkpoint, error) {
	return run.Key{}, run.Checkpoint{}, n.err
}

func (n none) Customers(context.Context, run.Key, run.Checkpoint, int) iter.Seq2[run.Customer, error] {
	return func(yield func(run.Customer, error) bool) { yield(run.Customer{}, n.err) }
}

func (n none) ErrorLog(context.Context, run.Key) iter.Seq2[run.Line, error] {
	return func(yield func(run.Line, error) bool) { yield(run.Line{}, n.err) }
}

// nights are publications by date. A customer is written "id", or "id:class" if it has
// a line in the error log.
type nights map[report.Date]struct {
	scope     run.Scope
	customers []string // what the list was frozen with; with the old line in a rerun
	log       []string
}

func (n nights) LastPublished(_ context.Context, _, _ string, before report.Date) (run.Key, run.Checkpoint, error) {
	var newest report.Date
	for date := range n {
		if date < before {
			newest = max(newest, date)
		}
	}
	if newest == "" {
		return run.Key{}, run.Checkpoint{}, nil
	}
	return run.Key{Report: key.Report, Date: newest}, run.Checkpoint{Run: "00000001", Scope: n[newest].scope}, nil
}

func (n nights) Customers(_ context.Context, key run.Key, cp run.Checkpoint, _ int) iter.Seq2[run.Customer, error] {
	return func(yield func(run.Customer, error) bool) {
		for _, text := range n[key.Date].customers {
			l := line(text)
			if cp.Scope == run.ScopeFailed {
				l.Customer.Line = strings.TrimSuffix(string(l.Append(nil)), "\n")
			}
			if !yield(l.Customer, nil) {
				return
			}
		}
	}
}

func (n nights) ErrorLog(_ context.Context, key run.Key) iter.Seq2[run.Line, error] {
	return func(yield func(run.Line, error) bool) {
		for _, text := range n[key.Date].log {
			if !yield(line(text), nil) {
				return
			}
		}
	}
}

func line(text string) run.Line {
	id, class, _ := strings.Cut(text, ":")
	return run.Line{
		Customer: run.Customer{TenantID: id, Name: "Contoso " + strings.ToUpper(id), Domain: id + ".example"},
		Failure:  run.Failure{Class: run.Class(class)},
	}
}

// history is two nights between which everything has changed.
func history() nights {
	return nights{
		"2026-11-23": {run.ScopeMissing, []string{"a", "b", "c", "gone", "n"}, []string{"a:consent-missing", "gone:throttled", "n:no-data"}},
		"2026-11-24": {run.ScopeMissing, []string{"a", "b", "c", "n", "new"}, []string{"b:consent-missing", "n:no-data", "new:role-missing"}},
	}
}

func TestChanges(t *testing.T) {
	for _, c := range []struct {
		rule   string
		nights nights
		want   string
	}{
		{"newly failing, recovered, new and gone", history(), "since 2026-11-23: failing b new, recovered a; since 2026-11-23: new new, gone gone"},
		{"without a night before, there is nothing to say", nights{"2026-11-24": history()["2026-11-24"]}, ""},
		{"still failing is not a change, whatever the reason", nights{
			"2026-11-23": {run.ScopeAll, []string{"a"}, []string{"a:consent-missing"}},
			"2026-11-24": {run.ScopeMissing, []string{"a"}, []string{"a:throttled"}},
		}, "since 2026-11-23: failing , recovered ; since 2026-11-23: new , gone "},
		{"no data is not a failure: after a failure it is a recovery", nights{
			"2026-11-23": {run.ScopeAll, []string{"a", "b"}, []string{"a:throttled", "b:no-data"}},
			"2026-11-24": {run.ScopeMissing, []string{"a", "b"}, []string{"a:no-data", "b:throttled"}},
		}, "since 2026-11-23: failing b, recovered a; since 2026-11-23: new , gone "},
		{"an excluded customer has not recovered, and does not fail", nights{
			"2026-11-23": {run.ScopeAll, []string{"a", "b"}, []string{"a:throttled"}},
			"2026-11-24": {run.ScopeMissing, []string{"a", "b"}, []string{"a:excluded", "b:excluded"}},
		}, "since 2026-11-23: failing , recovered ; since 2026-11-23: new , gone "},
		{"a rerun of the failed is compared with what it replaces", nights{
			"2026-11-23": history()["2026-11-23"],
			"2026-11-24": {run.ScopeFailed, []string{"a:throttled", "b:no-data", "c:service-fault"}, []string{"b:throttled", "c:service-fault"}},
		}, "since 2026-11-24: failing b, recovered a"},
		{"its list does not have all customers, but that of an earlier night does", nights{
			"2026-11-22": {run.ScopeMissing, []string{"a", "b"}, nil},
			"2026-11-23": {run.ScopeFailed, []string{"b"}, []string{"b:throttled"}},
			"2026-11-24": {run.ScopeMissing, []string{"a", "c"}, nil},
		}, "since 2026-11-23: failing , recovered ; since 2026-11-22: new c, gone b"},
		{"without such a list it says nothing about new and gone customers", nights{
			"2026-11-23": {run.ScopeFailed, []string{"b"}, []string{"b:throttled"}},
			"2026-11-24": {run.ScopeMissing, []string{"a", "b", "c"}, nil},
		}, "since 2026-11-23: failing , recovered b"},
		{"customers at the end of either list count", nights{
			"2026-11-23": {run.ScopeAll, []string{"a", "y", "z"}, nil},
			"2026-11-24": {run.ScopeMissing, nil, nil},
		}, "since 2026-11-23: failing , recovered ; since 2026-11-23: new , gone a y z"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			cp := checkpoint(run.StatePublished)
			cp.Scope = c.nights[key.Date].scope
			if got := told(t, c.nights, cp); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

type group struct {
	Count     int
	Customers []struct{ TenantID, Name string }
}

func (g group) String() string {
	var ids []string
	for _, c := range g.Customers {
		ids = append(ids, c.TenantID)
	}
	return strings.Join(ids, " ")
}

type changes struct {
	Since                   string
	NewlyFailing, Recovered group
	CustomerList            *struct {
		Since     string
		New, Gone group
	}
}

func changesOf(t *testing.T, runs notify.Runs, cp run.Checkpoint) *changes {
	t.Helper()
	r := &receiver{answers: []func(*http.Request) (*http.Response, error){status(200)}}
	if logged := send(t.Context(), plain, r, runs, cp); strings.Contains(logged, "level=WARN") {
		t.Error(logged)
	}
	var body struct{ Changes *changes }
	if err := json.Unmarshal([]byte(r.bodies[0]), &body); err != nil {
		t.Fatal(err)
	}
	return body.Changes
}

func told(t *testing.T, runs notify.Runs, cp run.Checkpoint) string {
	t.Helper()
	c := changesOf(t, runs, cp)
	if c == nil {
		return ""
	}
	text := fmt.Sprintf("since %s: failing %s, recovered %s", c.Since, c.NewlyFailing, c.Recovered)
	if c.CustomerList != nil {
		text += fmt.Sprintf("; since %s: new %s, gone %s", c.CustomerList.Since, c.CustomerList.New, c.CustomerList.Gone)
	}
	return text
}

// cut is nights whose lists can't be read to their end.
type cut struct{ nights }

func (c cut) Customers(ctx context.Context, key run.Key, cp run.Checkpoint, from int) iter.Seq2[run.Customer, error] {
	return func(yield func(run.Customer, error) bool) {
		for customer := range c.nights.Customers(ctx, key, cp, from) {
			if !yield(customer, nil) {
				return
			}
			break
		}
		yield(run.Customer{}, errors.New("storage does not answer"))
	}
}

func TestChangesThatAreNotKnownInFullAreNotTold(t *testing.T) {
	r := &receiver{answers: []func(*http.Request) (*http.Response, error){status(200)}}
	logged := send(t.Context(), plain, r, cut{history()}, checkpoint(run.StatePublished))
	if strings.Contains(r.bodies[0], "changes") || !strings.Contains(logged, "does not say what has changed") {
		t.Errorf("told %s\nlogged %s", r.bodies[0], logged)
	}
}

func TestGroupWithoutCustomersIsAnEmptyList(t *testing.T) {
	nights := nights{"2026-11-23": {run.ScopeAll, []string{"a"}, nil}, "2026-11-24": {run.ScopeAll, []string{"a"}, nil}}
	r := &receiver{answers: []func(*http.Request) (*http.Response, error){status(200)}}
	send(t.Context(), plain, r, nights, checkpoint(run.StatePublished))
	if got := strings.Count(r.bodies[0], `{"count":0,"customers":[]}`); got != 4 {
		t.Errorf("%d of 4 groups: %s", got, r.bodies[0])
	}
}

// crowd is two nights after which every group has many customers.
func crowd(each int) nights {
	var failed, recovered, added, gone, log, before []string
	for i := range each {
		name := fmt.Sprintf("%04d", i)
		failed, log = append(failed, "a"+name), append(log, "a"+name+":consent-missing")
		recovered, before = append(recovered, "b"+name), append(before, "b"+name+":throttled")
		added, gone = append(added, "c"+name), append(gone, "d"+name)
	}
	join := func(lists ...[]string) (all []string) {
		for _, list := range lists {
			all = append(all, list...)
		}
		return all
	}
	return nights{
		"2026-11-23": {run.ScopeAll, join(failed, recovered, gone), before},
		"2026-11-24": {run.ScopeAll, join(failed, recovered, added), log},
	}
}

func TestManyChanges(t *testing.T) {
	t.Run("names 20 customers of each, and counts all", func(t *testing.T) {
		c := changesOf(t, crowd(30), checkpoint(run.StatePublished))
		for _, g := range []group{c.NewlyFailing, c.Recovered, c.CustomerList.New, c.CustomerList.Gone} {
			if g.Count != 30 || len(g.Customers) != 20 {
				t.Errorf("%d, %d of them named", g.Count, len(g.Customers))
			}
		}
	})
	t.Run("a card says how many more there are, and stays below what Teams takes", func(t *testing.T) {
		r := &receiver{answers: []func(*http.Request) (*http.Response, error){status(200)}}
		send(t.Context(), teams, r, longNames{crowd(30)}, checkpoint(run.StatePublished))
		if n := strings.Count(r.bodies[0], " and 10 more"); n != 4 {
			t.Errorf("it says so %d times, want 4", n)
		}
		if len(r.bodies[0]) > 21_000 {
			t.Errorf("the card takes %d bytes", len(r.bodies[0]))
		}
	})
}

// longNames gives every customer a long and hostile name.
type longNames struct{ nights }

func (l longNames) Customers(ctx context.Context, key run.Key, cp run.Checkpoint, from int) iter.Seq2[run.Customer, error] {
	return func(yield func(run.Customer, error) bool) {
		for customer, err := range l.nights.Customers(ctx, key, cp, from) {
			customer.Name = "<ü>\u202e\x00" + strings.Repeat("企業", 300)
			if !yield(customer, err) {
				return
			}
		}
	}
}

func TestNames(t *testing.T) {
	c := changesOf(t, longNames{crowd(1)}, checkpoint(run.StatePublished))
	want := "<ü>  " + strings.Repeat("企業", 22) + "…"
	if got := c.Recovered.Customers[0].Name; got != want {
		t.Errorf("name %q, want %q: clipped, without invisible characters", got, want)
	}
}

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	var indented bytes.Buffer
	if err := json.Indent(&indented, []byte(got), "", "  "); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, indented.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(bytes.TrimSpace(want), bytes.TrimSpace(indented.Bytes())) {
		t.Errorf("%s, which -update rewrites, differs; got\n%s", file, &indented)
	}
}
