// Package refusal says in people's words why a service refused, and what can be
// done about it: every shape of error body, and the tables that turn its codes
// into a class, a message and a remedy. It asks nobody anything.
//
// It promises: the tables entraTable, serviceTable and storageTable are made to be
// read, one row a meaning; whatever a service says gets out by Secrets.Clear alone,
// without the secrets that are held and what looks like one; and each message is
// one line of bounded length.
package refusal

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"time"

	"tenantrollup/internal/run"
)

// Answer is an answer that is not the one asked for.
type Answer struct {
	Host       string
	Status     int
	Header     http.Header
	Text       []byte   // the body, or its beginning
	ConsentURL string   // where the customer lets the app in, for the remedy
	Secrets    *Secrets // what the words are cleared of besides what looks like a secret
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

// shortestRest is how long a throttled customer is left alone at least: it is
// asked three times, which so far apart outlast a minute.
const shortestRest = 30 * time.Second

// failure keeps the service's own time beside the id: with both, its logs are
// searched. The message has neither, so that two nights can be compared.
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

// remedy fills in where the customer lets the app in.
func (a Answer) remedy(todo string) string {
	return strings.ReplaceAll(todo, consentPlaceholder, cmp.Or(a.ConsentURL, "the app's admin-consent address"))
}

// statusMeaning: what a status says where no code does.
func statusMeaning(status int) (meaning, bool) {
	switch {
	case status == http.StatusTooManyRequests:
		return meaning{run.Throttled, passes, "", NextRun}, true
	case status >= 500, status == http.StatusRequestTimeout:
		return meaning{run.ServiceFault, passes, "", NextRun}, true
	}
	return meaning{}, false
}
