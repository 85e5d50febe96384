package m365

import (
	"slices"
	"time"
)

// Fault is what is wrong, or unusual, with one customer. A fault that ends is over
// after Tuning.Times failures and begins again with SetFault.
type Fault string

const (
	None Fault = ""

	// Refused at sign-in.
	NoServicePrincipal Fault = "no-service-principal" // AADSTS7000229
	NotConsented       Fault = "not-consented"        // AADSTS65001
	ConditionalAccess  Fault = "conditional-access"   // AADSTS53003
	TenantGone         Fault = "tenant-gone"          // AADSTS90002
	RelationshipEnded  Fault = "relationship-ended"   // AADSTS50020

	// Refused by Graph.
	NoRole              Fault = "no-role"                // token without Reports.Read.All: S2SUnauthorized
	Unlicensed          Fault = "unlicensed"             // 403, subscription lapsed
	OrganizationRefused Fault = "organization-refused"   // token without Organization.Read.All
	Throttled           Fault = "throttled"              // 429, Retry-After in seconds; ends
	ThrottledDate       Fault = "throttled-date"         // 429, Retry-After as a date; ends
	ServerErrorThenFine Fault = "server-error-then-fine" // 500; ends
	ServerError         Fault = "server-error"           // 500, always
	Slow                Fault = "slow"                   // the report call takes Tuning.Slow more
	ForeignRedirect     Fault = "foreign-redirect"       // the report's address is not on a Microsoft host

	// Connections that end before the body does.
	CutBody         Fault = "cut-body"           // closed, always
	ResetBody       Fault = "reset-body"         // reset, always
	CutBodyThenFine Fault = "cut-body-then-fine" // closed; ends

	// Bodies that are invalid.
	HeaderOnly Fault = "header-only" // no data
	Truncated  Fault = "truncated"   // ends inside a record, Content-Length agreeing
	Ragged     Fault = "ragged"      // a record with one field less, one with one more
	HTMLBody   Fault = "html-body"   // a sign-in page

	// Bodies that are valid, though unusual.
	Stale         Fault = "stale"          // refresh date nine days before Today
	ExtraColumn   Fault = "extra-column"   // one column more, before the last
	RenamedColumn Fault = "renamed-column" // the second column has another name
	NoBOM         Fault = "no-bom"
	CRLF          Fault = "crlf"
	MixedEnds     Fault = "mixed-ends"    // LF and CRLF alternate
	QuotedBreaks  Fault = "quoted-breaks" // line breaks of both kinds, commas and quotes in quoted fields
	FormulaNames  Fault = "formula-names" // names that a spreadsheet would run
	HostileNames  Fault = "hostile-names" // names with quotes, breaks, tabs, markup, emoji, right-to-left marks
	Concealed     Fault = "concealed"     // names replaced by 32 hex digits
	Huge          Fault = "huge"          // Tuning.HugeRows rows

	// Faults that take minutes; see SlowFaults.
	NeverAnswers  Fault = "never-answers"  // the report call stays open and nothing comes
	Drip          Fault = "drip"           // the body comes one byte a second
	ThrottledLong Fault = "throttled-long" // 429 with Retry-After 600, always
	ServiceSpent  Fault = "service-spent"  // another program using the app has just used up what each service accepts from it in a window
)

// throttledLong is the Retry-After of ThrottledLong.
const throttledLong = 10 * time.Minute

// SlowFaults returns the faults that keep a customer busy for longer than seconds:
// NeverAnswers, Drip, ThrottledLong and ServiceSpent. They are not in Faults, so that a
// night of all those stays short.
func SlowFaults() []Fault { return []Fault{NeverAnswers, Drip, ThrottledLong, ServiceSpent} }

// Faults returns every fault but None and the SlowFaults, in the order of their
// declaration.
func Faults() []Fault {
	return []Fault{
		NoServicePrincipal, NotConsented, ConditionalAccess, TenantGone, RelationshipEnded,
		NoRole, Unlicensed, OrganizationRefused, Throttled, ThrottledDate, ServerErrorThenFine, ServerError, Slow, ForeignRedirect,
		CutBody, ResetBody, CutBodyThenFine,
		HeaderOnly, Truncated, Ragged, HTMLBody,
		Stale, ExtraColumn, RenamedColumn, NoBOM, CRLF, MixedEnds, QuotedBreaks, FormulaNames, HostileNames, Concealed, Huge,
	}
}

// deliversNothing reports whether the fault keeps every body from arriving complete.
func (f Fault) deliversNothing() bool {
	return slices.Contains(RareRefusals(), f) || slices.Contains([]Fault{
		NoServicePrincipal, NotConsented, ConditionalAccess, TenantGone, RelationshipEnded,
		NoRole, Unlicensed, ServerError, ForeignRedirect, CutBody, ResetBody, NeverAnswers, ThrottledLong,
		HostileWaitForYears, HostileWaitForAWord, HostileWaitBackwards, HostileHeader, HostileSlowHeader, HostilePlainAddress,
		HostileCircle, HostileBomb, HostileLength, HostileTenant, HostileChunks,
	}, f) || f.deliversNoToken()
}

// Outage is what is wrong with the partner's own side, or with all of Graph.
type Outage string

const (
	VaultDown      Outage = "vault-down"      // 503
	VaultForbidden Outage = "vault-forbidden" // 403
	VaultEmpty     Outage = "vault-empty"     // 404 SecretNotFound for every secret
	VaultReadOnly  Outage = "vault-read-only" // 403 for every write
	SecretExpired  Outage = "secret-expired"  // secret: AADSTS7000222; certificate: AADSTS700027; federated: AADSTS700213
	SecretWrong    Outage = "secret-wrong"    // secret: AADSTS7000215; certificate: AADSTS700027; federated: AADSTS700213
	UserRevoked    Outage = "user-revoked"    // every refresh token: AADSTS50173
	NoCustomers    Outage = "no-customers"    // every list answers 200 and is empty
	NoContracts    Outage = "no-contracts"    // the list of contracts answers 200 and is empty
	NoGDAP         Outage = "no-gdap"         // the GDAP lists answer 200 and are empty
	ContractsLoop  Outage = "contracts-loop"  // each page of contracts is followed by itself
	ThrottledAll   Outage = "throttled-all"   // every report call answers 429, Retry-After Tuning.RetryAfter
	BlobReadOnly   Outage = "blob-read-only"  // 403 AuthorizationPermissionMismatch for every write, on connections that begin during the outage
	VaultEndless   Outage = "vault-endless"   // an endless secret
	BlobEndless    Outage = "blob-endless"    // every read is endless, on connections that begin during the outage

	ThrottledAllByDate Outage = "throttled-all-by-date" // the same with a date
	ThrottledAllAbsurd Outage = "throttled-all-absurd"  // the same with Retry-After 99999999
)

// SetFault gives the customer with that Customer.Index a fault, or removes it with
// None. A fault that ends begins again.
func (c *Cloud) SetFault(index int, f Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults[index] = f
	delete(c.failures, index)
}

// SetOutage begins an outage or ends it.
func (c *Cloud) SetOutage(o Outage, on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.outages[o] = on
}

func (c *Cloud) fault(index int) Fault {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.faults[index]
}

// out reports whether any of the outages is on.
func (c *Cloud) out(any ...Outage) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.ContainsFunc(any, func(o Outage) bool { return c.outages[o] })
}

// stillFails counts one more attempt at a fault that ends, and reports whether it
// fails, too.
func (c *Cloud) stillFails(index int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failures[index] >= c.opts.Tuning.Times {
		return false
	}
	c.failures[index]++
	return true
}
