package m365

import "slices"

// Faults of Exchange only, each in Exchange's own words. These also apply there: the
// faults of sign-in, Unlicensed, ServerError, ServerErrorThenFine, Throttled,
// ThrottledDate, ThrottledLong, Slow, NeverAnswers, HeaderOnly (no records),
// HostileNames, FormulaNames and Huge.
const (
	ExchangeNotConsented    Fault = "exchange-not-consented"    // AADSTS65001 for Exchange's token alone
	ExchangeNoAppRole       Fault = "exchange-no-app-role"      // a token without Exchange.ManageAsApp or Exchange.Manage: 401, no body
	ExchangeRoleUnsupported Fault = "exchange-role-unsupported" // 403, the role isn't supported
	ExchangeRoleMissing     Fault = "exchange-role-missing"     // 403, the cmdlet isn't present in the role definition
	ExchangeBareRefusal     Fault = "exchange-bare-refusal"     // 403 with an empty body, as observed for a missing role
	ExchangeTransient       Fault = "exchange-transient"        // 400 CmdletProxyNotAvailableFailure; ends
	ExchangeThrottled       Fault = "exchange-throttled"        // 429 with Rate-Limit-Reset alone; ends
	ExchangeForeignRedirect Fault = "exchange-foreign-redirect" // 302 to a host that is not Microsoft's
	ExchangeForeignLink     Fault = "exchange-foreign-link"     // the second page is on a host that is not Microsoft's
	ExchangeLoop            Fault = "exchange-loop"             // the second page links to itself
	ExchangeLinkExpires     Fault = "exchange-link-expires"     // the link to the second page is refused as expired; ends
	ExchangeLinkRefused     Fault = "exchange-link-refused"     // the same, endlessly
	ExchangeWiderRecord     Fault = "exchange-wider-record"     // two pages; the last record has a property that no other has
)

// ExchangeFaults returns the faults that only Exchange has, in the order of their
// declaration. A customer with any of them is finished in seconds. None is in Faults.
func ExchangeFaults() []Fault {
	return []Fault{
		ExchangeNotConsented, ExchangeNoAppRole, ExchangeRoleUnsupported, ExchangeRoleMissing, ExchangeBareRefusal,
		ExchangeTransient, ExchangeThrottled, ExchangeForeignRedirect, ExchangeForeignLink, ExchangeLoop,
		ExchangeLinkExpires, ExchangeLinkRefused, ExchangeWiderRecord,
	}
}

// deliversNoRecords reports whether the fault keeps every cmdlet's answer from
// arriving complete.
func (f Fault) deliversNoRecords() bool {
	return slices.Contains([]Fault{
		NoServicePrincipal, NotConsented, ConditionalAccess, TenantGone, RelationshipEnded,
		Unlicensed, ServerError, NeverAnswers, ThrottledLong,
		ExchangeNotConsented, ExchangeNoAppRole, ExchangeRoleUnsupported, ExchangeRoleMissing, ExchangeBareRefusal,
		ExchangeForeignRedirect, HostileTenant, HostilePage, HostileRecords, HostileNesting, HostileEndless,
	}, f) || f.deliversNoToken()
}

// hasNoEnd reports whether the fault keeps an answer of two pages from arriving
// complete.
func (f Fault) hasNoEnd() bool {
	return f == ExchangeForeignLink || f == ExchangeLoop || f == ExchangeLinkRefused
}

// needsTwoPages reports whether the fault shows only from the second page on.
func (f Fault) needsTwoPages() bool {
	return f.hasNoEnd() || f == ExchangeLinkExpires || f == ExchangeWiderRecord
}
