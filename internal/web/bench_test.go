package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
	"tenantrollup/internal/runstore"
	"tenantrollup/internal/runstore/runstoretest"
	"tenantrollup/internal/web"
)

// farContainer takes 30 ms for each read, as storage may, and notes how many of
// one kind it has had at once.
type farContainer struct {
	*runstoretest.Memory
	reads *reads
}

type reads struct {
	mu   sync.Mutex
	now  map[string]int // by kind
	most int
}

const farAway = 30 * time.Millisecond

func (c farContainer) wait(name string) {
	kind := path.Ext(name)
	c.reads.mu.Lock()
	c.reads.now[kind]++
	c.reads.most = max(c.reads.most, c.reads.now[kind])
	c.reads.mu.Unlock()
	time.Sleep(farAway)
	c.reads.mu.Lock()
	c.reads.now[kind]--
	c.reads.mu.Unlock()
}

func (c farContainer) Head(ctx context.Context, name string) (runstore.Blob, error) {
	c.wait(name)
	return c.Memory.Head(ctx, name)
}

func (c farContainer) Get(ctx context.Context, name string) (runstore.Blob, io.ReadCloser, error) {
	c.wait(name)
	return c.Memory.Get(ctx, name)
}

func (c farContainer) List(ctx context.Context, prefix string) iter.Seq2[runstore.Blob, error] {
	c.wait(prefix)
	return c.Memory.List(ctx, prefix)
}

func (c farContainer) Folders(ctx context.Context, prefix string) iter.Seq2[string, error] {
	c.wait(prefix)
	return c.Memory.Folders(ctx, prefix)
}

// brokenOf says how many customers of 10,000 have each class: 3,644 in all.
var brokenOf = []struct {
	class  run.Class
	count  int
	remedy string
}{
	{run.ConsentMissing, 1500, "Have an administrator of the customer open https://login.microsoftonline.com/%s/adminconsent?client_id=9ba54c03-d6ee-430a-a118-fce5373e9578 and accept."},
	{run.RoleMissing, 200, "Assign the app's service principal the role Global Reader in the customer's Entra."},
	{run.BlockedByPolicy, 100, "Have the customer exclude service provider users from the Conditional Access policy that its Entra sign-in logs show for the correlation id."},
	{run.RelationshipEnded, 100, "In Partner Center renew the delegated admin relationship and assign it to a security group that the partner's user is in."},
	{run.NotLicensed, 600, "License the customer for this service, or add the tenant to CUSTOMERS_EXCLUDE."},
	{run.TenantGone, 4, "End the relationship in Partner Center, or add the tenant to CUSTOMERS_EXCLUDE."},
	{run.MalformedReport, 40, "Rerun the failed customers. If this continues, open a support request with Microsoft for this tenant."},
	{run.ServiceFault, 80, "Ask for the failed customers again; if it lasts, check the Microsoft 365 service health."},
	{run.Throttled, 20, "Wait for the next night."},
	{run.NoData, 1000, "Nothing, if this customer has no such data. Microsoft's reports lag by about two days."},
}

func tenantOf(n int) string { return fmt.Sprintf("%08x-5e1f-4d2c-9a63-%012x", n*7919, n) }

// brokenLines are the log of a night; for fewer customers, every nth line.
func brokenLines(every int) (lines []run.Line) {
	n := 0
	for _, of := range brokenOf {
		for range of.count {
			if n++; n%every != 0 {
				continue
			}
			id, remedy := tenantOf(n), of.remedy
			if of.class == run.ConsentMissing {
				remedy = fmt.Sprintf(remedy, id)
			}
			lines = append(lines, run.Line{
				Customer: run.Customer{TenantID: id, Name: fmt.Sprintf("Woodgrove Holdings %04d", n), Domain: fmt.Sprintf("woodgroveholdings%d.onmicrosoft.com", n)},
				Failure: run.Failure{
					Class: of.class, Remedy: remedy, CorrelationID: id + " at 2026-11-24 01:02:03Z",
					Message: "The service refused the request (403 Forbidden): the caller does not have the permission that this report needs in the tenant " + id + ".",
				},
			})
		}
	}
	return lines
}

// stock puts 30 nights of a report into storage, all with the same customers.
func stock(tb testing.TB, c *runstoretest.Memory, name string, customers int, lines []run.Line) {
	tb.Helper()
	put := func(name string, body []byte, metadata map[string]string) {
		if _, err := c.Put(tb.Context(), name, body, runstore.Write{Metadata: metadata}); err != nil {
			tb.Fatal(err)
		}
	}
	log := []byte(run.ErrorLogHeader)
	for _, line := range lines {
		log = line.Append(log)
	}
	var list []byte
	for n := range customers {
		list, _ = run.Customer{TenantID: tenantOf(n), Name: "Woodgrove", Domain: "woodgrove.example"}.AppendJSON(list)
	}
	for back := range 30 {
		key := run.Key{Report: name, Date: report.Date("2026-11-24").AddDays(-back)}
		at := key.Date.Time().Add(time.Hour)
		cp := run.Checkpoint{
			Run: "0badcafe", Turn: "0001-00000000", State: run.StatePublished, Scope: run.ScopeMissing, Call: "getMailboxUsageMailboxCounts(period='D7')",
			Slices: 1, Customers: customers, Cursor: customers, Started: at, Updated: at.Add(time.Minute), Columns: []string{"Report Refresh Date", "Total"},
		}
		for _, line := range lines {
			cp.AddLine(line.Failure.Class)
		}
		cp.WithData, cp.Rows = customers-len(lines), 7*(customers-len(lines))
		metadata, err := cp.Metadata()
		if err != nil {
			tb.Fatal(err)
		}
		body, _ := json.Marshal(cp.Record(key))
		put(key.String()+"/run.json", body, metadata)
		put(fmt.Sprintf("%s/%s_%s.errors.log", key, key.Report, key.Date), log, nil)
		put(key.String()+"/customers.jsonl", list, nil)
	}
}

// warn makes the newest run warn of relationships that end.
func warn(tb testing.TB, c *runstoretest.Memory, name string) {
	tb.Helper()
	key := run.Key{Report: name, Date: "2026-11-24"}
	record, err := c.Head(tb.Context(), key.String()+"/run.json")
	if err != nil {
		tb.Fatal(err)
	}
	cp, err := run.ParseCheckpoint(record.Metadata)
	if err != nil {
		tb.Fatal(err)
	}
	cp.AddWarning(run.WarnRelationshipEnding)
	body, _ := json.Marshal(cp.Record(key))
	if _, err := c.Put(tb.Context(), record.Name, body, runstore.Write{IfMatch: record.ETag, Metadata: record.Metadata}); err != nil {
		tb.Fatal(err)
	}
}

// far is an API over storage that is 30 ms away.
func far(c *runstoretest.Memory, reports int) *web.API {
	api := &web.API{Runs: runstore.New(farContainer{c, &reads{now: map[string]int{}}}), Today: "2026-11-24", Log: slog.New(slog.DiscardHandler), Login: "login.microsoftonline.com"}
	for n := range reports {
		api.Reports = append(api.Reports, web.Report{Name: fmt.Sprintf("report-%02d", n)})
	}
	return api
}

// hostKey is as long as a key of the Functions host.
const hostKey = "code=NqxZ65LBF77fy78WDNVocuYn_E_DyZCayp2iV_B4_qY2nxRl_gaFhQ%3D%3D"

func fetchPage(tb testing.TB, api *web.API, target string) int {
	tb.Helper()
	request := httptest.NewRequestWithContext(tb.Context(), http.MethodGet, "/api/runs"+target, nil)
	request.Header.Set("Accept", browser)
	recorder := httptest.NewRecorder()
	api.ServeHTTP(recorder, request)
	if recorder.Code != http.StatusOK {
		tb.Fatalf("answered %d %s", recorder.Code, recorder.Body)
	}
	return recorder.Body.Len()
}

// pages are what is measured: 30 reports × 30 nights, and a night of 10,000
// customers of whom 3,644 are without data. rounds is how many times a page waits
// for storage.
func pages(tb testing.TB) []measuredPage {
	wide := new(runstoretest.Memory)
	for n := range 30 {
		stock(tb, wide, fmt.Sprintf("report-%02d", n), 300, brokenLines(400))
	}
	deep := new(runstoretest.Memory)
	stock(tb, deep, "report-00", 10_000, brokenLines(1))
	warning := new(runstoretest.Memory)
	stock(tb, warning, "report-00", 300, brokenLines(400))
	warn(tb, warning, "report-00")
	return []measuredPage{
		{"Morning", wide, 30, "?", 21},
		{"MorningOfOne", deep, 1, "?", 7},
		{"Run", deep, 1, "/report-00/2026-11-24?", 4},
		{"RunThatWarns", warning, 1, "/report-00/2026-11-24?", 4},
		{"Customer", deep, 1, "?by=customer&customer=" + tenantOf(1234) + "&", 4},
		{"Customers", deep, 1, "?by=customer&page=19&", 6},
		{"Report", wide, 30, "?report=report-07&nights=366&", 2},
	}
}

type measuredPage struct {
	name    string
	storage *runstoretest.Memory
	reports int
	target  string
	rounds  int
}

// BenchmarkPage measures the pages. ns/op and page-B can be compared with those of
// an earlier build.
func BenchmarkPage(b *testing.B) {
	for _, p := range pages(b) {
		api := far(p.storage, p.reports)
		b.Run(p.name, func(b *testing.B) {
			size := 0
			for b.Loop() {
				size = fetchPage(b, api, p.target+hostKey)
			}
			b.ReportMetric(float64(size), "page-B")
		})
	}
}

func TestPagesAreSmallAndReadEightBlobsOfAKindAtOnce(t *testing.T) {
	for _, p := range pages(t) {
		t.Run(p.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				container := farContainer{p.storage, &reads{now: map[string]int{}}}
				api := far(p.storage, p.reports)
				api.Runs = runstore.New(container)
				start := time.Now()
				size := fetchPage(t, api, p.target+hostKey)
				if took := time.Since(start); took > time.Duration(p.rounds)*farAway {
					t.Errorf("waited for storage %d times, want %d", took/farAway, p.rounds)
				}
				if container.reads.most > 8 {
					t.Errorf("%d blobs at once", container.reads.most)
				}
				if size > 150_000 {
					t.Errorf("%d bytes", size)
				}
			})
		})
	}
}
