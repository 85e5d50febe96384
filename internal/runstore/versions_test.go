package runstore_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"tenantrollup/internal/runstore"
)

// newestVersion is the newest version of storage that the accounts of every cloud
// accept: some refuse 2026-12-06 (Azure/azure-sdk-for-go#27543). A newer azblob must
// not ask for more.
const newestVersion = "2025-11-05"

// wire notes the version of each kind of request.
type wire struct {
	next http.RoundTripper

	mu       sync.Mutex
	versions map[string]string
}

func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	query := req.URL.Query()
	kind := strings.Join(slices.DeleteFunc([]string{
		req.Method, query.Get("restype"), query.Get("comp"), query.Get("delimiter"), sent(req, "x-ms-blob-type"),
	}, func(part string) bool { return part == "" }), " ")
	version := sent(req, "x-ms-version")
	if query.Has("sig") {
		kind, version = "link", query.Get("sv")
	}
	w.mu.Lock()
	w.versions[kind] = version
	w.mu.Unlock()
	return w.next.RoundTrip(req)
}

// sent returns a header, whatever its case.
func sent(req *http.Request, name string) string {
	for key, values := range req.Header {
		if strings.EqualFold(key, name) {
			return values[0]
		}
	}
	return ""
}

func TestStorageIsAskedInVersionsThatEveryAccountAccepts(t *testing.T) {
	c, client := azureWithIdentity(t)
	wire := &wire{next: client.Transport, versions: map[string]string{}}
	client.Transport = wire
	askEverything(t, c, client)

	want := []string{
		"DELETE", "GET", "GET blocklist", "GET container list", "GET container list /", "HEAD",
		"POST service userdelegationkey", "PUT BlockBlob", "PUT block", "PUT blocklist", "PUT container", "PUT metadata", "link",
	}
	if got := slices.Sorted(maps.Keys(wire.versions)); !slices.Equal(got, want) {
		t.Errorf("kinds of requests\n%q, want\n%q", got, want)
	}
	for kind, version := range wire.versions {
		if version == "" || version > newestVersion {
			t.Errorf("%s asks for version %q, want %s at most", kind, version, newestVersion)
		}
	}
}

// askEverything makes each kind of request that the program makes of storage.
func askEverything(t *testing.T, c *runstore.Azure, client *http.Client) {
	t.Helper()
	if err := c.CheckBlob(t.Context()); err != nil {
		t.Error(err)
	}
	if err := c.CheckLink(t.Context(), client); err != nil {
		t.Error(err)
	}
	etag, err := c.Put(t.Context(), "a/b", []byte("1"), runstore.Write{})
	if err != nil {
		t.Fatal(err)
	}
	if etag, err = c.SetMetadata(t.Context(), "a/b", etag, map[string]string{"k": "v"}); err != nil {
		t.Error(err)
	}
	if _, err := c.Head(t.Context(), "a/b"); err != nil {
		t.Error(err)
	}
	if err := c.Stage(t.Context(), "a/b", "MDAw", []byte("2")); err != nil {
		t.Error(err)
	}
	if err := c.Commit(t.Context(), "a/b", []string{"MDAw"}, runstore.Write{IfMatch: etag}); err != nil {
		t.Error(err)
	}
	if _, err := c.Blocks(t.Context(), "a/b"); err != nil {
		t.Error(err)
	}
	for _, err := range c.List(t.Context(), "") {
		if err != nil {
			t.Error(err)
		}
	}
	for _, err := range c.Folders(t.Context(), "") {
		if err != nil {
			t.Error(err)
		}
	}
}
