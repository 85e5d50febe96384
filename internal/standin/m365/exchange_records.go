package m365

import (
	"fmt"
	"strings"
	"time"
)

func countOfUsers(c *Cloud, got invocation) int {
	switch {
	case len(got.days) == 0:
		return 0
	case got.customer.Fault == Huge:
		return c.opts.Tuning.HugeRows
	}
	return c.opts.Rows
}

// summaryRecord has what its category requires in C1 to C3; most have no C3.
func summaryRecord(c *Cloud, got invocation, i int) []property {
	category, _ := got.parameters["Category"].(string)
	if category == "" {
		category = "TopMailSender"
	}
	random := c.random(got.customer.TenantID+got.name+strings.ToLower(category), i)
	first, third := property{name: "C1", value: addressee(got.customer, i)}, property{name: "C3"}
	second := property{"C2", kindLong, random.IntN(5000)}
	switch {
	case strings.HasSuffix(strings.ToLower(category), "hits"):
		first.value = fmt.Sprintf("Rule %d: mail of \"%s\"", i, got.customer.DefaultDomain)
		second = property{name: "C2", value: []string{"Audit", "AuditAndNotify", "Low"}[random.IntN(3)]}
		third = property{"C3", kindLong, random.IntN(900)}
	case strings.EqualFold(category, "TopMalware"):
		first.value = fmt.Sprintf("Trojan:Win32/Sample.%d", i)
	}
	return []property{{name: "Organization", value: got.customer.InitialDomain}, first, second, third}
}

// addressee is a mailbox's address, or its replacement in a hostile tenant.
func addressee(customer Customer, i int) string {
	switch customer.Fault {
	case HostileNames:
		return hostileNames[i%len(hostileNames)]
	case FormulaNames:
		return formulaNames[i%len(formulaNames)]
	}
	return fmt.Sprintf("mailbox%d@%s", i, customer.DefaultDomain)
}

// events are what a report counts on one day.
func (got invocation) events() []string {
	all := got.takes["EventType"].values
	if asked, ok := got.parameters["EventType"].([]string); ok {
		all = asked
	}
	return all
}

func (got invocation) directions() []string {
	if asked, ok := got.parameters["Direction"].([]string); ok {
		return asked
	}
	return directions
}

func countOfEvents(_ *Cloud, got invocation) int {
	return len(got.days) * len(got.directions()) * len(got.events())
}

// event is what record i counts and how often it happened. It does not depend on the
// requested days.
func (c *Cloud) event(got invocation, i int) (day, direction, event property, n int) {
	events, towards := got.events(), got.directions()
	event = property{name: "EventType", value: events[i%len(events)]}
	direction = property{name: "Direction", value: towards[i/len(events)%len(towards)]}
	when := c.opts.Today // for a record that only shows which properties there are
	if at := i / len(events) / len(towards); at < len(got.days) {
		when = got.days[at]
	}
	day = property{"Date", kindDate, when.Format(time.RFC3339)}
	random := c.random(fmt.Sprint(got.customer.TenantID, got.name, day.value, direction.value, event.value), 0)
	return day, direction, event, random.IntN(3000)
}

func flowRecord(c *Cloud, got invocation, i int) []property {
	day, direction, event, n := c.event(got, i)
	return []property{day, direction, event, {"Count", kindInt, n}}
}

func atpRecord(c *Cloud, got invocation, i int) []property {
	day, direction, event, n := c.event(got, i)
	return []property{
		{name: "Organization", value: got.customer.InitialDomain}, day, event, direction,
		{name: "VerdictSource"}, {"MessageCount", kindInt, n},
		{name: "SharePercent", value: decimal(fmt.Sprintf("%d.%02d", n%100, n%97))}, {name: "IsPriorityAccount", value: n%2 == 0},
	}
}

func mxRecord(_ *Cloud, got invocation, _ int) []property {
	domain, _ := got.parameters["Domain"].(string)
	if domain == "" {
		domain = got.customer.DefaultDomain
	}
	host := strings.ReplaceAll(domain, ".", "-") + ".mail.protection.outlook.com"
	return []property{
		{name: "Organization", value: got.customer.InitialDomain}, {name: "Domain", value: domain},
		{name: "HighestPriorityMailhost", value: host}, {name: "HighestPriorityMailhostIpAddress"},
		{name: "PointsToService", value: true}, {name: "RecordExists", value: got.customer.Index%7 != 3},
		{name: "MxRecords", value: nested(`[ {"Host": "` + host + `", "Priority": 10, "Verified": true, "Note": null},  {"Host": "mx2.` + domain + `", "Priority": 2.50} ]`)},
	}
}

func organizationRecord(_ *Cloud, got invocation, _ int) []property {
	customer := got.customer
	return []property{
		{name: "Name", value: customer.InitialDomain}, {name: "DisplayName", value: customer.OrganizationName},
		{"Guid", "System.Guid", customer.TenantID}, {name: "IsDehydrated", value: false},
		{"MailTipsLargeAudienceThreshold", "System.UInt32", 25}, {name: "DefaultMailTip"},
		{name: "ElcProcessingDisabled", value: false}, {name: "DistributionGroupNameBlockedWordsList", value: nested("[ ]")},
		{name: "AdminDisplayVersion", value: nested(`{ "Major": 15, "Minor": 20, "Build": "9364.13" }`)},
		{"WhenCreatedUTC", kindDate, "2019-03-01T08:00:00.1234567Z"},
	}
}
