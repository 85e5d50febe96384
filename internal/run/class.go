package run

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Class says why a customer has no data, or what a warning is about.
type Class string

const (
	NoData            Class = "no-data"
	NotLicensed       Class = "not-licensed"
	ConsentMissing    Class = "consent-missing"
	RoleMissing       Class = "role-missing"
	RelationshipEnded Class = "relationship-ended"
	BlockedByPolicy   Class = "blocked-by-policy"
	TenantGone        Class = "tenant-gone"
	WrongCloud        Class = "wrong-cloud"
	Throttled         Class = "throttled"
	ServiceFault      Class = "service-fault"
	MalformedReport   Class = "malformed-report"
	Excluded          Class = "excluded"
	// PartnerCredential is the partner's own problem. It stops the run and is
	// never in an error log.
	PartnerCredential Class = "partner-credential"
)

// Warnings cost no customer its rows. The record counts them, and the handler's
// log names the customers that they concern.
const (
	WarnNamesConcealed     Class = "warning-names-concealed"
	WarnStaleData          Class = "warning-stale-data"
	WarnRelationshipEnding Class = "warning-relationship-ending"
	WarnCredentialExpiring Class = "warning-credential-expiring"
	WarnCustomersDropped   Class = "warning-customers-dropped"
	WarnSourceEmpty        Class = "warning-source-empty"
	WarnMixedDates         Class = "warning-mixed-dates"
	WarnTruncated          Class = "warning-truncated"
	WarnOddCustomer        Class = "warning-odd-customer"
)

// ErrorLogClasses returns the classes that a line of the error log may have,
// beginning with those that the partner or the customer can do most about.
func ErrorLogClasses() []Class {
	return []Class{
		ConsentMissing, RoleMissing, BlockedByPolicy, RelationshipEnded, TenantGone, WrongCloud, NotLicensed, NoData,
		Throttled, ServiceFault, MalformedReport, Excluded,
	}
}

// InErrorLog reports whether a line of the error log may have the class.
func (c Class) InErrorLog() bool { return slices.Contains(ErrorLogClasses(), c) }

// IsWarning reports whether c is one of the warnings.
func (c Class) IsWarning() bool { return strings.HasPrefix(string(c), "warning-") }

// HasNothing reports whether nothing is wrong with a customer of the class: it just
// has no data.
func (c Class) HasNothing() bool { return c == NoData || c == NotLicensed }

// Classes counts customers or warnings by class.
type Classes map[Class]int

// Sorted returns the classes in alphabetical order.
func (c Classes) Sorted() []Class { return slices.Sorted(maps.Keys(c)) }

// Warnings returns the counts of the warnings.
func (c Classes) Warnings() Classes { return c.which(Class.IsWarning) }

// Failures returns the counts of the classes that the error log has.
func (c Classes) Failures() Classes {
	return c.which(func(class Class) bool { return !class.IsWarning() })
}

// which returns the counts of the wanted classes; it never returns nil.
func (c Classes) which(wanted func(Class) bool) Classes {
	out := Classes{}
	for class, n := range c {
		if wanted(class) {
			out[class] = n
		}
	}
	return out
}

// Failure is why a customer has no data, or why the partner's own calls fail.
// People read it, and it never contains a secret.
type Failure struct {
	Class         Class
	Message       string // what happened, in sentences
	Remedy        string // what to do about it, in imperative sentences; may be empty
	Code          string // the service's own; empty if it has none
	SignIn        bool   // the customer's tenant gave no token, so the service was not asked
	CorrelationID string // to search the service's own logs by; may be empty

	Transient  bool          // another attempt may succeed
	RetryAfter time.Duration // how long the service asked to wait before the next one; zero if it did not say
}

// NoReport is the failure of a customer that has no data, in the words of the script
// of 2015.
func NoReport(c Customer) *Failure {
	return &Failure{
		Class:   NoData,
		Message: "No report information for " + c.Label() + ".",
		Remedy:  "Nothing, if this customer has no such data. Microsoft's reports lag by about two days.",
	}
}

// Error returns message, remedy and correlation id.
func (f *Failure) Error() string {
	text := f.Message
	if f.Remedy != "" {
		text += " What to do: " + f.Remedy
	}
	if f.CorrelationID != "" {
		text += beforeID + f.CorrelationID + ")"
	}
	return text
}

// Reason is the error's text. If it has more than a record takes, a failure's message
// is cut, and not what to do.
func Reason(err error) string {
	text := err.Error()
	failure, ok := errors.AsType[*Failure](err)
	tooMuch := len(text) - (reasonLimit - len("......"))
	if !ok || tooMuch <= 0 {
		return text
	}
	said := *failure
	said.Message = Clip(said.Message, max(utf8.RuneCountInString(said.Message)-tooMuch, shortestMessage))
	return strings.Replace(text, failure.Error(), said.Error(), 1)
}

// shortestMessage is how many characters a message keeps whatever follows it.
const shortestMessage = 100

const beforeID = " (correlation id "

// SameReason reports whether the reason that a record holds is this one, apart from
// the correlation id, which every refusal has of its own.
func SameReason(recorded, reason string) bool {
	recorded, _, _ = strings.Cut(recorded, beforeID)
	reason, _, _ = strings.Cut(reason, beforeID)
	return recorded == asciiReason(reason, reasonLimit)
}
