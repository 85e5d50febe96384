package web

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// entry is a run as an answer tells of it.
type entry struct {
	run.Record
	StatusURL string `json:"status_url"`
}

// unreadable is the state of a run whose record was written by hand, or by
// another version.
const unreadable run.State = "unreadable"

func (a *API) entry(r *http.Request, record run.Record) entry {
	if record.State == "" {
		record.State = unreadable
		a.Log.LogAttrs(r.Context(), slog.LevelWarn, "a run's record can't be read",
			slog.String("report", record.Report), slog.String("date", string(record.Date)), slog.String("error", record.Reason))
	}
	return entry{record, statusURL(run.Key{Report: record.Report, Date: record.Date})}
}

func statusURL(key run.Key) string { return root + "/" + key.String() }

func (a *API) list(w http.ResponseWriter, r *http.Request) {
	f, err := a.filter(r)
	if err != nil {
		refuse(w, r, http.StatusBadRequest, "bad-request", err.Error())
		return
	}
	from, isPage := f.from, prefersPage(r)
	if isPage {
		from = from.AddDays(-usualDays)
	}
	records, err := a.Runs.List(r.Context(), f.report, from, f.to)
	if err != nil {
		a.fault(w, r, "report", err)
		return
	}
	if isPage {
		a.showOverview(w, r, f, records)
		return
	}
	entries := []entry{}
	for _, record := range records {
		e := a.entry(r, record)
		if f.state == "" || f.state == e.State {
			entries = append(entries, e)
		}
	}
	answer(w, http.StatusOK, map[string]any{"runs": entries})
}

func (a *API) show(w http.ResponseWriter, r *http.Request, name, date string) {
	isPage := prefersPage(r)
	var accepted []string
	if isPage {
		accepted = []string{"search"}
	}
	key, ok := a.key(w, r, name, date, accepted...)
	if !ok {
		return
	}
	record, err := a.Runs.Record(r.Context(), key)
	if err != nil {
		a.fault(w, r, "date", err)
		return
	}
	e := a.entry(r, record)
	if isPage {
		a.showRun(w, r, e.Record, r.URL.Query().Get("search"))
		return
	}
	answer(w, http.StatusOK, e)
}

// key reads which run is meant, or answers why it can't.
func (a *API) key(w http.ResponseWriter, r *http.Request, name, date string, accepted ...string) (key run.Key, ok bool) {
	if _, err := query(r, accepted...); err != nil {
		refuse(w, r, http.StatusBadRequest, "bad-request", err.Error())
		return run.Key{}, false
	}
	if date != "latest" {
		key, err := run.ParseKey(name, date)
		if err != nil {
			refuse(w, r, http.StatusBadRequest, "bad-request", err.Error())
		}
		return key, err == nil
	}
	if err := report.ValidName(name); err != nil {
		refuse(w, r, http.StatusBadRequest, "bad-request", err.Error())
		return run.Key{}, false
	}
	key, err := a.Runs.Latest(r.Context(), name)
	switch {
	case errors.Is(err, run.ErrNoRun):
		a.fault(w, r, "report", err)
	case err != nil:
		a.fault(w, r, "date", err)
	}
	return key, err == nil
}

// linkLife is for how long a link to a file is good.
const linkLife = 10 * time.Minute

// link is the body of a redirect. The address stands in the header alone.
type link struct {
	Report  string    `json:"report"`
	Date    string    `json:"date"`
	File    run.File  `json:"file"`
	Expires time.Time `json:"expires"`
}

func (a *API) download(w http.ResponseWriter, r *http.Request, name, date, file string) {
	if file != string(run.CSV) && file != string(run.ErrorLog) {
		refuse(w, r, http.StatusNotFound, "not-found", "file: a run has two, csv and errors")
		return
	}
	key, ok := a.key(w, r, name, date)
	if !ok {
		return
	}
	until := time.Now().Add(linkLife).UTC().Truncate(time.Second)
	address, err := a.Runs.Link(r.Context(), key, run.File(file), until)
	if err != nil {
		a.fault(w, r, "date", err)
		return
	}
	w.Header().Set("Location", address)
	answer(w, http.StatusFound, link{key.Report, string(key.Date), run.File(file), until})
}
