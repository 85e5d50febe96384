// Package refusal says in plain words why a service refused, and what can be done
// about it: it reads every shape of error body, and has the tables that turn codes
// into a class, a message and a remedy. It does no I/O.
//
// It promises that the tables entraTable, serviceTable and storageTable are made to
// be read, one row for each meaning; that a service's words get out through
// Secrets.Clear only, without the secrets that are held and without anything that
// looks like one; and that each message is one line of bounded length.
package refusal

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"time"

	"tenantrollup/internal/run"
)

// Answer is a service's answer that refuses what it was asked for.
type Answer struct {
	Host       string
	Status     int
	Header     http.Header
	Text       []byte   // the body, or its beginning
	ConsentURL string   // where the customer consents to the app, for the remedy
	Secrets    *Secrets // removed from the words, in addition to whatever looks like a secret
}

func (a Answer) heading(name string) string {
	return strings.TrimSpace(fmt.Sprint(a.Status, " ", a.Secrets.Name(name)))
}

// NotAReport is the failure of a good answer that can't be made a report of.
func NotAReport(service, problem string) *run.Failure {
	return &run.Failure{
		Class:   run.MalformedReport,
		Message: "What " + service + " sent is not a report: " + problem + ".",
		Remedy:  "Rerun the failed customers; if that does not help, open a support request with Microsoft for this tenant.",
	}
}

// shortestRest is how long a throttled customer is left alone at least: it is asked
// three times, and at this distance they span more than a minute.
const shortestRest = 30 * time.Second

// failure keeps the service's own time with the id, because its logs are searched
// with both. The message has neither, so that two nights can be compared.
func (a Answer) failure(m meaning, message, correlationID, at string) *run.Failure {
	if m.says != "" {
		message = m.says + ". " + message
	}
	if correlationID != "" && at != "" {
		correlationID += " at " + at
	}
	f := &run.Failure{
		Class: m.class, Message: message, CorrelationID: a.Secrets.Name(correlationID), Transient: m.again, Remedy: a.remedy(m.todo),
	}
	if f.Transient {
		f.RetryAfter = Wait(a.Status, a.Header)
	}
	if f.Class == run.Throttled {
		f.RetryAfter = max(f.RetryAfter, shortestRest)
	}
	return f
}

// remedy fills in where the customer consents to the app.
func (a Answer) remedy(todo string) string {
	return strings.ReplaceAll(todo, consentPlaceholder, cmp.Or(a.ConsentURL, "the app's admin-consent address"))
}

// statusMeaning says what a status means if there is no code.
func statusMeaning(status int) (meaning, bool) {
	switch {
	case status == http.StatusTooManyRequests:
		return meaning{run.Throttled, passes, "", NextRun}, true
	case status >= 500, status == http.StatusRequestTimeout:
		return meaning{run.ServiceFault, passes, "", NextRun}, true
	}
	return meaning{}, false
}
