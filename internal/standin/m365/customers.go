package m365

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Customer is one customer as the partner's lists and its own tenant know it.
type Customer struct {
	Index    int // position in the order of tenant ids; the partner's own tenant has -1
	TenantID string

	ContractName     string // a copy made when the contract was, never updated
	RelationshipName string
	OrganizationName string // the tenant's own

	InitialDomain string
	DefaultDomain string

	InContracts bool
	InGDAP      bool      // an active relationship that is not an MLT_ leftover
	Ends        time.Time // latest end of those relationships; zero without one
	Fault       Fault
}

// relationship is one delegated admin relationship, whether it counts or not.
type relationship struct {
	id, tenant, name string
	customer         int // index, or -1 if the tenant is no longer a customer
	status           string
	created, ends    time.Time
}

var companies = []string{
	"Contoso", "Fabrikam", "Adatum", "Northwind Traders", "Tailspin Toys", "Wingtip Toys", "Litware", "Proseware",
	"Woodgrove Bank", "Trey Research", "Fourth Coffee", "Relecloud", "Lucerne Publishing", "Margie's Travel",
	"Coho Winery", "Alpine Ski House", "VanArsdel", "Wide World Importers", "Graphic Design Institute",
	"Southridge Video", "The Phone Company", "Humongous Insurance", "Lamna Healthcare", "Bellows College",
	"City Power & Light", "Consolidated Messenger", "Liberty's Delightful",
}

var regions = []string{"North", "South", "East", "West", "Central", "Retail", "Europe", "Nordics", "Österreich", "Japan 日本"}

// populate draws the customers and their relationships from the seed.
func (c *Cloud) populate() {
	random := rand.New(rand.NewPCG(c.opts.Seed, 0))
	setDefault(&c.opts.PartnerTenantID, guid(random))
	setDefault(&c.opts.PartnerClientID, guid(random))
	c.partner = Customer{
		Index: -1, TenantID: c.opts.PartnerTenantID, OrganizationName: "Contoso Partner Services",
		InitialDomain: "contosopartner.onmicrosoft.com", DefaultDomain: "partner.contoso.example",
	}
	c.days = writtenDays(c.opts.Today)
	ids := make([]string, c.opts.Customers)
	for i := range ids {
		ids[i] = guid(random)
	}
	slices.Sort(ids)
	c.byTenant = make(map[string]int, len(ids))
	c.customers = make([]Customer, len(ids))
	for i, id := range ids {
		c.byTenant[id] = i
		c.customers[i] = newCustomer(i, id, random)
		c.relate(&c.customers[i], random)
	}
	if len(ids) > 0 {
		c.addStrays(random)
	}
	slices.SortFunc(c.relations, func(a, b relationship) int { return strings.Compare(a.id, b.id) })
	c.index()
}

// index prepares the lists, which are long and read page by page.
func (c *Cloud) index() {
	for i := range c.customers {
		if c.customers[i].InContracts {
			c.inContracts = append(c.inContracts, i)
		}
		if c.customers[i].InGDAP {
			c.inGDAP = append(c.inGDAP, i)
		}
	}
	c.byStatus = map[string][]*relationship{}
	for i := range c.relations {
		rel := &c.relations[i]
		c.byStatus[""] = append(c.byStatus[""], rel)
		c.byStatus[rel.status] = append(c.byStatus[rel.status], rel)
	}
}

func newCustomer(i int, id string, random *rand.Rand) Customer {
	company := companies[random.IntN(len(companies))]
	name := fmt.Sprintf("%s %s %03d", company, regions[random.IntN(len(regions))], i)
	slug := fmt.Sprintf("%s%d", slugOf(company), i)
	customer := Customer{
		Index: i, TenantID: id,
		ContractName: name, RelationshipName: name, OrganizationName: name,
		InitialDomain: slug + ".onmicrosoft.com", DefaultDomain: slug + ".example",
	}
	if random.IntN(5) == 0 { // renamed since
		customer.OrganizationName = name + " Holdings"
	}
	source := random.IntN(100)
	customer.InContracts = source < 85
	customer.InGDAP = source < 70 || source >= 85
	return customer
}

// relate draws a customer's relationships, those that count and others.
func (c *Cloud) relate(customer *Customer, random *rand.Rand) {
	today := c.opts.Today
	add := func(label, status string, ends time.Time) {
		c.relations = append(c.relations, relationship{
			id: guid(random) + "-" + guid(random), tenant: customer.TenantID, customer: customer.Index,
			name:   fmt.Sprintf("%s%s %d", label, slugOf(customer.RelationshipName), len(c.relations)),
			status: status, created: ends.AddDate(-2, 0, 0), ends: ends,
		})
	}
	if customer.InGDAP {
		customer.Ends = today.AddDate(0, 0, 60+random.IntN(600))
		if random.IntN(12) == 0 {
			customer.Ends = today.AddDate(0, 0, 9)
		}
		add("Reports ", "active", customer.Ends)
		if random.IntN(5) == 0 {
			add("Support ", "active", customer.Ends.AddDate(0, 0, -3))
		}
	}
	switch random.IntN(8) {
	case 0:
		add("MLT_", "active", today.AddDate(3, 0, 0))
	case 1:
		add("Former ", "terminated", today.AddDate(0, 0, -40))
	case 2:
		add("Former ", "expired", today.AddDate(0, 0, -5))
	}
}

// addStrays adds relationships that must not make their tenants customers.
func (c *Cloud) addStrays(random *rand.Rand) {
	today := c.opts.Today
	for _, stray := range []relationship{
		{name: "Former stray", status: "terminated", ends: today.AddDate(0, 0, -90)},
		{name: "MLT_stray", status: "active", ends: today.AddDate(1, 0, 0)},
	} {
		stray.id, stray.tenant, stray.customer = guid(random)+"-"+guid(random), guid(random), -1
		stray.created = stray.ends.AddDate(-2, 0, 0)
		c.relations = append(c.relations, stray)
	}
}

// Customers returns everyone a correct list contains, sorted by tenant id.
func (c *Cloud) Customers() []Customer {
	all := make([]Customer, len(c.customers))
	for i := range all {
		all[i] = c.customer(i)
	}
	return all
}

// customer returns the customer as it is today, including its fault; -1 is the
// partner itself.
func (c *Cloud) customer(i int) Customer {
	if i < 0 {
		return c.partner
	}
	customer := c.customers[i]
	customer.Fault = c.fault(i)
	name := c.opts.Names[i]
	switch {
	case name != "":
	case customer.Fault == HostileNames:
		name = hostileNames[i%len(hostileNames)]
	case customer.Fault == FormulaNames:
		name = formulaNames[i%len(formulaNames)]
	default:
		return customer
	}
	customer.ContractName, customer.RelationshipName, customer.OrganizationName = name, name, name
	return customer
}

// tenant finds the customer, or the partner, by its tenant id in either case.
func (c *Cloud) tenant(id string) (Customer, bool) {
	id = strings.ToLower(id)
	if id == c.partner.TenantID {
		return c.partner, true
	}
	i, ok := c.byTenant[id]
	if !ok {
		return Customer{}, false
	}
	return c.customer(i), true
}

func slugOf(name string) string {
	return strings.Map(func(r rune) rune {
		if r < 'a' || r > 'z' {
			return -1
		}
		return r
	}, strings.ToLower(name))
}

func guid(random *rand.Rand) string {
	hi, lo := random.Uint64(), random.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", hi>>32, hi>>16&0xffff, hi&0xfff, lo>>48&0x3fff|0x8000, lo&0xffffffffffff)
}
