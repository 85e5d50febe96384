package m365

import (
	"io"
	"net/http"
	"strings"
)

// What no Exchange sends, and somebody in its place might.
const (
	HostilePage    Fault = "hostile-page"    // a page of records has 40 MB
	HostileRecords Fault = "hostile-records" // the records are no list
	HostileNesting Fault = "hostile-nesting" // a record is nested 100,000 deep
	HostileEndless Fault = "hostile-endless" // each page is empty and followed by another one
)

// HostileExchangeFaults returns the faults of Exchange's answers that are no
// accident, in the order of their declaration.
func HostileExchangeFaults() []Fault {
	return []Fault{HostilePage, HostileRecords, HostileNesting, HostileEndless}
}

// hostileRecords answers a good call as nobody expects it; false where the
// customer's fault is another.
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
