package m365

import (
	"strings"
	"time"
)

const roleLicences = "LicenseAssignment.Read.All"

var readsOrganization = []string{
	roleOrganization, "Organization.ReadWrite.All", roleDirectory, "Directory.ReadWrite.All", roleLicences, "LicenseAssignment.ReadWrite.All",
}

// subscribedSkus is subscribedsku-list.md, with directory's paging though it is never
// long.
var subscribedSkus = collection{
	path: "/subscribedSkus", typeName: "subscribedSku",
	permits: [][]string{readsOrganization}, refuse: refuseDirectory, limit: directoryLimit.costing(3),
	options: []string{"$select"}, page: 100, maxTop: 100,
	properties: `accountName accountId appliesTo capabilityStatus consumedUnits id skuId skuPartNumber
		subscriptionIds prepaidUnits prepaidUnits/enabled prepaidUnits/suspended prepaidUnits/warning prepaidUnits/lockedOut
		servicePlans`,
	count: func(c *Cloud, customer Customer) int { return len(c.productsOf(customer)) },
	object: func(c *Cloud, customer Customer, i int) object {
		bought := c.productsOf(customer)[i]
		return object{
			{"accountName", slugOf(customer.OrganizationName)},
			{"accountId", customer.TenantID},
			{"appliesTo", "User"},
			{"capabilityStatus", bought.status},
			{"consumedUnits", bought.used},
			{"id", customer.TenantID + "_" + bought.sku},
			{"skuId", bought.sku},
			{"skuPartNumber", bought.part},
			{"subscriptionIds", bought.subscriptions},
			{"prepaidUnits", object{
				{"enabled", bought.units}, {"suspended", bought.suspended}, {"warning", 0}, {"lockedOut", 0},
			}},
			{"servicePlans", plansOf(bought.product)},
		}
	},
}

// subscriptions is directory-list-subscriptions.md.
var subscriptions = collection{
	path: "/directory/subscriptions", typeName: "companySubscription",
	permits: [][]string{readsOrganization}, refuse: refuseDirectory, limit: directoryLimit,
	options: []string{"$select", "$filter", "$top"}, page: 100, maxTop: 999,
	properties: `id commerceSubscriptionId createdDateTime isTrial nextLifecycleDateTime ocpSubscriptionId ownerId
		ownerTenantId ownerType skuId skuPartNumber status totalLicenses serviceStatus`,
	count: func(c *Cloud, customer Customer) (n int) {
		for _, bought := range c.productsOf(customer) {
			n += len(bought.subscriptions)
		}
		return n
	},
	object: func(c *Cloud, customer Customer, i int) object {
		products := c.productsOf(customer)
		at := 0
		for i >= len(products[at].subscriptions) {
			i -= len(products[at].subscriptions)
			at++
		}
		return subscriptionObject(c, customer, products[at], i)
	},
}

func subscriptionObject(c *Cloud, customer Customer, bought bought, i int) object {
	id := bought.subscriptions[i]
	random := c.random(id, 0)
	started := c.opts.Today.AddDate(-1, 0, -random.IntN(300)).Add(time.Duration(random.IntN(86400)) * time.Second)
	var renewal, owner any = started.AddDate(2, 0, 0).Format(time.RFC3339), nil
	if bought.free {
		renewal = nil
	} else {
		owner = guid(random)
	}
	return object{
		{"id", id},
		{"commerceSubscriptionId", guid(random)},
		{"createdDateTime", started.Format(time.RFC3339)},
		{"isTrial", bought.free},
		{"nextLifecycleDateTime", renewal},
		{"ocpSubscriptionId", guid(random)},
		{"ownerId", owner},
		{"ownerTenantId", customer.TenantID},
		{"ownerType", "User"},
		{"skuId", bought.sku},
		{"skuPartNumber", bought.part},
		{"status", bought.status},
		{"totalLicenses", (bought.units + bought.suspended) / len(bought.subscriptions)},
		{"serviceStatus", plansOf(bought.product)},
	}
}

// product is one that Microsoft sells, with some of its service plans, by the page
// licensing-service-plan-reference of MicrosoftDocs/entra-docs.
type product struct {
	part, sku string
	plans     string // name=id
	free      bool
}

const (
	premiumPlan = "AAD_PREMIUM=41781fb2-bc02-4b7c-bd55-b576c07bb09d"
	intunePlan  = "INTUNE_A=c1ec4a95-1f05-45b3-a911-aa3fa01094f5"
	teamsPlan   = "TEAMS1=57ff2da0-773e-42df-b2af-ffb7a2317929"
	mailPlan    = "EXCHANGE_S_STANDARD=9aaf7827-d63c-4b61-89c3-182f06f82e5c"
	largePlan   = "EXCHANGE_S_ENTERPRISE=efb87545-963c-4e0d-99df-69c6916d9eb0"
)

var (
	businessPremium  = product{part: "SPB", sku: "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46", plans: strings.Join([]string{mailPlan, teamsPlan, premiumPlan, intunePlan}, " ")}
	businessStandard = product{part: "O365_BUSINESS_PREMIUM", sku: "f245ecc8-75af-4f8e-b61f-27d8114de5f3", plans: mailPlan + " " + teamsPlan}
	enterprise       = product{part: "ENTERPRISEPACK", sku: "6fd2c87f-b296-42f0-b197-1e91e994b900", plans: largePlan + " " + teamsPlan}
	premium          = product{part: "AAD_PREMIUM", sku: "078d2b04-f1bd-4111-bbd4-b4b1b354cef4", plans: premiumPlan}
	intune           = product{part: "INTUNE_A", sku: "061f9ace-7d42-4136-88ac-31dc755f143f", plans: intunePlan}
	flow             = product{part: "FLOW_FREE", sku: "f30db892-07e9-47e9-837c-80727f46fd3d", plans: "FLOW_P2_VIRAL=50e68c76-46c6-4674-81f9-75456511b170", free: true}
	// tomorrow is one that no table of names has yet.
	tomorrow = product{part: "Contoso_New_Product", sku: "9e1f9a5b-5ad1-4b0e-8d3c-0f7c5f6f1b2d"}
)

// bought is a product as a customer has it.
type bought struct {
	product
	status                 string
	units, suspended, used int
	subscriptions          []string
}

// skusOf are the products that a customer has: the one that most users have first.
func (c *Cloud) skusOf(customer Customer) []product {
	random := c.random(customer.TenantID+"/skus", 0)
	all := []product{businessPremium}
	switch {
	case customer.Fault == NoPremium:
		all = []product{businessStandard, intune}
	case customer.Fault == NoIntune:
		all = []product{enterprise, premium}
	case random.IntN(3) == 0:
		all = []product{enterprise, premium, intune}
	}
	if random.IntN(4) > 0 {
		all = append(all, flow)
	}
	if customer.Index%10 == 4 {
		all = append(all, tomorrow)
	}
	return all
}

func (c *Cloud) productsOf(customer Customer) []bought {
	random := c.random(customer.TenantID+"/products", 0)
	products := c.skusOf(customer)
	all := make([]bought, len(products))
	for i := range c.usersOf(customer) {
		for _, at := range licencesOf(i, len(products)) {
			all[at].used++
		}
	}
	for at, product := range products {
		all[at].product, all[at].status = product, "Enabled"
		all[at].units = all[at].used + random.IntN(6)
		if product.free {
			all[at].units = 10000
		}
		all[at].subscriptions = []string{guid(random)}
		if at == 0 && random.IntN(3) == 0 {
			all[at].subscriptions = append(all[at].subscriptions, guid(random))
		}
		if at == 1 && random.IntN(4) == 0 {
			all[at].status, all[at].units, all[at].suspended = "Suspended", 0, all[at].units
		}
	}
	return all
}

// licencesOf says which of a customer's products user i has: every fourth has none.
func licencesOf(i, products int) []int {
	switch {
	case i%4 == 3:
		return nil
	case i%5 == 0 && products > 1:
		return []int{0, 1 + i/5%(products-1)}
	}
	return []int{0}
}

func plansOf(product product) []object {
	plans := []object{}
	for plan := range strings.FieldsSeq(product.plans) {
		name, id, _ := strings.Cut(plan, "=")
		plans = append(plans, object{
			{"servicePlanId", id}, {"servicePlanName", name}, {"provisioningStatus", "Success"}, {"appliesTo", "User"},
		})
	}
	return plans
}
