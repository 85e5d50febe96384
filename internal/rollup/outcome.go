package rollup

import (
	"fmt"
	"time"

	"tenantrollup/internal/csvmerge"
	"tenantrollup/internal/run"
)

// outcome is the result of a customer's report: a checked body, or a failure.
type outcome struct {
	index    int
	customer run.Customer
	body     *spool
	table    *csvmerge.Table
	failure  *run.Failure
	at       time.Time
}

// partners reports whether the failure is the partner's own: every other customer
// would fail in the same way.
func (o outcome) partners() bool {
	return o.failure != nil && o.failure.Class == run.PartnerCredential
}

// line is the error log's line of a customer without data.
func (o outcome) line() run.Line {
	return run.Line{Time: o.at, Customer: o.customer, Failure: *o.failure}
}

// unfetched is an outcome that no fetch has brought.
func unfetched(customer run.Customer, failure *run.Failure) outcome {
	return outcome{customer: customer, body: new(spool), at: time.Now(), failure: failure}
}

// excluded is the outcome of a customer that is not asked. One that was excluded
// before keeps its line.
func excluded(customer run.Customer) outcome {
	if before := asBefore(customer); before.failure.Class == run.Excluded {
		return before
	}
	customer.Excluded = true
	return unfetched(customer, &run.Failure{Class: run.Excluded, Message: "Excluded by CUSTOMERS_EXCLUDE or CUSTOMERS_INCLUDE."})
}

// asBefore is the outcome in the published error log.
func asBefore(customer run.Customer) outcome {
	line, err := run.ParseLine(customer.Line)
	if err != nil {
		return unfetched(customer, &run.Failure{Class: run.ServiceFault, Message: "The line of the published error log can't be read: " + err.Error() + "."})
	}
	o := unfetched(line.Customer, &line.Failure)
	o.at = line.Time
	return o
}

func tooSlow(limit time.Duration) *run.Failure {
	return &run.Failure{
		Class:     run.ServiceFault,
		Message:   fmt.Sprintf("The report did not arrive within %s.", limit.Round(time.Second)),
		Remedy:    "Wait for the next night, which asks again. If this continues, open a support request with Microsoft for this tenant.",
		Transient: true,
	}
}

func malformed(problem string) *run.Failure {
	return &run.Failure{
		Class:   run.MalformedReport,
		Message: "The report that Microsoft sent is not well formed: " + problem + ".",
		Remedy:  "Rerun the failed customers. If this continues, open a support request with Microsoft for this tenant.",
	}
}

// headerShown is how much of a wrong header a failure quotes, in characters.
const headerShown = 120
