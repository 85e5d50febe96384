package web

import (
	"net/http"
	"strings"
)

var settingsTemplate = parsed("settings.html")

// WrongSettings answers every request, from a program or a browser, with 503 and
// the mistakes in the settings, one on each line. It replaces the API that they
// don't allow.
func WrongSettings(mistakes string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		setHeader(w)
		if prefersPage(r) {
			writePage(w, r, http.StatusServiceUnavailable, settingsTemplate, struct{ Mistakes []string }{strings.Split(mistakes, "\n")})
			return
		}
		answer(w, http.StatusServiceUnavailable, refusalBody{Error: errorBody{"settings", mistakes}})
	})
}
