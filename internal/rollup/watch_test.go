package rollup_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/csv"
	"slices"
	"strconv"
	"strings"
	"sync"

	"tenantrollup/internal/run"
)

// watch checks every write against the rules, at the moment when it is applied.
type watch struct {
	sync.Mutex // held while a write is applied and looked at
	world      *world
	last       run.Checkpoint
	etag       string // of the record
	body       string // of the record
	commits    map[string]int
}

// wrote looks at what a process has written.
func (w *watch) wrote(p *process, err error) {
	t := w.world.t
	if err != nil {
		return
	}
	if p.refused {
		t.Error("a slice that was refused a write writes on")
	}
	if p.stale {
		t.Error("a slice whose message has nothing to do writes")
	}
	blob, err := w.world.container.Head(context.Background(), recordName)
	if err != nil {
		return // there is no record yet
	}
	if blob.ETag != w.etag {
		cp, err := run.ParseCheckpoint(blob.Metadata)
		if err != nil {
			t.Error(err)
		}
		w.recorded(cp)
		w.etag = blob.ETag
	}
	if w.last.Finished() {
		w.world.accounted(w.last)
	}
}

// recorded compares the checkpoint with the one before: it only goes forward, and
// the record's body stays that of the last publication.
func (w *watch) recorded(cp run.Checkpoint) {
	t, last := w.world.t, w.last
	if last.Run == cp.Run {
		if cp.Turn < last.Turn || cp.Slices < last.Slices || cp.Restarts < last.Restarts {
			t.Errorf("the checkpoint goes back from %+v to %+v", last, cp)
		}
		if cp.Restarts == last.Restarts && cp.Cursor < last.Cursor {
			t.Errorf("the cursor goes back from %d to %d", last.Cursor, cp.Cursor)
		}
		if cp.Restarts > last.Restarts && cp.Accept != "" {
			t.Errorf("what was accepted is not what is now requested: %+v", cp)
		}
		if last.State == run.StateHeld && cp.State == run.StatePublishing && (last.Accept == "" || cp.Restarts != last.Restarts) {
			t.Errorf("a held run is published though nobody accepted it: %+v", last)
		}
		if last.State == run.StateHeld && cp.State == run.StateRunning && (last.Accept != "" || cp.Restarts == last.Restarts) {
			t.Errorf("a held run continues as if it were not: %+v", last)
		}
		thawed := last.State == run.StatePublishing && cp.State != run.StatePublishing && !cp.Finished()
		if thawed && w.world.losses == 0 || last.Finished() && !cp.Finished() {
			t.Errorf("the run is %s after it was %s", cp.State, last.State)
		}
	} else if last.Run != "" && !last.Finished() && last.Scope != run.ScopeFailed {
		t.Errorf("run %s replaces %s, which is %s", cp.Run, last.Run, last.State)
	}
	body := w.world.blob(recordName)
	if !cp.Finished() && body != w.body {
		t.Errorf("the record says\n%s\nthough the publication is\n%s", body, w.body)
	}
	w.last, w.body = cp, body
}

// committed: a file appears, or is replaced, in one step.
func (w *watch) committed(name string, metadata map[string]string) {
	one := name + " of run " + metadata["run"] + ", restarts " + metadata["restarts"]
	if w.commits[one]++; w.commits[one] > 1 {
		w.world.t.Errorf("%s is committed %d times", one, w.commits[one])
	}
}

// halfPublished reports whether a file of the run is there already.
func (w *watch) halfPublished(cp run.Checkpoint) bool {
	for _, name := range []string{csvName, logName} {
		if blob, err := w.world.container.Head(context.Background(), name); err == nil && blob.Metadata["run"] == cp.Run {
			return true
		}
	}
	return false
}

// frozeList: the list that a run works through stays.
func (w *watch) frozeList() {
	if w.last.List > 0 && !w.last.Finished() {
		w.world.t.Errorf("the list of run %s is replaced, though its record notes it", w.last.Run)
	}
}

// accounted checks the published files against the one rule: each customer's rows come
// from exactly one fetch, made for this run, or it has exactly one line.
func (w *world) accounted(cp run.Checkpoint) {
	t := w.t
	for _, name := range []string{csvName, logName} {
		blob, err := w.container.Head(context.Background(), name)
		if err != nil || blob.Metadata["run"] != cp.Run {
			t.Errorf("%s is of run %s, but the record is of %s: %v", name, blob.Metadata["run"], cp.Run, err)
		}
	}
	records, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(w.csv(), "\ufeff"))).ReadAll()
	if err != nil {
		t.Errorf("the csv can't be read: %v", err)
		return
	}
	if sum := md5.Sum([]byte(w.csv())); !bytes.Equal(sum[:], w.container.Properties(csvName).MD5) {
		t.Error("the csv has another Content-MD5 than its content")
	}
	total := slices.Index(records[0], "Total")
	rows, lines := map[string][]string{}, map[string]int{}
	for _, cells := range records[1:] {
		rows[cells[0]] = append(rows[cells[0]], cells[total])
	}
	for _, line := range w.lines() {
		lines[tenantOf(line)]++
	}
	everybody := slices.Clone(w.customers)
	for i := range w.listings {
		if c := (run.Customer{TenantID: tenant(newcomers + i)}); w.varies && len(rows[c.TenantID])+lines[c.TenantID[:8]] > 0 {
			everybody = append(everybody, c)
		}
	}
	for _, c := range everybody {
		w.accountedFor(cp, c, rows[c.TenantID], lines[c.TenantID[:8]])
	}
	if newcomer := len(everybody) - len(w.customers); cp.Customers != len(rows)+len(lines) || w.varies != (newcomer == 1) ||
		cp.Customers != len(everybody) || cp.Rows != len(records)-1 || cp.WithData != len(rows) {
		t.Errorf("%d rows of %d customers and %d lines of %d, but the record says %+v", len(records)-1, len(rows), len(lines), len(everybody), cp)
	}
}

func (w *world) accountedFor(cp run.Checkpoint, c run.Customer, rows []string, lines int) {
	if (len(rows) > 0) == (lines > 0) || lines > 1 {
		w.t.Errorf("customer %s has %d rows and %d lines", c.TenantID, len(rows), lines)
	}
	if !w.varies {
		return
	}
	for _, cell := range rows {
		nth, _ := strconv.Atoi(cell)
		if cell != rows[0] || len(rows) != 1+nth%3 {
			w.t.Errorf("customer %s has rows of fetches %v", c.TenantID, rows)
			return
		}
		if made := w.fetchedFor[c.TenantID][nth-1]; made != cp.Run && cp.Scope != run.ScopeFailed {
			w.t.Errorf("customer %s has rows that were fetched for run %s in run %s", c.TenantID, made, cp.Run)
			return
		}
	}
}

func tenantOf(line string) string { return strings.Fields(line)[1] }

// holds compares the publications of a steady story with those of an undisturbed one,
// and looks at how the last run ended.
func (w *world) holds(got, want []publication, what string) {
	w.t.Helper()
	if !w.varies {
		equal(w.t, "publications, "+what, got, want)
	}
	if cp, most := w.checkpoint(), 1+w.losses+w.changes; cp.Restarts > most {
		w.t.Errorf("%d restarts though only %d were called for", cp.Restarts, most)
	}
	if w.byHand > 0 && w.limit > 1 && w.losses+w.purges == 0 {
		w.t.Errorf("%d runs had to be requested again", w.byHand)
	}
	if w.t.Failed() {
		w.t.Log(what)
	}
}
