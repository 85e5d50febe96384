package run

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Class says why a customer has no data, or what there is to warn of.
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
	// PartnerCredential is the partner's own trouble. It stops the run and
	// never stands in an error log.
	PartnerCredential Class = "partner-credential"
)

// Warnings are counted in the record and named in the handler's log.
const (
	WarnNamesConcealed     Class = "warning-names-concealed"
	WarnStaleData          Class = "warning-stale-data"
	WarnRelationshipEnding Class = "warning-relationship-ending"
	WarnCredentialExpiring Class = "warning-credential-expiring"
	WarnCustomersDropped   Class = "warning-customers-dropped"
	WarnSourceEmpty        Class = "warning-source-empty"
	WarnMixedDates         Class = "warning-mixed-dates"
)

// IsWarning reports whether c only warns.
func (c Class) IsWarning() bool { return strings.HasPrefix(string(c), "warning-") }

// Classes counts what happened, by class.
type Classes map[Class]int

// Sorted returns the classes in the order of their names.
func (c Classes) Sorted() []Class { return slices.Sorted(maps.Keys(c)) }

// Warnings returns the counts of the warnings, or of the others.
func (c Classes) Warnings(want bool) Classes {
	out := Classes{}
	for class, n := range c {
		if class.IsWarning() == want {
			out[class] = n
		}
	}
	return out
}

// Failure is why a customer has no data, or why the partner's own calls fail.
// It is one sentence for people and never holds a secret.
type Failure struct {
	Class         Class
	Message       string
	Remedy        string
	CorrelationID string
	// Transient says that another try may succeed; RetryAfter is how long the
	// service asked to be left alone, zero where it did not say.
	Transient  bool
	RetryAfter time.Duration
}

func (f *Failure) Error() string {
	text := f.Message
	if f.Remedy != "" {
		text += " What to do: " + f.Remedy
	}
	if f.CorrelationID != "" {
		text += " (correlation id " + f.CorrelationID + ")"
	}
	return text
}
