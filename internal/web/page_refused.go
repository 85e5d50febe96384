package web

import (
	"net/http"

	"tenantrollup/internal/run"
)

// refusedPage says in plain words what did not work, and leads back.
type refusedPage struct {
	Title, Message, Code string
	Ways                 []wayBack
}

type wayBack struct{ Text, Link string }

// refusedTitles are the error codes as people read them.
var refusedTitles = map[string]string{
	"bad-request":        "This address asks for something that does not exist",
	"body-missing":       "The request arrived without its content",
	"body-too-large":     "The request is too large",
	"as-of-now":          "This night is over",
	"not-found":          "There is nothing here",
	"not-published":      "Nothing has been published yet",
	"method-not-allowed": "This cannot be done here",
	"busy":               "A rerun is under way already",
	"not-held":           "This run is no longer held",
	"rows-gone":          "The rows of this run are gone",
	"no-match":           "No customer is without data for this reason",
	"settings":           "The settings are wrong",
	"storage":            "The runs cannot be read or written at the moment",
}

func showRefusal(w http.ResponseWriter, r *http.Request, told *refusal) {
	links := linksOf(r)
	page := refusedPage{Title: refusedTitles[told.code], Message: told.Error(), Code: told.code}
	if page.Title == "" {
		page.Title = "This did not work"
	}
	path, _ := below(r.URL.EscapedPath())
	segments, _ := split(path)
	if len(segments) >= 2 {
		key, err := run.ParseKey(segments[0], segments[1])
		if err == nil && told.code == "not-found" && told.field == "date" {
			page.Title, page.Message = "There is no run of "+key.Report+" on "+day(key.Date), "The nights of the report show which runs there are."
		}
		if err == nil && told.field != "report" {
			page.Ways = append(page.Ways, wayBack{"All nights of " + key.Report, links.to(root, "report", key.Report)})
		}
	}
	page.Ways = append(page.Ways, wayBack{"Back to the morning", links.to(root)})
	writePage(w, r, told.status, refusedTemplate, page)
}
