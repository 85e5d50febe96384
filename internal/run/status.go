package run

// Status is what the API, the page and the notification say about a run. Its Record
// is the last publication's or, if there is none, what is known so far.
type Status struct {
	State  State  `json:"state"`
	Reason string `json:"reason,omitempty"` // why the run is stopped, held or unreadable
	Turn   Turn   `json:"turn,omitempty"`   // the turn by which to accept a held run
	Rerun  bool   `json:"-"`                // the unfinished run asks only the failed customers, whatever the Record's scope
	Record
	Progress *Progress `json:"progress,omitempty"` // nil unless the run is unfinished
}

// Progress is how far an unfinished run was at its last checkpoint.
type Progress struct {
	Done        int     `json:"done"` // customers accounted for
	Of          int     `json:"of"`   // all customers
	PerSecond   float64 `json:"perSecond"`
	SecondsLeft int     `json:"secondsLeft"`
	Slice       int     `json:"slice"`
	SetAside    int     `json:"setAside"` // customers to be asked again
}

// Status returns the status of the run, given the record of its last publication
// or, if there is none, the checkpoint's own.
func (c Checkpoint) Status(r Record) Status {
	s := Status{Record: r, State: c.State, Reason: c.Reason}
	if c.State == StateHeld {
		s.Turn = c.Turn
	}
	if !c.Finished() {
		s.Progress = new(c.Progress())
		s.Rerun = c.Scope == ScopeFailed
	}
	return s
}

// Unreadable returns the status of a run whose record cannot be read, and why.
func Unreadable(key Key, reason string) Status {
	return Status{Record: Checkpoint{}.Record(key), State: StateUnreadable, Reason: reason}
}

// HasFiles reports whether a publication can be downloaded, even if a new run is
// under way.
func (s Status) HasFiles() bool { return !s.Finished.IsZero() }

// Progress returns how far the run is.
func (c Checkpoint) Progress() Progress {
	p := Progress{Done: c.Done(), Of: c.Customers, Slice: c.Slices, SetAside: len(c.Deferred)}
	if seconds := c.Updated.Sub(c.Started).Seconds(); seconds > 0 && p.Done > 0 {
		p.PerSecond = float64(p.Done) / seconds
		p.SecondsLeft = int(float64(p.Of-p.Done) / p.PerSecond)
	}
	return p
}
