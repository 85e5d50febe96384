package refusal

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"tenantrollup/internal/run"
)

// Graph says why Graph, or a service that answers like it (Exchange, Key
// Vault), refused. It knows errors that are wrapped as JSON in another error's
// message.
func Graph(a Answer) *run.Failure {
	chain := unwrapGraph(a.Text)
	if len(chain) == 0 && a.hasWords() {
		return a.foreign()
	}
	inner := chain.innermost()
	at := chain.first(func(e graphError) text { return e.Date })
	id := chain.first(func(e graphError) text { return e.RequestID })
	message := a.Secrets.Sentence(fmt.Sprintf("%s answered %s", a.Host, a.heading(string(inner.Code))), string(inner.Message))
	f := a.failure(serviceMeaning(chain, a.Status), message, cmp.Or(id, a.Header.Get("request-id")), at)
	f.Code = a.Secrets.Name(string(inner.Code))
	return f
}

// hasWords reports whether the body says anything: Exchange fills some with zeros.
func (a Answer) hasWords() bool { return bytes.ContainsFunc(a.Text, unicode.IsLetter) }

var tags = regexp.MustCompile(`<[^>]*>`)

// foreign is a refusal that is not an error object of the service, such as that of
// a proxy or gateway in between. Only its status says anything.
func (a Answer) foreign() *run.Failure {
	m, ok := statusMeaning(a.Status)
	if !ok {
		m = notTheService
	}
	words := tags.ReplaceAllString(string(a.Text), " ")
	message := a.Secrets.Sentence(fmt.Sprintf("%s answered %d", a.Host, a.Status), words)
	return a.failure(m, message, a.Header.Get("request-id"), "")
}

// serviceMeaning looks at the codes and words of the whole chain, then at the
// status. For 429, the status is enough.
func serviceMeaning(chain graphChain, status int) meaning {
	if status == http.StatusTooManyRequests {
		return meaning{run.Throttled, passes, "", NextRun}
	}
	said := chain.said()
	for _, row := range serviceTable {
		coded := slices.ContainsFunc(chain, func(e graphError) bool { return slices.Contains(row.codes, string(e.Code)) })
		worded := slices.ContainsFunc(row.words, func(words string) bool { return strings.Contains(said, strings.ToLower(words)) })
		if coded || worded {
			return row.meaning
		}
	}
	if m, ok := statusMeaning(status); ok {
		return m
	}
	if status == http.StatusForbidden {
		return meaning{run.ConsentMissing, stays, "", grantConsent}
	}
	if status == http.StatusUnauthorized {
		return tokenRefused
	}
	return meaning{run.ServiceFault, stays, "",
		"Look up the error in Microsoft's documentation (for Graph, https://learn.microsoft.com/graph/errors); if that doesn't help, open a support request with the correlation id."}
}
