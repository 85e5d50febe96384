package run

import (
	"encoding/json"
	"fmt"
	"time"

	"tenantrollup/internal/report"
)

// Record is the outcome of a run: the body of run.json. It holds counts only; the
// error log names the customers.
type Record struct {
	Report        string      `json:"report"`
	Call          string      `json:"call"`
	Date          report.Date `json:"date"`
	Scope         Scope       `json:"scope"`
	Run           string      `json:"run"`
	Started       time.Time   `json:"started,omitzero"`
	Finished      time.Time   `json:"finished,omitzero"` // zero if nothing was published
	Slices        int         `json:"slices"`
	Restarts      int         `json:"restarts"`
	Customers     int         `json:"customers"`
	WithData      int         `json:"withData"`
	NoData        int         `json:"noData"`
	Failed        int         `json:"failed"`
	Excluded      int         `json:"excluded"`
	Classes       Classes     `json:"classes"`
	Rows          int         `json:"rows"`
	Columns       []string    `json:"columns"`
	OldestRefresh report.Date `json:"oldestRefresh,omitempty"`
	NewestRefresh report.Date `json:"newestRefresh,omitempty"`
	Warnings      Classes     `json:"warnings"`
	Notes         []string    `json:"notes"`
}

// Key returns the key of the run.
func (r Record) Key() Key { return Key{Report: r.Report, Date: r.Date} }

// Record sums up the checkpoint. A run that is not published has not finished.
func (c Checkpoint) Record(key Key) Record {
	r := Record{
		Report: key.Report, Call: c.Call, Date: key.Date, Scope: c.Scope, Run: c.Run,
		Started: inSeconds(c.Started),
		Slices:  c.Slices, Restarts: c.Restarts,
		Customers: c.Customers, WithData: c.WithData, NoData: c.NoData, Failed: c.Failed, Excluded: c.Excluded,
		Classes: c.Classes.Failures(), Warnings: c.Classes.Warnings(),
		Rows: c.Rows, Columns: nonNil(c.Columns), Notes: c.notes(),
		OldestRefresh: c.Refreshed.Oldest, NewestRefresh: c.Refreshed.Newest,
	}
	if c.Finished() {
		r.Finished = inSeconds(c.Updated)
	}
	return r
}

func inSeconds(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

// notes lists what the call could not carry over, and what there is to know about
// the night. The notes of the customer list come with its publication.
func (c Checkpoint) notes() []string {
	notes := []string{}
	if call, err := report.Parse(c.Call); err == nil { // otherwise another version made the call; its rows are valid
		notes = append(notes, call.Notes()...)
	}
	if c.Note != "" {
		notes = append(notes, c.Note)
	}
	return notes
}

func nonNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// ParseRecord reads the body of run.json.
func ParseRecord(body []byte) (Record, error) {
	var r Record
	if err := json.Unmarshal(body, &r); err != nil {
		return Record{}, fmt.Errorf("body of run.json: %w", err)
	}
	return r, nil
}

// Base returns what a rerun of the failed customers takes over from this
// publication.
func (r Record) Base(md5 []byte) Base {
	return Base{
		Counts: Counts{
			WithData: r.WithData, Rows: r.Rows, Classes: r.Warnings.Warnings(),
			Refreshed: Span{Oldest: r.OldestRefresh, Newest: r.NewestRefresh},
		},
		MD5: md5,
	}
}
