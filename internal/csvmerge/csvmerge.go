// Package csvmerge makes one CSV of many customers' CSVs.
//
// A body is read twice, each time as a stream in bounded memory: Check applies the
// strict rules and learns what the merge must know, and Append writes its records
// into the aggregated file. What Check refuses never becomes a row.
//
// Promises about the aggregated file:
//   - it starts with one UTF-8 byte order mark (Excel needs it), and every
//     record ends with CRLF;
//   - every record has the customer's three columns and then the union of all
//     reports' columns, aligned by name whatever its case, empty if a report
//     has none;
//   - the bytes of a field are those that came, quotes and line breaks
//     included, except for the formula guard: what a spreadsheet would run as a
//     formula gets a leading apostrophe, also inside a cell that would be split.
package csvmerge

// Customer says whose rows they are: it has the values of the first three columns
// of every record.
type Customer struct{ TenantID, Name, Domain string }

// customerColumns are the names of a Customer's values, in order.
var customerColumns = []string{"Customer Tenant Id", "Customer Name", "Customer Domain"}

const byteOrderMark = "\uFEFF"
