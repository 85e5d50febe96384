package run

import (
	"encoding/json"
	"fmt"
	"strings"

	"tenantrollup/internal/report"
)

// Customer is one customer tenant of the partner.
type Customer struct {
	// TenantID is a GUID in lower case.
	TenantID string `json:"tenantId"`
	// Name is the organization's own once it has been read, otherwise that of the
	// relationship, otherwise that of the contract.
	Name string `json:"name"`
	// Domain is the initial domain once it has been read, otherwise the one in the
	// partner's lists, otherwise empty.
	Domain string `json:"domain"`
	// Ends is the day on which the last delegated relationship ends, if any.
	Ends report.Date `json:"ends,omitempty"`
	// Sources know the customer; none in a rerun of the failed customers, and in the
	// list of an earlier version.
	Sources SourceSet `json:"sources,omitempty"`
	// Excluded customers are accounted for but never signed in to.
	Excluded bool `json:"excluded,omitempty"`
	// Line is the customer's line in the published error log; only in a rerun
	// of the failed customers.
	Line string `json:"line,omitempty"`
}

// Label is how people recognise the customer: its domain or, if none is known,
// its tenant id.
func (c Customer) Label() string {
	if c.Domain != "" {
		return c.Domain
	}
	return c.TenantID
}

// AppendJSON appends the customer as a line of customers.jsonl.
func (c Customer) AppendJSON(dst []byte) ([]byte, error) {
	line, err := json.Marshal(c)
	if err != nil {
		return dst, fmt.Errorf("customer %s: %w", c.TenantID, err)
	}
	return append(append(dst, line...), '\n'), nil
}

// ParseCustomer reads a line of customers.jsonl.
func ParseCustomer(line []byte) (Customer, error) {
	var c Customer
	if err := json.Unmarshal(line, &c); err != nil {
		return Customer{}, fmt.Errorf("customer line: %w", err)
	}
	if c.TenantID == "" || c.TenantID != strings.ToLower(c.TenantID) {
		return Customer{}, fmt.Errorf("customer line: tenantId %q: want a lower-case tenant id", c.TenantID)
	}
	return c, nil
}
