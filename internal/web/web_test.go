package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
	"tenantrollup/internal/web"
)

// runs is a store that has these, newest first, or fails.
type runs struct {
	known  []run.Status
	err    error
	logs   map[string][]run.Line // by report/date
	logErr error
	slow   report.Date // the log of this day does not end
	lists  map[string][]run.Customer

	listErr error
}

func (r runs) Absent(ctx context.Context, key run.Key, among func([]byte) bool) (map[string]run.Class, error) {
	absent := map[string]run.Class{}
	for line, err := range r.ErrorLog(ctx, key) {
		if err != nil {
			return nil, err
		}
		if among([]byte(line.Customer.TenantID)) {
			absent[line.Customer.TenantID] = line.Failure.Class
		}
	}
	return absent, nil
}

func (r runs) LineOf(ctx context.Context, key run.Key, tenantID string) (run.Line, bool, error) {
	for line, err := range r.ErrorLog(ctx, key) {
		if err != nil || line.Customer.TenantID == tenantID {
			return line, err == nil, err
		}
	}
	return run.Line{}, false, nil
}

func (r runs) Listed(_ context.Context, key run.Key, containing string) iter.Seq2[run.Customer, error] {
	return func(yield func(run.Customer, error) bool) {
		for _, customer := range r.lists[key.String()] {
			line, err := customer.AppendJSON(nil)
			if strings.Contains(string(line), containing) && !yield(customer, err) {
				return
			}
		}
		if r.listErr != nil {
			yield(run.Customer{}, r.listErr)
		}
	}
}

func (r runs) ErrorLog(ctx context.Context, key run.Key) iter.Seq2[run.Line, error] {
	return func(yield func(run.Line, error) bool) {
		for _, line := range r.logs[key.String()] {
			if !yield(line, nil) {
				return
			}
		}
		if key.Date == r.slow {
			<-ctx.Done()
			yield(run.Line{}, ctx.Err())
			return
		}
		if err := errors.Join(r.err, r.logErr); err != nil {
			yield(run.Line{}, err)
		}
	}
}

func (r runs) Status(_ context.Context, key run.Key) (run.Status, error) {
	for _, status := range r.known {
		if status.Key() == key {
			return status, r.err
		}
	}
	if r.err != nil {
		return run.Status{}, r.err
	}
	return run.Status{}, fmt.Errorf("run %s: %w", key, run.ErrNoRun)
}

func (r runs) List(_ context.Context, names []string, from, to report.Date) ([]run.Status, error) {
	return slices.DeleteFunc(slices.Clone(r.known), func(status run.Status) bool {
		return len(names) > 0 && !slices.Contains(names, status.Report) || status.Date < from || status.Date > to
	}), r.err
}

func (r runs) Reports(context.Context) ([]string, error) {
	var names []string
	for _, status := range r.known {
		names = append(names, status.Report)
	}
	slices.Sort(names)
	return slices.Compact(names), r.err
}

func (r runs) Latest(_ context.Context, name string) (run.Key, error) {
	cause := run.ErrNoRun
	for _, status := range r.known {
		if status.Report == name {
			cause = run.ErrNotPublished
			if status.HasFiles() {
				return status.Key(), r.err
			}
		}
	}
	if r.err != nil {
		return run.Key{}, r.err
	}
	return run.Key{}, fmt.Errorf("report %s: %w", name, cause)
}

func (r runs) Link(ctx context.Context, key run.Key, file run.File, until time.Time) (string, error) {
	status, err := r.Status(ctx, key)
	if err == nil && !status.HasFiles() {
		err = fmt.Errorf("run %s: %w", key, run.ErrNotPublished)
	}
	return fmt.Sprintf("https://contoso.example/%s.%s?se=%s&sig=hunter2", key, file, until.Format(time.RFC3339)), err
}

// stored are the runs of most tests: one that is published, one under way over an
// earlier publication, one that stopped before it ever published, one that cannot
// be read, and two of a report that is no longer in REPORTS.
func stored() runs {
	at := time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC)
	status := func(name string, date report.Date, state run.State) run.Status {
		cp := run.Checkpoint{
			Run: "0badcafe", Turn: "0001-00000000", State: state, Scope: run.ScopeAll, Call: "getMailboxUsageMailboxCounts(period='D7')",
			Slices: 2, Cursor: 3, Customers: 3, Started: at, Updated: at.Add(time.Minute), Columns: []string{"Report Refresh Date", "Total"},
			Counts: run.Counts{
				WithData: 1, Failed: 1, NoData: 1, Rows: 7, Refreshed: run.Span{Oldest: "2026-11-21", Newest: "2026-11-22"},
				Classes: run.Classes{run.ConsentMissing: 1, run.NoData: 1, run.WarnStaleData: 1},
			},
		}
		if state == run.StateStopped {
			cp.Reason = "the partner's secret has expired"
		}
		record := cp.Record(run.Key{Report: name, Date: date})
		if state == run.StateRunning {
			record.Finished = at.Add(-time.Hour)
		}
		return cp.Status(record)
	}
	return runs{known: []run.Status{
		status("details", "2026-11-24", run.StateStopped),
		status("mailbox-activity", "2026-11-24", run.StateRunning),
		status("mailbox-activity", "2026-11-23", run.StatePublished),
		run.Unreadable(run.Key{Report: "details", Date: "2026-11-21"}, "read blob details/2026-11-21/run.json: metadata key run: missing"),
		status("dropped", "2026-10-26", run.StatePublished),
		status("dropped", "2026-10-25", run.StatePublished),
	}}
}

// requests accepts every request, or fails as told.
type requests struct {
	judgement, failure error
	busy               string              // the report whose failed customers are being asked
	failed             map[string][]string // names of customers without data, by report
	queued             []string
}

func (r *requests) Judge(_ context.Context, key run.Key, _ run.Scope) error {
	if key.Report == r.busy {
		return run.ErrBusy
	}
	return r.judgement
}

func (r *requests) Request(_ context.Context, key run.Key, scope run.Scope) error {
	r.queued = append(r.queued, key.String()+" "+string(scope))
	if key.Report == r.busy {
		return run.ErrBusy
	}
	return r.failure
}

func (r *requests) JudgeSome(_ context.Context, key run.Key, asked run.Asked) ([]string, error) {
	if r.failed[key.Report] == nil {
		return nil, fmt.Errorf("run %s: %w", key, run.ErrNoMatch)
	}
	return r.failed[key.Report], r.Judge(context.Background(), key, run.ScopeFailed)
}

func (r *requests) RequestSome(_ context.Context, key run.Key, asked run.Asked) error {
	r.queued = append(r.queued, strings.TrimSpace(fmt.Sprintf("%s failed %s %s", key, asked.Class, strings.Join(asked.Customers, " "))))
	if key.Report == r.busy {
		return run.ErrBusy
	}
	return r.failure
}

func (r *requests) JudgeAccept(context.Context, run.Key, run.Turn) error { return r.judgement }

func (r *requests) Accept(_ context.Context, key run.Key, turn run.Turn) error {
	r.queued = append(r.queued, strings.TrimSpace(key.String()+" accept "+string(turn)))
	return r.failure
}

// call sends one request. What it logs goes to log.
func call(t *testing.T, method, target, body string, known runs, r *requests, log *strings.Builder) *httptest.ResponseRecorder {
	t.Helper()
	api := &web.API{
		Reports: []web.Report{{Name: "mailbox-activity", AsOfNow: true}, {Name: "details", AnswerableOn: thirtyDays}, {Name: "access", OnDemand: true}},
		Runs:    known, Requests: r,
		Today: "2026-11-24", Log: slog.New(slog.NewTextHandler(log, nil)),
	}
	recorder := httptest.NewRecorder()
	api.ServeHTTP(recorder, httptest.NewRequest(method, target, strings.NewReader(body)))
	if !json.Valid(recorder.Body.Bytes()) || recorder.Header().Get("Content-Type") != "application/json" {
		t.Errorf("answer is no JSON: %q", recorder.Body)
	}
	if recorder.Header().Get("Cache-Control") != "no-store" || recorder.Header().Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("answer may be kept, or its address passed on: %v", recorder.Header())
	}
	return recorder
}

func ask(t *testing.T, method, target, body string, known runs, r *requests) (status int, answer string) {
	t.Helper()
	recorder := call(t, method, target, body, known, r, new(strings.Builder))
	return recorder.Code, recorder.Body.String()
}

func TestRoutes(t *testing.T) {
	for _, c := range []struct {
		rule, method, target string
		status               int
		answer               string
	}{
		{"another path", http.MethodGet, "/api/other", http.StatusNotFound, "there is nothing at /api/other"},
		{"a path that only begins the same", http.MethodGet, "/api/runsrunsruns", http.StatusNotFound, `"code":"not-found"`},
		{"a report without a date", http.MethodGet, "/api/runs/details", http.StatusNotFound, `"code":"not-found"`},
		{"a path that is too long", http.MethodGet, "/api/runs/details/2026-11-24/csv/x", http.StatusNotFound, `"code":"not-found"`},
		{"a path that leads upwards", http.MethodGet, "/api/runs/../2026-11-24", http.StatusBadRequest, `report name \"..\"`},
		{"the same, encoded", http.MethodGet, "/api/runs/%2e%2e%2fdetails/2026-11-24", http.StatusBadRequest, `report name \"../details\"`},
		{"a dot", http.MethodGet, "/api/runs/details/./csv", http.StatusBadRequest, `date \".\"`},
		{"an empty part", http.MethodGet, "/api/runs//2026-11-24", http.StatusBadRequest, `report name \"\"`},
		{"markup for a report", http.MethodGet, "/api/runs/%3Cb%3E/2026-11-24", http.StatusBadRequest, `report name`},
		{"markup for the latest of a report", http.MethodGet, "/api/runs/%3Cb%3E/latest", http.StatusBadRequest, `report name`},
		{"POST to a run", http.MethodPost, "/api/runs/details/2026-11-24", http.StatusMethodNotAllowed, "accepted here: GET"},
		{"DELETE", http.MethodDelete, "/api/runs", http.StatusMethodNotAllowed, "accepted here: GET, POST"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			status, answer := ask(t, c.method, c.target, "", stored(), new(requests))
			if status != c.status || !strings.Contains(answer, c.answer) || strings.Contains(answer, "<") {
				t.Errorf("answered %d %s", status, answer)
			}
		})
	}
}

// thirtyDays is how long Microsoft keeps the days of details.
func thirtyDays(date report.Date) error {
	if date < "2026-10-25" {
		return errors.New("Microsoft keeps 30 days")
	}
	return nil
}
