package m365

import (
	"crypto/rand"
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// reportHosts hand out bodies; a customer's region decides which.
var reportHosts = []string{"reports.office.com", "reportsweu.office.com"}

// foreignHost has a name that a careless suffix check lets through.
const foreignHost = "reports.office.com.fabrikam.example"

// addressLife is how long a report's address stays valid.
const addressLife = 5 * time.Minute

func (c *Cloud) serveReport(w http.ResponseWriter, r *http.Request, who caller) {
	if !wait(r, c.opts.Latency.Report) {
		return
	}
	text := r.PathValue("call")
	got, problem := parseCall(text, c.opts.Today)
	if problem != "" {
		graphError(w, r, http.StatusBadRequest, "BadRequest", problem)
		return
	}
	if got.copilot() != strings.HasPrefix(r.URL.Path, "/v1.0/copilot/") {
		segmentNotFound(w, r, got.function)
		return
	}
	if !who.has(roleReports) {
		refuseReports(w, r)
		return
	}
	if c.reportFault(w, r, who.tenant) {
		return
	}
	if retryAfter, ok := c.window.admit(who.tenant.TenantID, got.function); !ok {
		tooManyRequests(w, r, retrySeconds(retryAfter))
		return
	}
	if got.copilot() {
		c.sendBody(w, r, who.tenant, got)
		return
	}
	w.Header().Set("Location", c.address(who.tenant, text))
	w.Header().Set("Content-Type", "application/octet-stream")
	w.WriteHeader(http.StatusFound)
}

// refuseReports answers as the report service does to an app that may not read
// reports: the error wrapped as text in another's message.
func refuseReports(w http.ResponseWriter, r *http.Request) {
	inner, err := json.Marshal(map[string]any{"error": graphErrorBody(w, r, "S2SUnauthorized", "Invalid permission.")})
	if err != nil {
		panic(err) // strings always marshal
	}
	graphError(w, r, http.StatusForbidden, "UnknownError", string(inner))
}

// reportFault answers in place of the report where the customer's fault wants
// it, and tells whether it did.
func (c *Cloud) reportFault(w http.ResponseWriter, r *http.Request, customer Customer) bool {
	retryAfter := c.opts.Tuning.RetryAfter
	switch customer.Fault {
	case Slow:
		return !wait(r, c.opts.Tuning.Slow)
	case Unlicensed:
		graphError(w, r, http.StatusForbidden, "UnknownError", "The subscription within the tenant has lapsed, or the request is not applicable to target tenant.")
	case ServerError:
		graphError(w, r, http.StatusInternalServerError, "InternalServerError", "An internal server error occurred.")
	case ServerErrorThenFine:
		if !c.stillFails(customer.Index) {
			return false
		}
		graphError(w, r, http.StatusInternalServerError, "InternalServerError", "An internal server error occurred.")
	case Throttled:
		if !c.stillFails(customer.Index) {
			return false
		}
		tooManyRequests(w, r, retrySeconds(retryAfter))
	case ThrottledDate:
		if !c.stillFails(customer.Index) {
			return false
		}
		// A date has whole seconds only: the next one, so that no wait is cut short.
		tooManyRequests(w, r, time.Now().Add(retryAfter+time.Second).UTC().Format(http.TimeFormat))
	default:
		return false
	}
	return true
}

func tooManyRequests(w http.ResponseWriter, r *http.Request, retryAfter string) {
	w.Header().Set("Retry-After", retryAfter)
	graphError(w, r, http.StatusTooManyRequests, "TooManyRequests", "Too many requests from the same application in this tenant.")
}

func retrySeconds(d time.Duration) string { return strconv.Itoa(int(math.Ceil(d.Seconds()))) }

// address makes a pre-authenticated address of a customer's report: whoever
// has it has the report.
func (c *Cloud) address(customer Customer, text string) string {
	host := reportHosts[(customer.Index+len(reportHosts))%len(reportHosts)]
	ticket := c.keys.seal("download "+host, strings.Join([]string{
		strconv.FormatInt(time.Now().Add(addressLife).Unix(), 10), strconv.Itoa(customer.Index), rand.Text(), text,
	}, "|"))
	c.keys.remember(ticket)
	if customer.Fault == ForeignRedirect {
		host = foreignHost
	}
	return "https://" + host + "/data/v1.0/download?token=" + ticket
}

// Served returns the body that a customer's report has on Today, byte for byte
// as the report host sends it: what a client that asks rightly, and again
// after a passing failure, ends up with. The call is written as in Graph's
// path, such as getMailboxUsageMailboxCounts(period='D7'). It is nil where the
// customer's fault lets no body arrive, and of an unknown tenant or call.
func (c *Cloud) Served(tenantID, text string) []byte {
	customer, known := c.tenant(tenantID)
	got, problem := parseCall(text, c.opts.Today)
	if !known || problem != "" || customer.Fault.deliversNothing() {
		return nil
	}
	return c.body(customer, got)
}
