package run

import (
	"encoding/json"
	"fmt"
	"time"

	"tenantrollup/internal/report"
)

// Record is what came of a run: the body of run.json. It holds counts only;
// who they are stands in the error log.
type Record struct {
	Report        string      `json:"report"`
	Call          string      `json:"call"`
	Date          report.Date `json:"date"`
	Scope         Scope       `json:"scope"`
	Run           string      `json:"run"`
	State         State       `json:"state,omitempty"` // in answers only
	Reason        string      `json:"reason,omitempty"`
	Started       time.Time   `json:"started,omitzero"`
	Finished      time.Time   `json:"finished,omitzero"`
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
	Progress      *Progress   `json:"progress,omitempty"` // of an unfinished run, in answers only
}

// Progress is how far an unfinished run was at its last checkpoint.
type Progress struct {
	Done        int     `json:"done"`
	Of          int     `json:"of"`
	PerSecond   float64 `json:"perSecond"`
	SecondsLeft int     `json:"secondsLeft"`
	Slice       int     `json:"slice"`
	SetAside    int     `json:"setAside"`
}

// Record sums the checkpoint up.
func (c Checkpoint) Record(key Key) Record {
	return Record{
		Report: key.Report, Call: c.Call, Date: key.Date, Scope: c.Scope, Run: c.Run,
		Started: c.Started.UTC().Truncate(time.Second), Finished: c.Updated.UTC().Truncate(time.Second),
		Slices: c.Slices, Restarts: c.Restarts,
		Customers: c.Customers, WithData: c.WithData, NoData: c.NoData, Failed: c.Failed, Excluded: c.Excluded,
		Classes: c.Classes.Warnings(false), Warnings: c.Classes.Warnings(true),
		Rows: c.Rows, Columns: nonNil(c.Columns), Notes: c.notes(),
		OldestRefresh: c.Refreshed.Oldest, NewestRefresh: c.Refreshed.Newest,
	}
}

// notes says what the call could not carry over.
func (c Checkpoint) notes() []string {
	call, err := report.Parse(c.Call)
	if err != nil {
		return []string{} // a call of another version has run; its rows stand
	}
	return nonNil(call.Notes())
}

func nonNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// Progress tells how far an unfinished run is.
func (c Checkpoint) Progress() Progress {
	p := Progress{Done: c.Done(), Of: c.Customers, Slice: c.Slices, SetAside: len(c.Deferred)}
	if seconds := c.Updated.Sub(c.Started).Seconds(); seconds > 0 && p.Done > 0 {
		p.PerSecond = float64(p.Done) / seconds
		p.SecondsLeft = int(float64(p.Of-p.Done) / p.PerSecond)
	}
	return p
}

// ParseRecord reads the body of run.json.
func ParseRecord(body []byte) (Record, error) {
	var r Record
	if err := json.Unmarshal(body, &r); err != nil {
		return Record{}, fmt.Errorf("body of run.json: %w", err)
	}
	return r, nil
}

// Describe completes the record of a run for an answer about it. What was
// never published has no end yet.
func (c Checkpoint) Describe(r Record, published bool) Record {
	r.State, r.Reason = c.State, c.Reason
	if !published {
		r.Finished = time.Time{}
	}
	if !c.Finished() {
		r.Progress = new(c.Progress())
	}
	return r
}

// Base is what a rerun of the failed customers takes over from this
// publication.
func (r Record) Base(md5 []byte) Base {
	return Base{
		Counts: Counts{
			WithData: r.WithData, Rows: r.Rows, Classes: r.Warnings.Warnings(true),
			Refreshed: Span{Oldest: r.OldestRefresh, Newest: r.NewestRefresh},
		},
		MD5: md5,
	}
}
