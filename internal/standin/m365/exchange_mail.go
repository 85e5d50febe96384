package m365

import (
	"fmt"
	"slices"
	"time"
)

// size is a parameter that cuts an answer: its default and its maximum. No cut answer
// has a link to what is missing.
type size struct{ initial, largest int }

// mostDetails is how many records Get-MailDetailATPReport has at most.
const mostDetails = 10_000

// countOfMail is as many as Options.Records says.
func (c *Cloud) countOfMail(customer Customer) int {
	if n, set := c.opts.Records[customer.Index]; set {
		return n
	}
	return c.opts.Rows
}

func countOfDetails(c *Cloud, got invocation) int {
	if len(got.days) == 0 {
		return 0
	}
	return min(c.countOfMail(got.customer), mostDetails)
}

func detailRecord(c *Cloud, got invocation, i int) []property {
	when := c.opts.Today
	if len(got.days) > 0 {
		when = got.days[i%len(got.days)]
	}
	return []property{
		{name: "Organization", value: got.customer.InitialDomain}, {"Date", kindDate, when.Format(time.RFC3339)},
		{name: "MessageId", value: fmt.Sprintf("<%d@%s>", i, got.customer.DefaultDomain)},
		{name: "RecipientAddress", value: addressee(got.customer, i)}, {name: "Direction", value: "Inbound"},
	}
}

// A trace's records come newest first, three to a second from the midnight before
// Today back: two of one recipient, and one of another.
const tracesPerSecond = 3

func (c *Cloud) traceAt(i int) time.Time {
	return c.opts.Today.AddDate(0, 0, -1).Add(-time.Duration(i/tracesPerSecond) * time.Second)
}

func traceRecipient(got invocation, i int) string {
	return addressee(got.customer, i%tracesPerSecond/2)
}

// countOfTraces counts those not before StartDate.
func countOfTraces(c *Cloud, got invocation) int {
	n := c.countOfMail(got.customer)
	for n > 0 && c.traceAt(n-1).Before(got.start) {
		n--
	}
	return n
}

// firstTrace is the newest record not after EndDate and, of those at EndDate, at or
// after StartingRecipientAddress. That address's own records are repeated.
func firstTrace(c *Cloud, got invocation) (i int) {
	from, _ := got.parameters["StartingRecipientAddress"].(string)
	for ; i < c.countOfMail(got.customer); i++ {
		at := c.traceAt(i)
		if at.Before(got.end) || at.Equal(got.end) && traceRecipient(got, i) >= from {
			break
		}
	}
	return i
}

func traceRecord(c *Cloud, got invocation, i int) []property {
	random := c.random(got.customer.TenantID+got.name, i)
	return []property{
		{name: "MessageId", value: fmt.Sprintf("<%d@%s>", i, got.customer.DefaultDomain)},
		{"Received", kindDate, c.traceAt(i).Format(time.RFC3339)},
		{name: "SenderAddress", value: "sender@fabrikam.example"}, {name: "RecipientAddress", value: traceRecipient(got, i)},
		{name: "Subject", value: fmt.Sprintf("Message %d", i)}, {name: "Status", value: "Delivered"},
		{"Size", kindLong, random.IntN(100_000)}, {"MessageTraceId", "System.Guid", guid(random)},
	}
}

// cut is the part of a cmdlet's records that one call gets.
type cut struct{ first, n, total int }

// more reports whether the cmdlet says that records are missing. The reports cut by
// pages never do.
func (c cut) more(got invocation) bool {
	return got.results.largest > 0 && c.first+c.n < c.total
}

// cutRecords cuts by what the call says, or by the cmdlet's own sizes.
func (c *Cloud) cutRecords(got invocation) cut {
	if got.customer.Fault == HeaderOnly && got.reach > 0 {
		return cut{}
	}
	all := c.allRecords(got)
	page, paged := got.parameters["Page"].(int)
	length, sized := got.parameters["PageSize"].(int)
	if got.results.largest > 0 {
		length, _ = got.parameters["ResultSize"].(int)
		setDefault(&length, got.results.initial)
	} else if !paged && !sized && got.pages.largest == 0 {
		return all
	}
	setDefault(&length, 1000)
	skip := min((max(page, 1)-1)*length, all.n)
	return cut{all.first + skip, min(length, all.n-skip), all.total}
}

// allRecords is what the cmdlet has if nothing cuts it.
func (c *Cloud) allRecords(got invocation) cut {
	total, first := got.count(c, got), 0
	if got.skip != nil {
		first = min(got.skip(c, got), total)
	}
	return cut{first, total - first, total}
}

// checkSizes refuses sizes that are too large.
func (got invocation) checkSizes() *exchangeRefusal {
	for name, largest := range map[string]int{"PageSize": got.pages.largest, "ResultSize": got.results.largest, "Page": 1000} {
		if n, ok := got.parameters[name].(int); ok && largest > 0 && n > largest {
			return badRequest("Microsoft.Exchange.Management.FfoReporting.InvalidExpressionException",
				fmt.Sprintf("The %s must be between 1 and %d.", name, largest))
		}
	}
	return nil
}

// sized reports whether the call itself says how many records it wants.
func (got invocation) sized() bool {
	return slices.ContainsFunc([]string{"Page", "PageSize", "ResultSize"}, func(name string) bool { return got.parameters[name] != nil })
}
