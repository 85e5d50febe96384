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

// reportHosts serve the bodies; a customer's region decides which one does.
var reportHosts = []string{"reports.office.com", "reportsweu.office.com"}

// foreignHost has a name that passes a careless suffix check.
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
	if _, on := c.storm(); !on && !c.hold(r, who.tenant.Fault) {
		return
	}
	if who.tenant.Fault == HostileSlowHeader {
		c.slowHeader(w)
		return
	}
	a, ordinal, retryAfter := c.attempt(who, got, text)
	who.tenant.Fault = a.fault
	switch a.status {
	case http.StatusFound:
		if a.fault == HostileHeader {
			w.Header().Set("X-Long", longHeader())
		}
		w.Header().Set("Location", c.address(who.tenant, text, ordinal))
		w.Header().Set("Content-Type", "application/octet-stream")
		w.WriteHeader(http.StatusFound)
	case http.StatusOK:
		c.sendBody(w, r, who.tenant, got, a.number)
	default:
		refuseReport(w, r, a, retryAfter)
	}
}

// hold keeps a call waiting if the fault requires it. It returns false if the client
// left.
func (c *Cloud) hold(r *http.Request, f Fault) bool {
	switch f {
	case Slow:
		return wait(r, c.opts.Tuning.Slow)
	case NeverAnswers:
		<-r.Context().Done()
		return false
	}
	return true
}

// refuseReport answers a report call that judge refuses.
func refuseReport(w http.ResponseWriter, r *http.Request, a attempt, retryAfter string) {
	switch {
	case rareStatus[a.fault] == a.status:
		refuseRarely(w, r, a.fault)
	case a.status == http.StatusTooManyRequests:
		w.Header().Set("Retry-After", retryAfter)
		if a.fault == HostileClock {
			w.Header().Set("Date", time.Now().Add(clockAhead).UTC().Format(http.TimeFormat))
		}
		graphError(w, r, a.status, "TooManyRequests", "Too many requests from the same application in this tenant.")
	case a.status == http.StatusInternalServerError:
		graphError(w, r, a.status, "InternalServerError", "An internal server error occurred.")
	case a.fault == Unlicensed:
		graphError(w, r, a.status, "UnknownError", "The subscription within the tenant has lapsed, or the request is not applicable to target tenant.")
	default:
		refuseRole(w, r)
	}
}

// refuseRole answers as the report service does to an app that may not read reports:
// with the error as text in another error's message.
func refuseRole(w http.ResponseWriter, r *http.Request) {
	inner, err := json.Marshal(map[string]any{"error": graphErrorBody(w, r, "S2SUnauthorized", "Invalid permission.")})
	if err != nil {
		panic(err) // strings always marshal
	}
	graphError(w, r, http.StatusForbidden, "UnknownError", string(inner))
}

func retrySeconds(d time.Duration) string { return strconv.Itoa(int(math.Ceil(d.Seconds()))) }

// address makes a pre-authenticated address of a customer's report: anyone who has it
// has the report.
func (c *Cloud) address(customer Customer, text string, ordinal int) string {
	host := reportHosts[(customer.Index+len(reportHosts))%len(reportHosts)]
	ticket := c.keys.seal("download "+host, strings.Join([]string{
		strconv.FormatInt(time.Now().Add(addressLife).Unix(), 10), strconv.Itoa(customer.Index), strconv.Itoa(ordinal), rand.Text(), text,
	}, "|"))
	c.keys.remember(strings.Clone(ticket[strings.LastIndexByte(ticket, '~')+1:]))
	scheme := "https"
	switch customer.Fault {
	case ForeignRedirect:
		host = foreignHost
	case HostilePlainAddress:
		scheme = "http"
	}
	return scheme + "://" + host + "/data/v1.0/download?token=" + ticket
}

// Served returns the body that a customer's report has on Today, byte for byte
// as the report host sends it. That is what a correct client, which retries temporary
// failures, ends up with. The call is written as in Graph's path, such as
// getMailboxUsageMailboxCounts(period='D7'). The result is nil if the customer's fault
// lets no body arrive, for an unknown tenant or call, and under Options.Vary for a
// customer without a fault: see Attempts.
func (c *Cloud) Served(tenantID, text string) []byte {
	customer, known := c.tenant(tenantID)
	got, problem := parseCall(text, c.opts.Today)
	if !known || problem != "" || customer.Fault.deliversNothing() || c.opts.Vary && customer.Fault == None {
		return nil
	}
	return c.body(customer, got, 0)
}
