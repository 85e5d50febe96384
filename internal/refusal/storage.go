package refusal

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"tenantrollup/internal/run"
)

// StorageAnswer is an answer of blob storage, or of something in front of it, that
// refuses the request. Of its text, only the code and a header's name and value are
// read, because storage quotes what a request was signed with.
type StorageAnswer struct {
	Answer
	Asked   string // what storage was asked to do, e.g. "write blob a (container reports)"
	Version string // of storage's protocol, that the request asked for
}

var (
	codeElement   = regexp.MustCompile(`<Code>(\w{1,100})</Code>`)
	headerElement = regexp.MustCompile(`<HeaderName>([\w-]{1,100})</HeaderName>`)
	codeForm      = regexp.MustCompile(`^\w{1,100}$`)
)

// Foreign reports whether something else has answered in storage's place: storage
// itself names the request in each answer.
//
// Source: https://learn.microsoft.com/rest/api/storageservices/troubleshooting-api-operations
func (a StorageAnswer) Foreign() bool {
	return a.Header.Get("x-ms-request-id") == "" && a.Header.Get("x-ms-error-code") == ""
}

// Code is storage's own word for the refusal, empty if it gives none. The answer to
// a HEAD has it in a header only.
func (a StorageAnswer) Code() string {
	if code := a.Header.Get("x-ms-error-code"); codeForm.MatchString(code) {
		return code
	}
	if found := codeElement.FindSubmatch(a.Text); found != nil && !a.Foreign() {
		return string(found[1])
	}
	return ""
}

// LostRace reports whether a write was refused because somebody else had written,
// and for no other reason. A 412 without a code is one: it says by itself that a
// condition of the request did not hold. A 409 without a code says nothing.
func (a StorageAnswer) LostRace() bool {
	code := a.Code()
	return slices.Contains(lostRaces, code) || code == "" && a.Status == http.StatusPreconditionFailed
}

// Failure says why storage refused, judged by its code, then by the status. It has
// no id of the request, so that the same refusal reads the same the next time.
func (a StorageAnswer) Failure() *run.Failure {
	message := a.Secrets.Sentence(fmt.Sprintf("%s answered %s when asked to %s", a.Host, a.heading(a.Code()), a.Asked), "")
	return a.failure(a.meaning(), message, "", "")
}

func (a StorageAnswer) meaning() meaning {
	if a.Foreign() {
		m := foreign
		m.again = a.passes()
		return m
	}
	if a.LostRace() {
		return outrun
	}
	code := a.Code()
	for _, row := range storageTable {
		if slices.Contains(row.codes, code) {
			return a.filledIn(row.meaning)
		}
	}
	if a.passes() {
		return meaning{run.ServiceFault, passes, "Storage is down or overloaded", NextRun}
	}
	return meaning{run.ServiceFault, stays, "", lookUp}
}

func (a StorageAnswer) passes() bool {
	m, known := statusMeaning(a.Status)
	return known && m.again
}

// filledIn puts the header's name into a row.
func (a StorageAnswer) filledIn(m meaning) meaning {
	header := "x-ms-version" // without a code, as for a HEAD: all others are the client's own
	if found := headerElement.FindSubmatch(a.Text); found != nil {
		header = string(found[1])
	}
	if strings.EqualFold(header, "x-ms-version") {
		header = "x-ms-version " + a.Version
	}
	m.says = strings.ReplaceAll(m.says, headerPlaceholder, strings.TrimSpace(header))
	return m
}
