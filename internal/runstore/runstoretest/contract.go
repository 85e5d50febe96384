package runstoretest

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/run"
	"tenantrollup/internal/runstore"
)

// Contract tests that a container does what runstore.Container promises. open
// returns a container without blobs, except for any whose names begin with ~.
func Contract(t *testing.T, open func(t *testing.T) runstore.Container) {
	for name, rule := range map[string]func(*testing.T, runstore.Container){
		"a blob that is not there is ErrNotFound":                       notThere,
		"Put without an ETag creates once":                              putCreatesOnce,
		"Put replaces content, metadata and headers under the ETag":     putReplaces,
		"SetMetadata replaces the metadata alone, under the ETag":       setMetadata,
		"staged blocks are invisible and change nothing":                stagedIsInvisible,
		"Commit names staged and committed blocks and drops the others": commitNames,
		"Blocks tells committed and staged blocks apart":                blockList,
		"Commit of a block that is not there is ErrBlocksLost":          commitLost,
		"Commit is refused under another ETag":                          commitRefused,
		"ids of another length are refused while blocks are staged":     idLength,
		"List yields blobs in order, with their metadata":               list,
		"Folders yields each folder once, and no blob":                  folders,
		"whoever has enough of a listing is given no more":              enough,
		"metadata keys come back in lower case":                         lowerKeys,
		"a write whose answer was lost has happened, and is refused":    lostAnswer,
		"of many writes under one ETag one happens":                     oneOfMany,
		"content that is being read stays what it was":                  reading,
		"Link names the blob and its end":                               link,
	} {
		t.Run(name, func(t *testing.T) { rule(t, open(t)) })
	}
}

func notThere(t *testing.T, c runstore.Container) {
	if _, err := c.Head(t.Context(), "a"); !errors.Is(err, runstore.ErrNotFound) {
		t.Errorf("head: %v", err)
	}
	if _, _, err := c.Get(t.Context(), "a"); !errors.Is(err, runstore.ErrNotFound) {
		t.Errorf("get: %v", err)
	}
	if _, err := c.Blocks(t.Context(), "a"); !errors.Is(err, runstore.ErrNotFound) {
		t.Errorf("blocks: %v", err)
	}
	for blob, err := range c.List(t.Context(), "a") {
		t.Errorf("list: %v %v", blob, err)
	}
}

func putCreatesOnce(t *testing.T, c runstore.Container) {
	etag := put(t, c, "a", "one", runstore.Write{})
	_, err := c.Put(t.Context(), "a", []byte("two"), runstore.Write{})
	refused(t, err)
	content(t, c, "a", "one", etag)
}

func putReplaces(t *testing.T, c runstore.Container) {
	first := put(t, c, "a", "one", runstore.Write{Metadata: map[string]string{"old": "1"}, ContentType: "text/plain"})
	second := put(t, c, "a", "two", runstore.Write{IfMatch: first, Metadata: map[string]string{"new": "2"}, ContentType: "application/json"})
	content(t, c, "a", "two", second)
	metadata(t, c, "a", map[string]string{"new": "2"})
	_, err := c.Put(t.Context(), "a", []byte("three"), runstore.Write{IfMatch: first})
	refused(t, err)
	content(t, c, "a", "two", second)
}

func setMetadata(t *testing.T, c runstore.Container) {
	first := put(t, c, "a", "one", runstore.Write{Metadata: map[string]string{"old": "1"}})
	second, err := c.SetMetadata(t.Context(), "a", first, map[string]string{"cursor": "7"})
	if err != nil {
		t.Fatal(err)
	}
	if second == first {
		t.Error("the ETag is still the same")
	}
	content(t, c, "a", "one", second)
	metadata(t, c, "a", map[string]string{"cursor": "7"})
	_, err = c.SetMetadata(t.Context(), "a", first, map[string]string{"cursor": "8"})
	refused(t, err)
	metadata(t, c, "a", map[string]string{"cursor": "7"})
}

func stagedIsInvisible(t *testing.T, c runstore.Container) {
	stage(t, c, "b", 0, "unseen")
	if _, err := c.Head(t.Context(), "b"); !errors.Is(err, runstore.ErrNotFound) {
		t.Errorf("head of a blob with staged blocks only: %v", err)
	}
	etag := put(t, c, "a", "one", runstore.Write{})
	stage(t, c, "a", 0, "unseen")
	content(t, c, "a", "one", etag)
}

func commitNames(t *testing.T, c runstore.Container) {
	for i, text := range []string{"A", "B", "C"} {
		stage(t, c, "a", i, text)
	}
	w := runstore.Write{Metadata: map[string]string{"run": "1"}, ContentType: "text/csv", FileName: "a.csv"}
	if err := c.Commit(t.Context(), "a", []string{id(2), id(0)}, w); err != nil {
		t.Fatal(err)
	}
	etag := content(t, c, "a", "CA", "")
	metadata(t, c, "a", w.Metadata)

	stage(t, c, "a", 3, "D")
	w.IfMatch = etag
	if err := c.Commit(t.Context(), "a", []string{id(0), id(3)}, w); err != nil {
		t.Fatal(err)
	}
	w.IfMatch = content(t, c, "a", "AD", "")
	if err := c.Commit(t.Context(), "a", []string{id(1)}, w); !errors.Is(err, run.ErrBlocksLost) {
		t.Errorf("commit of a block that an earlier commit dropped: %v", err)
	}
}

func blockList(t *testing.T, c runstore.Container) {
	for i, text := range []string{"A", "B", "C"} {
		stage(t, c, "a", i, text)
	}
	has := func(etag string, committed, staged []string) {
		t.Helper()
		list, err := c.Blocks(t.Context(), "a")
		slices.Sort(list.Staged)
		if err != nil || etag != "" && list.ETag != etag || !slices.Equal(list.Committed, committed) || !slices.Equal(list.Staged, staged) {
			t.Errorf("blocks: %+v, %v", list, err)
		}
	}
	has("", nil, []string{id(0), id(1), id(2)})
	if err := c.Commit(t.Context(), "a", []string{id(2), id(0)}, runstore.Write{}); err != nil {
		t.Fatal(err)
	}
	etag := content(t, c, "a", "CA", "")
	has(etag, []string{id(2), id(0)}, nil)
	stage(t, c, "a", 3, "D")
	has(etag, []string{id(2), id(0)}, []string{id(3)})
}

func commitLost(t *testing.T, c runstore.Container) {
	stage(t, c, "a", 0, "A")
	err := c.Commit(t.Context(), "a", []string{id(0), id(1)}, runstore.Write{})
	if !errors.Is(err, run.ErrBlocksLost) {
		t.Errorf("commit: %v", err)
	}
	if err := c.Commit(t.Context(), "a", []string{id(0)}, runstore.Write{}); err != nil {
		t.Errorf("the failed commit dropped what was staged: %v", err)
	}
}

func commitRefused(t *testing.T, c runstore.Container) {
	first := put(t, c, "a", "one", runstore.Write{})
	second := put(t, c, "a", "two", runstore.Write{IfMatch: first})
	stage(t, c, "a", 0, "three")
	refused(t, c.Commit(t.Context(), "a", []string{id(0)}, runstore.Write{}))
	refused(t, c.Commit(t.Context(), "a", []string{id(0)}, runstore.Write{IfMatch: first}))
	content(t, c, "a", "two", second)
}

func idLength(t *testing.T, c runstore.Container) {
	stage(t, c, "a", 0, "A")
	if err := c.Stage(t.Context(), "a", "c2hvcnQ=", []byte("B")); err == nil {
		t.Error("a shorter id was taken")
	}
}

func list(t *testing.T, c runstore.Container) {
	for _, name := range []string{"r/2026-11-24/run.json", "q/x", "r/2026-11-23/run.json", "rr/x"} {
		put(t, c, name, "", runstore.Write{Metadata: map[string]string{"state": "published"}})
	}
	stage(t, c, "r/2026-11-25/staged", 0, "A")
	var names []string
	for blob, err := range c.List(t.Context(), "r/") {
		if err != nil {
			t.Fatal(err)
		}
		if blob.Metadata["state"] != "published" || blob.ETag == "" {
			t.Errorf("listed %+v", blob)
		}
		names = append(names, blob.Name)
	}
	if want := []string{"r/2026-11-23/run.json", "r/2026-11-24/run.json"}; !slices.Equal(names, want) {
		t.Errorf("names: %q, want %q", names, want)
	}
}

func folders(t *testing.T, c runstore.Container) {
	for _, name := range []string{"r/2026-11-24/run.json", "r/2026-11-24/b.csv", "r/2026-11-23/run.json", "r/file", "s/x", "t"} {
		put(t, c, name, "", runstore.Write{})
	}
	stage(t, c, "r/2026-11-25/staged", 0, "A")
	for prefix, want := range map[string][]string{
		"r/": {"2026-11-23", "2026-11-24"}, "": {"r", "s"}, "r/2026-11-24/": nil, "q/": nil,
	} {
		var names []string
		for name, err := range c.Folders(t.Context(), prefix) {
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, name)
		}
		if !slices.Equal(names, want) {
			t.Errorf("folders of %q: %q, want %q", prefix, names, want)
		}
	}
}

func enough(t *testing.T, c runstore.Container) {
	for _, name := range []string{"r/a/x", "r/b/x"} {
		put(t, c, name, "", runstore.Write{})
	}
	for blob, err := range c.List(t.Context(), "r/") {
		if blob.Name != "r/a/x" || err != nil {
			t.Errorf("list: %+v, %v", blob, err)
		}
		break
	}
	for name, err := range c.Folders(t.Context(), "r/") {
		if name != "a" || err != nil {
			t.Errorf("folders: %q, %v", name, err)
		}
		break
	}
}

func lowerKeys(t *testing.T, c runstore.Container) {
	want := map[string]string{"withdata": "7"}
	etag := put(t, c, "a", "one", runstore.Write{Metadata: map[string]string{"WithData": "7"}})
	metadata(t, c, "a", want)
	if _, err := c.SetMetadata(t.Context(), "a", etag, map[string]string{"WITHDATA": "7"}); err != nil {
		t.Fatal(err)
	}
	metadata(t, c, "a", want)
	for blob, err := range c.List(t.Context(), "a") {
		if err != nil || !maps.Equal(blob.Metadata, want) {
			t.Errorf("listed %+v, %v", blob, err)
		}
	}
}

// lostAnswer does twice what a writer does that has heard nothing.
func lostAnswer(t *testing.T, c runstore.Container) {
	first := put(t, c, "a", "one", runstore.Write{})
	_, err := c.Put(t.Context(), "a", []byte("one"), runstore.Write{})
	refused(t, err)
	for try := range 2 {
		second, err := c.SetMetadata(t.Context(), "a", first, map[string]string{"cursor": "7"})
		if try == 0 && (err != nil || second == first) {
			t.Fatal(second, err)
		}
		if try == 1 {
			refused(t, err)
		}
	}
	metadata(t, c, "a", map[string]string{"cursor": "7"})
	stage(t, c, "b", 0, "two")
	if err := c.Commit(t.Context(), "b", []string{id(0)}, runstore.Write{}); err != nil {
		t.Fatal(err)
	}
	refused(t, c.Commit(t.Context(), "b", []string{id(0)}, runstore.Write{}))
	content(t, c, "b", "two", "")
}

func oneOfMany(t *testing.T, c runstore.Container) {
	etag := put(t, c, "a", "one", runstore.Write{})
	const writers = 8
	errs := make(chan error, writers)
	for i := range writers {
		go func() {
			_, err := c.SetMetadata(t.Context(), "a", etag, map[string]string{"writer": strconv.Itoa(i)})
			errs <- err
		}()
	}
	happened := 0
	for range writers {
		err := <-errs
		if err == nil {
			happened++
			continue
		}
		refused(t, err)
	}
	if happened != 1 {
		t.Errorf("%d writes happened", happened)
	}
}

func reading(t *testing.T, c runstore.Container) {
	etag := put(t, c, "a", "one", runstore.Write{})
	_, body, err := c.Get(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	etag = put(t, c, "a", "two", runstore.Write{IfMatch: etag})
	if text, err := io.ReadAll(body); err != nil || string(text) != "one" {
		t.Errorf("read %q, %v", text, err)
	}
	content(t, c, "a", "two", etag)
}

func link(t *testing.T, c runstore.Container) {
	until := time.Date(2026, 11, 24, 1, 10, 0, 0, time.UTC)
	text, err := c.Link(t.Context(), "r/2026-11-24/a.csv", until)
	if err != nil {
		t.Fatal(err)
	}
	address, err := url.Parse(text)
	if err != nil || !strings.HasSuffix(address.Path, "/r/2026-11-24/a.csv") || address.Query().Get("se") != "2026-11-24T01:10:00Z" {
		t.Errorf("link: %s, %v", text, err)
	}
}

func id(sequence int) string { return run.BlockID("0badcafe", 1, sequence) }

func put(t *testing.T, c runstore.Container, name, body string, w runstore.Write) (etag string) {
	t.Helper()
	etag, err := c.Put(t.Context(), name, []byte(body), w)
	if err != nil {
		t.Fatal(err)
	}
	return etag
}

func stage(t *testing.T, c runstore.Container, name string, sequence int, body string) {
	t.Helper()
	if err := c.Stage(t.Context(), name, id(sequence), []byte(body)); err != nil {
		t.Fatal(err)
	}
}

func refused(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, run.ErrRefused) {
		t.Errorf("got %v, want ErrRefused", err)
	}
}

func content(t *testing.T, c runstore.Container, name, want, etag string) (current string) {
	t.Helper()
	blob, body, err := c.Get(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	got, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, []byte(want)) {
		t.Errorf("blob %s holds %q, want %q", name, got, want)
	}
	if etag != "" && blob.ETag != etag {
		t.Errorf("blob %s has ETag %s, want %s", name, blob.ETag, etag)
	}
	return blob.ETag
}

func metadata(t *testing.T, c runstore.Container, name string, want map[string]string) {
	t.Helper()
	blob, err := c.Head(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(blob.Metadata, want) {
		t.Errorf("metadata of %s: %v, want %v", name, blob.Metadata, want)
	}
}
