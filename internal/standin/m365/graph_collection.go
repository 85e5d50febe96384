package m365

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// collection is a read-only collection of Graph v1.0 as its page in the documentation
// describes it (github.com/microsoftgraph/microsoft-graph-docs-contrib, in
// api-reference/v1.0/api).
type collection struct {
	path     string     // below /v1.0
	typeName string     // microsoft.graph's, for errors
	permits  [][]string // application permissions: a token needs one of each list
	refuse   func(w http.ResponseWriter, r *http.Request, missing []string)
	needs    Fault // the licence without which the service refuses everything
	limit    limit

	options []string // query options that it takes
	page    int      // records on a page if $top does not say otherwise
	maxTop  int
	skips   bool // pages are linked by $skip, not by a $skiptoken

	properties string // all, in order; nested ones as parent/member
	standard   string // what comes without $select; all if empty
	alone      string // properties that only a single object has
	expands    string // what $expand takes
	directory  bool   // of directory objects: some queries need ConsistencyLevel

	count  func(c *Cloud, customer Customer) int
	object func(c *Cloud, customer Customer, i int) object
}

// collections are all that this cloud serves: /subscribedSkus, /directory/subscriptions,
// /users, /reports/authenticationMethods/userRegistrationDetails,
// /roleManagement/directory/roleAssignments and …/roleDefinitions,
// /security/secureScores, /identity/conditionalAccess/policies,
// /deviceManagement/managedDevices, /domains and
// /admin/serviceAnnouncement/healthOverviews. A tenant has Options.Records or
// Options.Rows users, and half as many devices.
var collections = []*collection{
	&subscribedSkus, &subscriptions, &users, &registrations, &roleAssignments, &roleDefinitions,
	&secureScores, &policies, &devices, &domains, &health,
}

func (k *collection) has(path string) bool {
	return slices.Contains(strings.Fields(k.properties), path)
}

// collectionAt is the collection at a path below /v1.0, or nil.
func collectionAt(path string) *collection {
	for _, k := range collections {
		if k.path == path {
			return k
		}
	}
	return nil
}

// ServiceOf names the service of Graph that counts the requests for a path below /v1.0,
// of a collection or of a usage report.
func ServiceOf(path string) string {
	path, asked, _ := strings.Cut(path, "?")
	if k := collectionAt(path); k != nil {
		return k.limitOf(query{signIns: strings.Contains(asked, signInActivity)}).service
	}
	return usageReports
}

// collectionRoutes are the paths of the collections.
func (c *Cloud) collectionRoutes() map[string]graphRoute {
	routes := map[string]graphRoute{}
	for _, k := range collections {
		routes["GET /v1.0"+k.path] = graphRoute{KindCollection, "", k.parameters(), func(w http.ResponseWriter, r *http.Request, who caller) {
			c.serveCollection(w, r, who, k)
		}}
	}
	return routes
}

// parameters are the options as an address has them.
func (k *collection) parameters() []string {
	if k.skips {
		return k.options
	}
	return append([]string{"$skiptoken"}, k.options...)
}

func (c *Cloud) serveCollection(w http.ResponseWriter, r *http.Request, who caller, k *collection) {
	if !wait(r, c.opts.Latency.Report) {
		return
	}
	if _, on := c.storm(); !on && !c.hold(r, who.tenant.Fault) {
		return
	}
	q, refusal := k.read(r.URL.Query(), r.Header.Get("ConsistencyLevel") == "eventual")
	if missing := k.missing(who, q); missing != nil {
		refuse := k.refuse
		if missing[0] == roleAuditLog {
			refuse = refuseAuditLog
		}
		refuse(w, r, missing)
		return
	}
	if c.refuseCollection(w, r, who.tenant, k, q) {
		return
	}
	if refusal != nil {
		refusal.write(w, r)
		return
	}
	from, refusal := c.startOf(who.tenant, k, &q)
	if refusal != nil {
		refusal.write(w, r)
		return
	}
	c.sendPage(w, r, who.tenant, k, q, c.cutPage(who.tenant, k, q, from))
}

// missing returns the permissions of which the token holds none, or nil.
func (k *collection) missing(who caller, q query) []string {
	needed := k.permits
	if q.signIns {
		needed = append(slices.Clone(needed), []string{roleAuditLog})
	}
	for _, oneOf := range needed {
		if !slices.ContainsFunc(oneOf, who.has) {
			return oneOf
		}
	}
	return nil
}

// page is a part of a customer's collection.
type page struct {
	records []object
	all     int // how many the query keeps
	from    int // of these
	next    int // where the next page begins, if it is linked
	linked  bool
}

// cutPage cuts the page that begins there.
func (c *Cloud) cutPage(customer Customer, k *collection, q query, from int) page {
	kept := c.kept(customer, k, q)
	size := min(q.top, k.sizeFor(q))
	if customer.Fault.needsPages() {
		size = min(size, max(1, (len(kept)+2)/3))
	}
	from = min(from, len(kept))
	next := min(from+size, len(kept))
	if customer.Fault == CollectionEmptyPage && from == size && !q.after {
		next = from
	}
	got := page{records: make([]object, 0, next-from), all: len(kept), from: from, next: next, linked: next < len(kept)}
	for _, i := range kept[from:next] {
		got.records = append(got.records, c.record(customer, k, q, i))
	}
	return got
}

// sizeFor is the most records that a page of a query's answer has.
func (k *collection) sizeFor(q query) int {
	if q.signIns {
		return signInTop
	}
	return k.maxTop
}

// kept returns which records a query keeps, in their order.
func (c *Cloud) kept(customer Customer, k *collection, q query) []int {
	n := c.countOf(customer, k)
	all := make([]int, 0, n)
	for i := range n {
		if q.filter == nil || q.filter(c.whole(customer, k, i)) {
			all = append(all, i)
		}
	}
	if q.order != nil {
		slices.SortStableFunc(all, func(a, b int) int { return q.order(c.whole(customer, k, a), c.whole(customer, k, b)) })
	}
	return all
}

// countOf is how many records a customer's collection has.
func (c *Cloud) countOf(customer Customer, k *collection) int {
	if customer.Fault == HeaderOnly {
		return 0
	}
	return k.count(c, customer)
}

// record is a record as it is sent.
func (c *Cloud) record(customer Customer, k *collection, q query, i int) object {
	whole := c.whole(customer, k, i)
	if q.selected == nil {
		return whole.pick(slices.Concat(k.sentUnasked(), q.expanded))
	}
	selected := slices.Concat(q.selected, q.expanded)
	if q.signIns {
		selected = append(selected, "id") // always included, whether selected or not
	}
	return whole.pick(selected)
}

// whole is a record with everything that Graph knows about it.
func (c *Cloud) whole(customer Customer, k *collection, i int) object {
	whole := k.object(c, customer, i)
	if customer.Fault == ExtraColumn && i == c.countOf(customer, k)-1 {
		whole = slices.Insert(whole, len(whole)-1, member{lateProperty, "new of late"})
	}
	return whole
}

// lateProperty is what ExtraColumn adds to the last record.
const lateProperty = "serviceAnnotation"

// sentUnasked are the properties that come without $select.
func (k *collection) sentUnasked() []string {
	if k.standard != "" {
		return strings.Fields(k.standard + " " + lateProperty)
	}
	var names []string
	for name := range strings.FieldsSeq(k.properties) {
		if !strings.Contains(name, "/") {
			names = append(names, name)
		}
	}
	return append(names, lateProperty)
}

// Objects returns the records of a customer's collection on Today, each as it is sent,
// byte for byte: what a client ends up with that follows every page, retries temporary
// failures, and sends ConsistencyLevel if Graph wants it. The path is the one below
// /v1.0 with its query, such as /users?$select=id,displayName&$top=500. The result is
// nil if the customer's fault or permissions let no answer arrive, for an unknown
// tenant or collection, and if Graph refuses the query. It is empty if there are no
// records.
func (c *Cloud) Objects(tenantID, path string) []json.RawMessage {
	customer, known := c.tenant(tenantID)
	address, err := url.Parse(strings.ReplaceAll(path, " ", "%20"))
	if !known || err != nil || customer.Fault.deliversNoObjects() {
		return nil
	}
	k := collectionAt(address.Path)
	if k == nil || c.lacks(customer, k) {
		return nil
	}
	q, refusal := k.read(address.Query(), true)
	if refusal != nil || k.missing(caller{tenant: customer, roles: c.rolesIn(customer, graphAudience)}, q) != nil ||
		q.signIns && customer.Fault == NoPremium {
		return nil
	}
	kept := c.kept(customer, k, q)
	all := make([]json.RawMessage, 0, len(kept))
	for _, i := range kept {
		text, err := json.Marshal(c.record(customer, k, q, i))
		if err != nil {
			panic(err) // texts, numbers and booleans always marshal
		}
		all = append(all, text)
	}
	return all
}
