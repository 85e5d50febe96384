package web

import (
	"net/http"
	"time"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// linkLife is how long a link to a file is valid.
const linkLife = 10 * time.Minute

// link is the body of a redirect to a file. The address is only in the header.
type link struct {
	Report  string      `json:"report"`
	Date    report.Date `json:"date"`
	File    run.File    `json:"file"`
	Expires time.Time   `json:"expires"`
}

func (a *API) download(w http.ResponseWriter, r *http.Request, name, date, fileName string) error {
	file := run.File(fileName)
	if file != run.CSV && file != run.ErrorLog {
		return notFound("file", "a run has two, csv and errors")
	}
	key, err := a.key(r, name, date)
	if err != nil {
		return err
	}
	until := time.Now().Add(linkLife).UTC().Truncate(time.Second)
	address, err := a.Runs.Link(r.Context(), key, file, until)
	if err != nil {
		return a.noRun(r.Context(), key.Report, err)
	}
	w.Header().Set("Location", address)
	answer(w, http.StatusFound, link{key.Report, key.Date, file, until})
	return nil
}
