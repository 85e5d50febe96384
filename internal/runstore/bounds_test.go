package runstore_test

import (
	"net/http"
	"strings"
	"testing"

	"tenantrollup/internal/run"
	"tenantrollup/internal/runstore"
	"tenantrollup/internal/runstore/runstoretest"
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
