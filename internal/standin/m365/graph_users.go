package m365

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

const (
	roleUsers    = "User.Read.All"
	roleAuditLog = "AuditLog.Read.All"
)

const (
	signInActivity = "signInActivity" // returned only if it is selected or filtered by
	signInTop      = 500              // the most users on such a page, even if $top asks for more
)

// users is user-list.md.
var users = collection{
	path: "/users", typeName: "user",
	permits: [][]string{{roleUsers, "User.ReadWrite.All", roleDirectory, "Directory.ReadWrite.All"}},
	refuse:  refuseDirectory, limit: directoryLimit.costing(2),
	options: []string{"$select", "$filter", "$top", "$count", "$search", "$orderby"}, page: 100, maxTop: 999,
	properties: `id businessPhones displayName givenName jobTitle mail mobilePhone officeLocation preferredLanguage surname
		userPrincipalName accountEnabled assignedLicenses companyName createdDateTime creationType department employeeId
		externalUserState externalUserStateChangeDateTime identities lastPasswordChangeDateTime mailNickname
		onPremisesSyncEnabled otherMails proxyAddresses signInSessionsValidFromDateTime usageLocation userType
		signInActivity signInActivity/lastSignInDateTime signInActivity/lastSignInRequestId
		signInActivity/lastNonInteractiveSignInDateTime signInActivity/lastNonInteractiveSignInRequestId
		signInActivity/lastSuccessfulSignInDateTime signInActivity/lastSuccessfulSignInRequestId`,
	standard:  "id businessPhones displayName givenName jobTitle mail mobilePhone officeLocation preferredLanguage surname userPrincipalName",
	alone:     "aboutMe birthday hireDate interests mailboxSettings mySite pastProjects preferredName responsibilities schools skills",
	directory: true,
	count:     func(c *Cloud, customer Customer) int { return c.usersOf(customer) },
	object:    userObject,
}

// registrations is authenticationmethodsroot-list-userregistrationdetails.md.
var registrations = collection{
	path: "/reports/authenticationMethods/userRegistrationDetails", typeName: "userRegistrationDetails",
	permits: [][]string{{roleAuditLog}},
	refuse:  refuseAuditLog, needs: NoPremium, limit: identityReports,
	options: []string{"$select", "$filter", "$orderby", "$top"}, page: 100, maxTop: 999,
	properties: `id userPrincipalName userDisplayName userType isAdmin isSsprRegistered isSsprEnabled isSsprCapable
		isMfaRegistered isMfaCapable isPasswordlessCapable methodsRegistered isSystemPreferredAuthenticationMethodEnabled
		systemPreferredAuthenticationMethods userPreferredMethodForSecondaryAuthentication lastUpdatedDateTime`,
	count:  func(c *Cloud, customer Customer) int { return c.usersOf(customer) },
	object: registrationObject,
}

// usersOf is how many users a customer has.
func (c *Cloud) usersOf(customer Customer) int {
	n, named := c.opts.Records[customer.Index]
	switch {
	case customer.Fault == Huge:
		return c.opts.Tuning.HugeRows
	case named:
		return n
	}
	return c.opts.Rows
}

// person is what both collections say about user i, on whom they must agree.
type person struct {
	id, name, address string
	guest, enabled    bool
	random            *rand.Rand // for the rest
}

func (c *Cloud) person(customer Customer, i int) person {
	random := c.random(customer.TenantID+"/users", i)
	p := person{
		id: guid(random), name: fmt.Sprintf("User %d", i), address: fmt.Sprintf("user%d@%s", i, customer.DefaultDomain),
		guest: i%7 == 6, enabled: i%9 != 8, random: random,
	}
	if p.guest {
		p.name = fmt.Sprintf("Guest %d", i)
		p.address = fmt.Sprintf("guest%d_fabrikam.example#EXT#@%s", i, customer.InitialDomain)
	}
	switch customer.Fault {
	case HostileNames:
		p.name = hostileNames[i%len(hostileNames)]
	case FormulaNames:
		p.name = formulaNames[i%len(formulaNames)]
	case QuotedBreaks:
		p.name = brokenNames[i%len(brokenNames)]
	}
	return p
}

// oddTexts are among what users' free texts are.
var oddTexts = []any{
	nil, "", "Sales", "=1+1", "Building 4\r\nFloor 2", "a \"quoted\" title, and a comma", "-5", "+49 30 12345", "Zürich; Genève", "  spaced  ",
}

func oddText(random *rand.Rand) any { return oddTexts[random.IntN(len(oddTexts))] }

func userObject(c *Cloud, customer Customer, i int) object {
	p := c.person(customer, i)
	random := p.random
	created := c.opts.Today.AddDate(0, 0, -40-random.IntN(2000)).Add(time.Duration(random.IntN(86400)) * time.Second).Format(time.RFC3339)
	kind, mail, creation, state, changed := "Member", any(p.address), any(nil), any(nil), any(nil)
	if p.guest {
		kind, mail, creation = "Guest", fmt.Sprintf("guest%d@fabrikam.example", i), "Invitation"
		state, changed = []string{"Accepted", "PendingAcceptance"}[random.IntN(2)], created
	}
	first, last, _ := strings.Cut(p.name, " ")
	phones := []string{}
	if random.IntN(3) == 0 {
		phones = []string{"+1 425 555 0100", "+1 425 555 0101"}[:1+random.IntN(2)]
	}
	all := object{
		{"id", p.id}, {"businessPhones", phones}, {"displayName", p.name}, {"givenName", first}, {"jobTitle", oddText(random)},
		{"mail", mail}, {"mobilePhone", nil}, {"officeLocation", oddText(random)}, {"preferredLanguage", nil},
		{"surname", last}, {"userPrincipalName", p.address}, {"accountEnabled", p.enabled},
		{"assignedLicenses", c.assigned(customer, i)}, {"companyName", nil}, {"createdDateTime", created}, {"creationType", creation},
		{"department", oddText(random)}, {"employeeId", fmt.Sprintf("%05d", i)},
		{"externalUserState", state}, {"externalUserStateChangeDateTime", changed},
		{"identities", []object{{{"signInType", "userPrincipalName"}, {"issuer", customer.InitialDomain}, {"issuerAssignedId", p.address}}}},
		{"lastPasswordChangeDateTime", created}, {"mailNickname", fmt.Sprintf("user%d", i)}, {"onPremisesSyncEnabled", nil},
		{"otherMails", []string{}}, {"proxyAddresses", []string{"SMTP:" + p.address, "smtp:" + strings.ToUpper(p.address)}},
		{"signInSessionsValidFromDateTime", created}, {"usageLocation", []any{"US", "DE", nil}[random.IntN(3)]}, {"userType", kind},
	}
	if i%3 == 1 { // who never signed in has no activity at all
		return all
	}
	return append(all, member{signInActivity, c.activity(random)})
}

// assigned are a user's licences.
func (c *Cloud) assigned(customer Customer, i int) []object {
	products := c.skusOf(customer)
	licences := []object{}
	for _, at := range licencesOf(i, len(products)) {
		disabled := []string{}
		if i%8 == 0 {
			disabled = []string{"57ff2da0-773e-42df-b2af-ffb7a2317929"}
		}
		licences = append(licences, object{{"disabledPlans", disabled}, {"skuId", products[at].sku}})
	}
	return licences
}

// activity is when somebody last signed in; the year 1 and empty texts mean never.
func (c *Cloud) activity(random *rand.Rand) object {
	last := c.opts.Today.AddDate(0, 0, -random.IntN(200)).Add(time.Duration(random.IntN(86400)) * time.Second)
	never := random.IntN(2) == 0
	other, request := last.Add(2*time.Hour).Format(time.RFC3339), guid(random)
	if never {
		other, request = "0001-01-01T00:00:00Z", ""
	}
	return object{
		{"lastSignInDateTime", last.Format(time.RFC3339)}, {"lastSignInRequestId", guid(random)},
		{"lastNonInteractiveSignInDateTime", other}, {"lastNonInteractiveSignInRequestId", request},
		{"lastSuccessfulSignInDateTime", last.Format(time.RFC3339)}, {"lastSuccessfulSignInRequestId", guid(random)},
	}
}

func registrationObject(c *Cloud, customer Customer, i int) object {
	p := c.person(customer, i)
	methods := [][]string{
		{}, {"microsoftAuthenticatorPush", "softwareOneTimePasscode"}, {"mobilePhone"}, {"passKeyDeviceBound", "windowsHelloForBusiness"},
	}[p.random.IntN(4)]
	registered := len(methods) > 0
	preferred, secondary := []string{}, "none"
	if registered {
		preferred, secondary = []string{"push"}, "push"
	}
	kind := "member"
	if p.guest {
		kind = "guest"
	}
	updated := c.opts.Today.Add(-time.Duration(p.random.IntN(1e9)) * 100 * time.Nanosecond)
	return object{
		{"id", p.id}, {"userPrincipalName", p.address}, {"userDisplayName", p.name}, {"userType", kind},
		{"isAdmin", i < 2}, {"isSsprRegistered", registered}, {"isSsprEnabled", i%2 == 0}, {"isSsprCapable", registered && i%2 == 0},
		{"isMfaRegistered", registered}, {"isMfaCapable", registered}, {"isPasswordlessCapable", slices.Contains(methods, "passKeyDeviceBound")},
		{"methodsRegistered", methods}, {"isSystemPreferredAuthenticationMethodEnabled", true},
		{"systemPreferredAuthenticationMethods", preferred}, {"userPreferredMethodForSecondaryAuthentication", secondary},
		{"lastUpdatedDateTime", updated.Format("2006-01-02T15:04:05.0000000Z")},
	}
}
