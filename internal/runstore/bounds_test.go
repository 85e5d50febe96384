package runstore_test

import (
	"net/http"
	"strings"
	"testing"

	"tenantrollup/internal/run"
	"tenantrollup/internal/runstore"
)

func TestWhatStorageMayAnswer(t *testing.T) {
	for _, c := range []struct {
		rule, method, query string
		limit               int64
	}{
		{"a blob's content is read piece by piece", http.MethodGet, "", 0},
		{"a list of blobs is read whole", http.MethodGet, "?restype=container&comp=list", 2 << 20},
		{"a list of 50,000 blocks is longer", http.MethodGet, "?comp=blocklist&blocklisttype=committed", 8 << 20},
		{"the answer to a write is short", http.MethodPut, "", 2 << 20},
	} {
		t.Run(c.rule, func(t *testing.T) {
			req, err := http.NewRequest(c.method, "https://contoso.blob.core.windows.net/reports/x"+c.query, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := runstore.AnswerLimit(req); got != c.limit {
				t.Errorf("limit %d, want %d", got, c.limit)
			}
		})
	}
}

func TestBlobsThatThisProgramDidNotWrite(t *testing.T) {
	const recordName = "mailbox-activity/2026-11-24/run.json"
	t.Run("a record of more than 64 KiB is unreadable, and breaks no list", func(t *testing.T) {
		both(t, func(t *testing.T, c runstore.Container) {
			s := runstore.New(c)
			night(t, s)
			edit(t, c, recordName, func(text string, metadata map[string]string) string {
				metadata["state"] = string(run.StateRunning)
				return text + strings.Repeat(" ", 64<<10)
			})
			status, err := s.Status(t.Context(), key)
			if err != nil || status.State != run.StateUnreadable || !strings.Contains(status.Reason, "more than 64 KiB") {
				t.Errorf("status %+v, %v", status, err)
			}
			if listed, err := s.List(t.Context(), nil, key.Date, key.Date); err != nil || len(listed) != 1 {
				t.Errorf("listed %+v, %v", listed, err)
			}
		})
	})
	t.Run("a line of the log has 1 MiB at most", func(t *testing.T) {
		both(t, func(t *testing.T, c runstore.Container) {
			s := runstore.New(c)
			night(t, s)
			edit(t, c, logName, func(text string, _ map[string]string) string { return text + strings.Repeat("x", 1<<20+1) })
			var last error
			for _, err := range s.ErrorLog(t.Context(), key) {
				last = err
			}
			if last == nil || !strings.Contains(last.Error(), "more than 1 MiB") {
				t.Errorf("error %v", last)
			}
		})
	})
}
