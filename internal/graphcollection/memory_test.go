package graphcollection_test

import (
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"tenantrollup/internal/run"
)

// directory is a service with that many pages of 1,000 records, which come in pieces.
type directory struct{ pages, asked int }

// RoundTrip implements http.RoundTripper.
func (d *directory) RoundTrip(req *http.Request) (*http.Response, error) {
	d.asked++
	end := "]}"
	if d.asked < d.pages {
		end = fmt.Sprintf(`],"@odata.nextLink":"%s/users?$skiptoken=%s%d"}`, front, strings.Repeat("x", 500), d.asked)
	}
	records := 1000
	if d.asked == d.pages {
		records = 0 // the last page is empty, as it often is
	}
	body := io.MultiReader(strings.NewReader(`{"value":[`), &recordsOf{left: records}, strings.NewReader(end))
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(body), Request: req}, nil
}

type recordsOf struct {
	left    int
	pending string
}

func (r *recordsOf) Read(p []byte) (int, error) {
	if r.pending == "" {
		if r.left == 0 {
			return 0, io.EOF
		}
		r.left--
		r.pending = fmt.Sprintf(`{"id":"%036[1]d","displayName":"Person %[1]d","assignedLicenses":[{"skuId":"%036[1]d"}],"signInActivity":{"lastSignInDateTime":"2026-11-01T00:00:00Z"}},`, r.left)
		if r.left == 0 {
			r.pending = strings.TrimSuffix(r.pending, ",")
		}
	}
	n := copy(p, r.pending)
	r.pending = r.pending[n:]
	return n, nil
}

// watcher is a run.Sink that keeps nothing, and looks at the memory that is in use.
type watcher struct {
	writes  int
	records int
	highest uint64
}

// Write implements io.Writer.
func (w *watcher) Write(p []byte) (int, error) {
	w.records += strings.Count(string(p), "\r\n")
	if w.writes++; w.writes%50 == 0 || w.writes < 5 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		w.highest = max(w.highest, m.HeapAlloc)
	}
	return len(p), nil
}

func (*watcher) Reset()                 {}
func (*watcher) Columns([]string)       {}
func (*watcher) Warn(run.Class, string) {}

func TestManyPagesTakeTheMemoryOfOne(t *testing.T) {
	highest := func(pages int) uint64 {
		w := &watcher{}
		if err := fetchFrom(t, &directory{pages: pages}, "/users?$top=999", w); err != nil || w.records != 1000*(pages-1) {
			t.Fatalf("%d records, %v", w.records, err)
		}
		return w.highest
	}
	one, all := highest(2), highest(101)
	t.Attr("grown", fmt.Sprintf("%.3f", (float64(all)-float64(one))/1e6)) // for docs/speed.md
	if all > one+2<<20 {
		t.Errorf("101 pages took %d bytes, and one %d", all, one)
	}
}
