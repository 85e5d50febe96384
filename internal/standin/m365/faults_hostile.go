package m365

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
	"sync"
	"time"
)

// What Microsoft never sends, but an attacker in its place might.
const (
	HostileWaitForYears  Fault = "hostile-wait-for-years"  // 429 with Retry-After 99999999, always
	HostileWaitForAWord  Fault = "hostile-wait-for-a-word" // 429 with Retry-After "soon", always
	HostileWaitBackwards Fault = "hostile-wait-backwards"  // 429 with Retry-After -5, always
	HostileHeader        Fault = "hostile-header"          // the report call's answer has a header line of 10 MB
	HostileSlowHeader    Fault = "hostile-slow-header"     // the report call's answer comes one byte a second; takes longer than seconds
	HostilePlainAddress  Fault = "hostile-plain-address"   // the report's address is http
	HostileCircle        Fault = "hostile-circle"          // the report's address answers 302 to itself
	HostileBomb          Fault = "hostile-bomb"            // the body is 1 GiB of zeros, in gzip if the client accepts that
	HostileLength        Fault = "hostile-length"          // the body continues after its Content-Length, which ends inside a record
	HostileTenant        Fault = "hostile-tenant"          // the token is for the next customer's tenant (tid), and gives access to its data
	HostileTypes         Fault = "hostile-types"           // the organization is JSON of other types
	HostileDepth         Fault = "hostile-depth"           // the organization is JSON nested 100,000 deep
	HostileCrowd         Fault = "hostile-crowd"           // the organization is one of five million empty ones
	HostileChunks        Fault = "hostile-chunks"          // the body comes one byte a second, without length or end; takes longer than seconds
)

// HostileFaults returns the faults that only an attacker causes, in the order of their
// declaration. None is in Faults.
func HostileFaults() []Fault {
	return []Fault{
		HostileWaitForYears, HostileWaitForAWord, HostileWaitBackwards, HostileHeader, HostileSlowHeader, HostilePlainAddress,
		HostileCircle, HostileBomb, HostileLength, HostileTenant, HostileTypes, HostileDepth, HostileCrowd, HostileChunks,
		HostileTokenTypes, HostileTokenSize, HostileTokenDepth, HostileTokenRedirect, HostileTokenPast, HostileTokenFuture, HostileCloud, HostileClock,
	}
}

// deliversNoToken reports whether the fault makes every token useless.
func (f Fault) deliversNoToken() bool {
	switch f {
	case HostileTokenTypes, HostileTokenSize, HostileTokenDepth, HostileTokenRedirect, HostileTokenPast, HostileTokenFuture, HostileCloud:
		return true
	}
	return false
}

// storm is the Retry-After of a refusal of all calls, if there is one.
func (c *Cloud) storm() (retryAfter string, on bool) {
	wait := c.opts.Tuning.RetryAfter
	switch {
	case c.out(ThrottledAll):
		return retrySeconds(wait), true
	case c.out(ThrottledAllByDate):
		return dateAfter(wait), true
	case c.out(ThrottledAllAbsurd):
		return hostileWaits[HostileWaitForYears], true
	}
	return "", false
}

// dateAfter is the date after that time. It is rounded up to a whole second, so that
// no wait is cut short.
func dateAfter(wait time.Duration) string {
	return time.Now().Add(wait + time.Second).UTC().Format(http.TimeFormat)
}

// hostileWaits are values of Retry-After that make no sense.
var hostileWaits = map[Fault]string{HostileWaitForYears: "99999999", HostileWaitForAWord: "soon", HostileWaitBackwards: "-5"}

// longHeader is far longer than any real header line.
var longHeader = sync.OnceValue(func() string { return strings.Repeat("x", 10<<20) })

// bombSize is the unpacked size of a bomb; the zeros come in blocks.
const (
	bombSize  = 1 << 30
	bombBlock = 16 << 20
)

// packedBlock is a gzip file of bombBlock zeros. Concatenated, such files are one file.
var packedBlock = sync.OnceValue(func() []byte {
	var out bytes.Buffer
	packer := gzip.NewWriter(&out)
	packer.Write(make([]byte, bombBlock)) // a buffer accepts everything
	packer.Close()
	return out.Bytes()
})

func sendBomb(w http.ResponseWriter, r *http.Request) {
	block := make([]byte, 64<<10)
	times := bombSize / len(block)
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		block, times = packedBlock(), bombSize/bombBlock
		w.Header().Set("Content-Encoding", "gzip")
	}
	for range times {
		if _, err := w.Write(block); err != nil {
			return // the client has seen enough
		}
	}
}

// sendTooMuch announces a length that ends inside a record, and sends the whole body.
func sendTooMuch(w http.ResponseWriter, body []byte) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	writeHead(buffered, len(truncated(body)))
	buffered.Write(body)
	buffered.Flush()
}

// slowHeader sends a header that never ends, until the client or the cloud closes.
func (c *Cloud) slowHeader(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil || !c.proxy.track(conn) {
		return
	}
	defer c.proxy.untrack(conn)
	defer conn.Close()
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		conn.Read(make([]byte, 1)) // returns when the connection ends
	}()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for i := 0; ; i++ {
		conn.Write([]byte{("HTTP/1.1 302 Found\r\nX-Slow: " + strings.Repeat("x", 1000))[i%1000]})
		select {
		case <-gone:
			return
		case <-tick.C:
		}
	}
}

// hostileOrganization gives the fault's unexpected answer for an organization. It
// returns false if the customer has another fault.
func hostileOrganization(w http.ResponseWriter, customer Customer) bool {
	switch customer.Fault {
	case HostileTypes:
		writeJSON(w, http.StatusOK, item{"value": item{"id": 5, "displayName": []int{1}, "verifiedDomains": "none"}})
	case HostileDepth:
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Write([]byte(`{"value":` + strings.Repeat("[", hostileDepth) + strings.Repeat("]", hostileDepth) + "}"))
	case HostileCrowd:
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Write([]byte(`{"value":[` + strings.Repeat("{},", 5_000_000) + "{}]}"))
	default:
		return false
	}
	return true
}

// tokenTenant is the tenant that a customer's token is for.
func (c *Cloud) tokenTenant(customer Customer) string {
	if customer.Fault != HostileTenant {
		return customer.TenantID
	}
	return c.customers[(customer.Index+1)%len(c.customers)].TenantID
}
