package run

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tenantrollup/internal/report"
)

// ParseCheckpoint reads a record's metadata, with keys in any case. An unknown
// version, or a missing or unreadable key, is an error that names the key: state is
// never guessed.
func ParseCheckpoint(metadata map[string]string) (Checkpoint, error) {
	r := newReader(metadata)
	if version := r.text("version"); r.err == nil && version != metadataVersion {
		return Checkpoint{}, fmt.Errorf("metadata key version: %q is unknown, this program writes %q: deploy the release that wrote it, or delete the blob to start the run over",
			version, metadataVersion)
	}
	c := Checkpoint{
		Run:       r.matching("run", idForm.MatchString, "8 hex digits"),
		Turn:      Turn(r.matching("turn", turnForm.MatchString, "4 digits, a dash and 8 hex digits")),
		State:     State(r.matching("state", knownState, "a state")),
		Scope:     Scope(r.matching("scope", knownScope, "a scope")),
		Call:      r.text("call"),
		Slices:    r.number("slices"),
		Restarts:  r.number("restarts"),
		Cursor:    r.number("cursor"),
		Customers: r.number("customers"),
		Counts: Counts{
			WithData: r.number("withdata"),
			NoData:   r.number("nodata"),
			Failed:   r.number("failed"),
			Excluded: r.number("excluded"),
			Rows:     r.number("rows"),
		},
		Started:  r.moment("started"),
		Updated:  r.moment("updated"),
		Settings: r.values["settings"],
		Reason:   r.values["reason"],
		Asked:    r.asked(),
		Note:     r.values["note"],
		Refusal:  r.values["refusal"],
	}
	if r.values["accept"] != "" {
		c.Accept = Turn(r.matching("accept", turnForm.MatchString, "4 digits, a dash and 8 hex digits"))
	}
	if r.values["list"] != "" {
		c.List = r.number("list")
	}
	r.lists(&c)
	r.agree(c)
	if r.err != nil {
		return c, fmt.Errorf("%w: correct it, or delete the blob to start the run over", r.err)
	}
	return c, nil
}

// mostBlocks is how many blocks Azure allows in a blob.
const mostBlocks = 50_000

// agree checks that the numbers agree with each other: somebody who edits a
// record by hand may change only one of them.
func (r *reader) agree(c Checkpoint) {
	if c.Cursor > c.Customers {
		r.fail("cursor", fmt.Sprintf("no more than the %d of key customers", c.Customers))
	}
	csv, log := 0, 0
	for _, b := range c.Blocks {
		csv, log = csv+b.CSV, log+b.Log
		if min(b.Slice, b.CSV, b.Log) < 0 || max(b.Slice, b.CSV, b.Log, csv, log) > mostBlocks {
			r.fail("blocks", fmt.Sprintf("counts of 0 to %d", mostBlocks))
			return
		}
	}
	seen := map[int]bool{}
	for _, d := range c.Deferred {
		if d.Index < 0 || d.Index >= c.Cursor || seen[d.Index] {
			r.fail("deferred", "customers before the cursor, none twice")
			return
		}
		seen[d.Index] = true
	}
}

// ParseBase reads the metadata of a customer list.
func ParseBase(metadata map[string]string) (Base, error) {
	r := newReader(metadata)
	base := Base{Counts: Counts{WithData: r.number("withdata"), Rows: r.number("rows"), Classes: r.classes(), Refreshed: r.span()}}
	base.MD5 = r.md5()
	for part := range r.parts("sources") {
		name, count, _ := strings.Cut(part, ":")
		n, err := strconv.Atoi(count)
		if err != nil {
			r.fail("sources", "source:count pairs")
		}
		if base.Sources == nil {
			base.Sources = Sources{}
		}
		base.Sources[name] = n
	}
	for part := range r.parts("notes") {
		note, err := url.PathUnescape(part)
		if err != nil {
			r.fail("notes", "percent-encoded texts")
		}
		base.Notes = append(base.Notes, note)
	}
	return base, r.err
}

func knownState(s string) bool {
	switch State(s) {
	case StateQueued, StateRunning, StatePublishing, StatePublished, StateStopped, StateHeld:
		return true
	}
	return false
}

func knownScope(s string) bool {
	return Scope(s) == ScopeMissing || Scope(s) == ScopeAll || Scope(s) == ScopeFailed
}

// reader reads metadata values and remembers the first error.
type reader struct {
	values map[string]string
	err    error
}

func newReader(metadata map[string]string) *reader {
	r := &reader{values: make(map[string]string, len(metadata))}
	for key, value := range metadata {
		r.values[strings.ToLower(key)] = value
	}
	return r
}

func (r *reader) fail(key, want string) {
	if r.err != nil {
		return
	}
	if r.values[key] == "" {
		r.err = fmt.Errorf("metadata key %s: missing, want %s", key, want)
		return
	}
	r.err = fmt.Errorf("metadata key %s: %q, want %s", key, r.values[key], want)
}

func (r *reader) text(key string) string {
	return r.matching(key, func(s string) bool { return s != "" }, "a value")
}

func (r *reader) matching(key string, ok func(string) bool, want string) string {
	if !ok(r.values[key]) {
		r.fail(key, want)
	}
	return r.values[key]
}

func (r *reader) number(key string) int {
	n, err := strconv.Atoi(r.values[key])
	if err != nil || n < 0 {
		r.fail(key, "a count")
	}
	return n
}

func (r *reader) moment(key string) time.Time {
	t, err := time.Parse(time.RFC3339, r.values[key])
	if err != nil {
		r.fail(key, "a time, RFC 3339")
	}
	return t
}

func (r *reader) lists(c *Checkpoint) {
	c.Classes = r.classes()
	c.Refreshed = r.span()
	for part := range r.parts("blocks") {
		var s Staged
		_, err := fmt.Sscanf(part, "%d:%d/%d", &s.Slice, &s.CSV, &s.Log)
		if err != nil || joinBlocks([]Staged{s}) != part {
			r.fail("blocks", "slice:csv/log triples")
		}
		c.Blocks = append(c.Blocks, s)
	}
	for part := range r.parts("deferred") {
		var d Deferral
		_, err := fmt.Sscanf(part, "%d:%d:%s", &d.Index, &d.Tries, &d.Class)
		if err != nil || joinDeferred([]Deferral{d}) != part {
			r.fail("deferred", "index:tries:class triples")
		}
		c.Deferred = append(c.Deferred, d)
	}
	c.Columns = r.columns("columns")
	c.Unseen = r.columns("unseen")
	c.MD5 = r.md5()
}

func (r *reader) classes() Classes {
	var classes Classes
	for part := range r.parts("classes") {
		class, n, ok := strings.Cut(part, ":")
		count, err := strconv.Atoi(n)
		if !ok || class == "" || err != nil {
			r.fail("classes", "class:count pairs")
			continue
		}
		if classes == nil {
			classes = Classes{}
		}
		classes[Class(class)] = count
	}
	return classes
}

func (r *reader) span() Span {
	if r.values["refreshed"] == "" {
		return Span{}
	}
	oldest, newest, ok := strings.Cut(r.values["refreshed"], "/")
	if !ok {
		r.fail("refreshed", "oldest/newest")
	}
	return Span{report.Date(oldest), report.Date(newest)}
}

func (r *reader) md5() []byte {
	state, err := base64.RawURLEncoding.DecodeString(r.values["md5"])
	if err != nil {
		r.fail("md5", "base64")
	}
	if len(state) == 0 {
		return nil
	}
	return state
}

func (r *reader) parts(key string) func(yield func(string) bool) {
	if r.values[key] == "" {
		return func(func(string) bool) {}
	}
	return strings.SplitSeq(r.values[key], ",")
}

func (r *reader) columns(key string) []string {
	var names []string
	for part := range r.parts(key) {
		name, err := url.PathUnescape(part)
		if err != nil {
			r.fail(key, "percent-encoded names")
		}
		names = append(names, name)
	}
	return names
}
