package m365

import (
	"io"
	"net/http"
	"strings"
)

// What Exchange never sends, but an attacker in its place might.
const (
	HostilePage    Fault = "hostile-page"    // a page of records has 40 MB
	HostileRecords Fault = "hostile-records" // the records are not a list
	HostileNesting Fault = "hostile-nesting" // a record is nested 100,000 deep
	HostileEndless Fault = "hostile-endless" // each page is empty and followed by another one
)

// HostileExchangeFaults returns the faults that only an attacker in place of Exchange
// causes, in the order of their declaration.
func HostileExchangeFaults() []Fault {
	return []Fault{HostilePage, HostileRecords, HostileNesting, HostileEndless}
}

// hostileRecords gives the fault's unexpected answer to a good call. It returns false
// if the customer has another fault.
func (c *Cloud) hostileRecords(w http.ResponseWriter, r *http.Request, got invocation) bool {
	var body string
	switch got.customer.Fault {
	case HostilePage:
		body = `{"value":[{"Filler":"` + strings.Repeat("x", 40<<20) + `"}]}`
	case HostileRecords:
		body = `{"value":{"Organization":[true,{"Size":"5"}]}}`
	case HostileNesting:
		body = `{"value":[{"Nested":` + strings.Repeat("[", hostileDepth) + strings.Repeat("]", hostileDepth) + `}]}`
	case HostileEndless:
		body = `{"value":[],"@odata.nextLink":"` + c.nextRecords(r, got, got.from+1) + `"}`
	default:
		return false
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	io.WriteString(w, body)
	return true
}
