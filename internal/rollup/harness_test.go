package rollup_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tenantrollup/internal/report"
	"tenantrollup/internal/rollup"
	"tenantrollup/internal/run"
	"tenantrollup/internal/runstore"
	"tenantrollup/internal/runstore/runstoretest"
)

const (
	callText = "getMailboxUsageMailboxCounts(period='D7')"
	date     = report.Date("2000-01-01") // where synctest's clock begins
	header   = "Report Refresh Date,Total,Report Period\n"
)

var key = run.Key{Report: "mailbox-activity", Date: date}

// night is a store in memory, customers, and what each of them answers.
type night struct {
	t           *testing.T
	container   runstoretest.Memory
	store       *runstore.Store
	customers   []run.Customer
	listError   error
	signInError error
	warnings    []string
	sources     run.Sources
	oddities    run.Classes // warnings about the list
	notes       []string    // about the filters
	filterError error
	// answer is what a customer's report is, fetch by fetch from 1.
	answer func(ctx context.Context, c run.Customer, nth int) (string, error)
	warn   func(c run.Customer, nth int, into run.Sink) // of the body; nil for nothing

	mu       sync.Mutex
	notices  []run.State // of the runs that people were told about
	random   *rand.Rand
	fetches  map[string]int
	inFlight int
	peak     int
}

func newNight(t *testing.T, customers int) *night {
	n := &night{t: t, fetches: map[string]int{}, random: rand.New(rand.NewPCG(1, 2))}
	n.store = runstore.New(&n.container)
	for i := range customers {
		n.customers = append(n.customers, run.Customer{TenantID: tenant(i), Name: fmt.Sprintf("Contoso %d", i)})
	}
	n.answer = func(_ context.Context, c run.Customer, _ int) (string, error) { return rowsOf(c), nil }
	return n
}

func tenant(i int) string { return fmt.Sprintf("%08d-0000-4000-8000-000000000000", i) }

func domain(tenantID string) string { return "c" + tenantID[:8] + ".onmicrosoft.com" }

func rowsOf(c run.Customer) string {
	return header + "1999-12-30," + c.TenantID[:8] + ",7\n1999-12-30,0,7\n"
}

// Customers implements rollup.Lister.
func (n *night) Customers(context.Context) ([]run.Customer, run.Base, error) {
	var base run.Base
	base.Sources, base.Notes, base.Classes = n.sources, n.notes, maps.Clone(n.oddities)
	return n.customers, base, n.listError
}

// Ready implements rollup.Filter.
func (n *night) Ready(context.Context) ([]string, error) { return n.notes, n.filterError }

// RulesOut implements rollup.Filter: a customer marked as excluded is excluded from
// then on.
func (n *night) RulesOut(_ context.Context, c run.Customer) (bool, error) {
	return slices.ContainsFunc(n.customers, func(now run.Customer) bool { return now.TenantID == c.TenantID && now.Excluded }), nil
}

// Identify implements rollup.Lister.
func (n *night) Identify(_ context.Context, c run.Customer) run.Customer {
	c.Domain = domain(c.TenantID)
	return c
}

// Fetch implements rollup.Fetcher.
func (n *night) Fetch(ctx context.Context, c run.Customer, _ report.Call, _ report.Date, into run.Sink) error {
	n.mu.Lock()
	n.fetches[c.TenantID]++
	nth := n.fetches[c.TenantID]
	n.inFlight++
	n.peak = max(n.peak, n.inFlight)
	n.mu.Unlock()
	if n.warn != nil {
		n.warn(c, nth, into)
	}
	body, err := n.answer(ctx, c, nth)
	n.mu.Lock()
	n.inFlight--
	n.mu.Unlock()
	if err != nil {
		return err
	}
	_, err = io.WriteString(into, body)
	return err
}

// Notify implements rollup.Notifier.
func (n *night) Notify(_ context.Context, _ run.Key, cp run.Checkpoint) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.notices = append(n.notices, cp.State)
}

func (n *night) rollup() *rollup.Rollup {
	return &rollup.Rollup{
		Store: n.store,
		SignIn: func(context.Context) (rollup.Access, error) {
			return rollup.Access{Lister: n, Filter: n, Fetcher: n, Warnings: n.warnings}, n.signInError
		},
		Notifier: n, Log: slog.New(slog.NewTextHandler(n.t.Output(), nil)),
		Random: n.randomly, Concurrency: 4, Settings: "settings",
	}
}

func (n *night) randomly() uint32 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.random.Uint32()
}

// neverAnswers is the answer of a customer that is waited for until ctx ends.
func neverAnswers(ctx context.Context) (string, error) {
	<-ctx.Done()
	return "", ctx.Err()
}

func (n *night) message() run.Message {
	return run.Message{Run: "0badcafe", Turn: "0001-00000000", Report: key.Report, Call: callText, Date: date, Scope: run.ScopeMissing}
}

// run works on the message and its continuations, each slice within the
// budget, and returns how many slices it took.
func (n *night) run(budget time.Duration) (slices int) {
	n.t.Helper()
	m := n.message()
	for slices = 1; ; slices++ {
		next, err := n.slice(m, budget)
		if err != nil {
			n.t.Fatalf("slice %d: %v", slices, err)
		}
		if next == nil {
			return slices
		}
		m = *next
	}
}

func (n *night) slice(m run.Message, budget time.Duration) (*run.Message, error) {
	ctx, cancel := context.WithTimeout(n.t.Context(), budget)
	defer cancel()
	return n.rollup().Slice(ctx, m, false)
}

func (n *night) blob(name string) string {
	n.t.Helper()
	_, body, err := n.container.Get(n.t.Context(), name)
	if err != nil {
		n.t.Fatal(err)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		n.t.Fatal(err)
	}
	return string(text)
}

func (n *night) csv() string { return n.blob(key.String() + "/mailbox-activity_2000-01-01.csv") }

// lines returns the error log's lines as "class tenant message".
func (n *night) lines() []string {
	n.t.Helper()
	text := n.blob(key.String() + "/mailbox-activity_2000-01-01.errors.log")
	body, ok := strings.CutPrefix(text, run.ErrorLogHeader)
	if !ok {
		n.t.Fatalf("error log begins with %q", text)
	}
	var lines []string
	for text := range strings.Lines(body) {
		line, err := run.ParseLine(strings.TrimSuffix(text, "\n"))
		if err != nil {
			n.t.Fatal(err)
		}
		lines = append(lines, fmt.Sprintf("%s %s %s", line.Failure.Class, line.Customer.TenantID[:8], line.Failure.Message))
	}
	return lines
}

func (n *night) record() run.Record {
	n.t.Helper()
	record, err := run.ParseRecord([]byte(n.blob(key.String() + "/run.json")))
	if err != nil {
		n.t.Fatal(err)
	}
	return record
}

func (n *night) checkpoint() run.Checkpoint {
	n.t.Helper()
	checkpoint, _, err := n.store.Read(n.t.Context(), key)
	if err != nil {
		n.t.Fatal(err)
	}
	return checkpoint
}

// putCheckpoint writes a checkpoint as some other invocation left it.
func (n *night) putCheckpoint(change func(*run.Checkpoint)) run.Checkpoint {
	n.t.Helper()
	cp := run.Checkpoint{
		Run: "0badcafe", Turn: "0001-00000000", State: run.StateRunning, Scope: run.ScopeMissing, Call: callText,
		Slices: 1, Started: time.Now(), Updated: time.Now(), Settings: "settings",
	}
	change(&cp)
	_, version, err := n.store.Read(n.t.Context(), key)
	if err != nil {
		n.t.Fatal(err)
	}
	if _, err := n.store.Write(n.t.Context(), key, version, cp); err != nil {
		n.t.Fatal(err)
	}
	return cp
}

// publishedYesterday writes the checkpoint of a publication on the date before.
func (n *night) publishedYesterday(change func(*run.Checkpoint)) {
	n.t.Helper()
	n.publishedOn(date.AddDays(-1), change)
}

// publishedOn writes the checkpoint of a publication.
func (n *night) publishedOn(day report.Date, change func(*run.Checkpoint)) {
	n.t.Helper()
	cp := run.Checkpoint{
		Run: "00000001", Turn: "0001-00000000", State: run.StatePublished, Scope: run.ScopeMissing, Call: callText, Customers: len(n.customers),
	}
	change(&cp)
	if _, err := n.store.Write(n.t.Context(), run.Key{Report: key.Report, Date: day}, "", cp); err != nil {
		n.t.Fatal(err)
	}
}

func transient(class run.Class, after time.Duration) error {
	return &run.Failure{Class: class, Message: "not now", Transient: true, RetryAfter: after}
}

func index(c run.Customer) int {
	var i int
	fmt.Sscanf(c.TenantID[:8], "%d", &i)
	return i
}

func asJSON(t *testing.T, value any) string {
	t.Helper()
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if g, w := asJSON(t, got), asJSON(t, want); g != w {
		t.Errorf("%s:\n got %s\nwant %s", what, g, w)
	}
}
