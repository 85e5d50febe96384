package m365

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

// property is a property of a record. Its value is a string, a bool, an int, a
// decimal, nested, or nil.
type property struct {
	name  string
	kind  string // .NET type, which precedes it on the wire; usually empty
	value any
}

type (
	decimal string // a number's digits, as sent
	nested  string // JSON, as sent
)

// Cell is one property of a record, and the text expected in its CSV cell.
type Cell struct{ Column, Text string }

// cell is what a spreadsheet exported by PowerShell would show.
func (p property) cell() Cell {
	text := ""
	switch v := p.value.(type) {
	case string:
		text = v
	case bool:
		text = map[bool]string{true: "True", false: "False"}[v]
	case int:
		text = strconv.Itoa(v)
	case decimal:
		text = string(v)
	case nested:
		var compact bytes.Buffer
		if err := json.Compact(&compact, []byte(v)); err != nil {
			panic(fmt.Sprintf("nested value of %s: %v", p.name, err)) // the values are in exchange_records.go
		}
		text = compact.String()
	}
	return Cell{p.name, text}
}

// write appends the property and what Exchange says about its type.
func (p property) write(out []byte) []byte {
	if p.kind != "" {
		out = fmt.Appendf(out, "%q:%q,", p.name+"@data.type", p.kind)
	}
	if v, ok := p.value.(nested); ok && v[0] == '[' {
		out = fmt.Appendf(out, "%q:\"#Collection(Exchange.GenericHashTable)\",", p.name+"@odata.type")
	}
	out = fmt.Appendf(out, "%q:", p.name)
	switch v := p.value.(type) {
	case decimal:
		return append(out, v...)
	case nested:
		return append(out, v...)
	}
	text, err := json.Marshal(p.value)
	if err != nil {
		panic(err) // texts, numbers and booleans always marshal
	}
	return append(out, text...)
}

// extraProperty is what ExchangeWiderRecord adds.
var extraProperty = property{name: "RecipientDomain", value: "contoso.example"}

// recordAt returns record i of a cut as it is served.
func (c *Cloud) recordAt(got invocation, part cut, i int) []property {
	record := got.record(c, got, part.first+i)
	if got.customer.Fault == ExchangeWiderRecord && part.total > 1 && part.first+i == part.total-1 {
		record = slices.Insert(record, len(record)-1, extraProperty)
	}
	if got.selected == nil {
		return record
	}
	return slices.DeleteFunc(record, func(p property) bool { return !slices.Contains(got.selected, p.name) })
}

// servePageOfRecords answers one page, with a link to the next page if there is one.
func (c *Cloud) servePageOfRecords(w http.ResponseWriter, r *http.Request, got invocation) {
	part := c.cutRecords(got)
	n := part.n
	size := min(got.page, c.opts.Tuning.ExchangePage)
	if got.customer.Fault.needsTwoPages() {
		size = min(size, max(1, (n+1)/2))
	}
	upTo := min(got.from+size, n)
	linked := upTo < n || got.customer.Fault == ExchangeLoop && got.from > 0
	out := fmt.Appendf(nil, `{"@odata.context":"https://%s/adminapi/beta/%s/$metadata#Collection(Exchange.GenericHashTable)",`+
		`"adminapi.warnings@odata.type":"#Collection(String)","@adminapi.warnings":%s,"value":[`,
		r.Host, got.customer.TenantID, warnings(got, part, linked))
	for i := got.from; i < upTo; i++ {
		if i > got.from {
			out = append(out, ',')
		}
		out = fmt.Appendf(out, `{"@odata.etag":"W/\"%d\"",`, i)
		for at, p := range c.recordAt(got, part, i) {
			if at > 0 {
				out = append(out, ',')
			}
			out = p.write(out)
		}
		out = append(out, '}')
	}
	out = append(out, ']')
	if linked {
		out = fmt.Appendf(out, `,"@odata.nextLink":%q`, c.nextRecords(r, got, upTo))
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(out)+2))
	w.Write(append(out, "}\n"...))
}

// onNextPage comes with every page that has a next link, whatever limits it, as recorded
// in internal/exoclient of github.com/rknightion/graph2otel at 268cd7d.
const onNextPage = "There are more results available than are currently displayed. To view them, increase the value for the ResultSize parameter."

// warnings are a page's. The cmdlet's own come with the first page: to some customers
// always, and to those whose trace is cut.
func warnings(got invocation, part cut, linked bool) []byte {
	all := []string{}
	switch {
	case got.from > 0:
	case part.more(got):
		all = append(all, "There are more results, use the following command to get more. "+got.name+" -ResultSize 1000")
	case got.customer.Index%6 == 5:
		all = append(all, "The data of the last hours may be incomplete.")
	}
	if linked {
		all = append(all, onNextPage)
	}
	text, err := json.Marshal(all)
	if err != nil {
		panic(err) // texts always marshal
	}
	return text
}

// nextRecords is the address of the page that begins with that record. For every
// second customer, it has the port of Exchange's own servers.
func (c *Cloud) nextRecords(r *http.Request, got invocation, from int) string {
	host := r.Host + backendPort(got.customer.Index%2 == 1)
	switch {
	case got.customer.Fault == ExchangeForeignLink:
		host = foreignExchange
	case got.customer.Fault == ExchangeLoop && got.from > 0:
		from = got.from
	}
	query := url.Values{}
	if list := r.URL.Query().Get("$select"); list != "" {
		query.Set("$select", list)
	}
	query.Set("$skiptoken", c.keys.seal(got.pageOf(query), strconv.Itoa(from)))
	return "https://" + host + r.URL.Path + "?" + query.Encode()
}

// ServedRows returns the records that a customer's cmdlet has on Today, each
// property in order, with the text expected in its CSV cell before any guard against
// formulas. That is what a correct client ends up with, and all records if the call names no size. Records may have different
// properties. The result is nil if the customer's fault keeps the answer from
// arriving complete, if the tenant is unknown, or if Exchange refuses the call. It is
// empty if there are no records.
func (c *Cloud) ServedRows(tenantID, cmdlet string, parameters map[string]any) [][]Cell {
	customer, known := c.tenant(tenantID)
	if !known || customer.Fault.deliversNoRecords() {
		return nil
	}
	got, refusal := c.invocation(customer, cmdlet, onTheWire(parameters))
	if refusal != nil {
		return nil
	}
	part := c.cutRecords(got)
	if !got.sized() && part.n > 0 {
		part = c.allRecords(got)
	}
	if part.n > 1 && customer.Fault.hasNoEnd() {
		return nil
	}
	rows := make([][]Cell, part.n)
	for i := range rows {
		for _, p := range c.recordAt(got, part, i) {
			rows[i] = append(rows[i], p.cell())
		}
	}
	return rows
}

// onTheWire converts a program's values to those that JSON has.
func onTheWire(parameters map[string]any) map[string]any {
	text, err := json.Marshal(parameters)
	if err != nil {
		return nil
	}
	reader := json.NewDecoder(bytes.NewReader(text))
	reader.UseNumber()
	var sent map[string]any
	if reader.Decode(&sent) != nil {
		return nil
	}
	return sent
}
