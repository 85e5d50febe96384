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

// watch holds every write to the rules, at the moment when it is applied.
type watch struct {
	sync.Mutex // held while a write is applied and looked at
	world      *world
	last       run.Checkpoint
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
	record, version, err := w.world.store.Read(context.Background(), key)
	if err != nil {
		t.Error(err)
	}
	if version == "" {
		return
	}
	w.record(record)
	if record.Finished() {
		w.world.accounted(record)
	}
}

// record holds the record to what it was before: it only goes forward, and its
// body stays that of the last publication.
func (w *watch) record(record run.Checkpoint) {
	t, last := w.world.t, w.last
	if last.Run == record.Run {
		if record.Turn < last.Turn || record.Slices < last.Slices || record.Restarts < last.Restarts {
			t.Errorf("the record goes back from %+v to %+v", last, record)
		}
		if record.Restarts == last.Restarts && record.Cursor < last.Cursor {
			t.Errorf("the cursor goes back from %d to %d", last.Cursor, record.Cursor)
		}
		thawed := last.State == run.StatePublishing && record.State != run.StatePublishing && !record.Finished()
		if thawed && w.world.losses == 0 || last.Finished() && !record.Finished() {
			t.Errorf("the run is %s after it was %s", record.State, last.State)
		}
	} else if last.Run != "" && !last.Finished() && last.Scope != run.ScopeFailed {
		t.Errorf("run %s takes the place of %s, which is %s", record.Run, last.Run, last.State)
	}
	body := w.world.blob(recordName)
	if !record.Finished() && body != w.body {
		t.Errorf("the record says\n%s\nthough the publication is\n%s", body, w.body)
	}
	w.last, w.body = record, body
}

// committed: a file appears, or is replaced, in one step.
func (w *watch) committed(name string, metadata map[string]string) {
	one := name + " of run " + metadata["run"] + ", restarts " + metadata["restarts"]
	if w.commits[one]++; w.commits[one] > 1 {
		w.world.t.Errorf("%s is committed %d times", one, w.commits[one])
	}
}

// halfPublished reports whether a file of the run is there already.
func (w *watch) halfPublished(record run.Checkpoint) bool {
	for _, name := range []string{csvName, logName} {
		if blob, err := w.world.container.Head(context.Background(), name); err == nil && blob.Metadata["run"] == record.Run {
			return true
		}
	}
	return false
}

// frozeList: the list that a run works through stays.
func (w *watch) frozeList() {
	if w.last.List > 0 && !w.last.Finished() {
		w.world.t.Errorf("the list of run %s is replaced, which its record notes", w.last.Run)
	}
}

// accounted holds the published files to the one rule: each customer's rows
// come from exactly one attempt, made for this run, or it has exactly one line.
func (w *world) accounted(record run.Checkpoint) {
	t := w.t
	for _, name := range []string{csvName, logName} {
		blob, err := w.container.Head(context.Background(), name)
		if err != nil || blob.Metadata["run"] != record.Run {
			t.Errorf("%s is of run %s, but the record is of %s: %v", name, blob.Metadata["run"], record.Run, err)
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
		w.accountedFor(record, c, rows[c.TenantID], lines[c.TenantID[:8]])
	}
	if newcomer := len(everybody) - len(w.customers); record.Customers != len(rows)+len(lines) || w.varies != (newcomer == 1) ||
		record.Customers != len(everybody) || record.Rows != len(records)-1 || record.WithData != len(rows) {
		t.Errorf("%d rows of %d customers and %d lines of %d, but the record says %+v", len(records)-1, len(rows), len(lines), len(everybody), record)
	}
}

func (w *world) accountedFor(record run.Checkpoint, c run.Customer, rows []string, lines int) {
	if (len(rows) > 0) == (lines > 0) || lines > 1 {
		w.t.Errorf("customer %s has %d rows and %d lines", c.TenantID, len(rows), lines)
	}
	if !w.varies {
		return
	}
	for _, cell := range rows {
		attempt, _ := strconv.Atoi(cell)
		if cell != rows[0] || len(rows) != 1+attempt%3 {
			w.t.Errorf("customer %s has rows of attempts %v", c.TenantID, rows)
			return
		}
		if made := w.made[c.TenantID][attempt-1]; made != record.Run && record.Scope != run.ScopeFailed {
			w.t.Errorf("customer %s has rows that were fetched for run %s in run %s", c.TenantID, made, record.Run)
			return
		}
	}
}

func tenantOf(line string) string { return strings.Fields(line)[1] }

// holds compares the publications of a steady story with those of an
// undisturbed one, and looks at what has become of the last run.
func (w *world) holds(got, want []publication, what string) {
	w.t.Helper()
	if !w.varies {
		equal(w.t, "publications, "+what, got, want)
	}
	if record, most := w.checkpoint(), 1+w.losses+w.changes; record.Restarts > most {
		w.t.Errorf("%d restarts though only %d were called for", record.Restarts, most)
	}
	if w.byHand > 0 && w.limit > 1 && w.losses+w.purges == 0 {
		w.t.Errorf("%d runs had to be asked for again", w.byHand)
	}
	if w.t.Failed() {
		w.t.Log(what)
	}
}
