package main_test

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"tenantrollup/internal/run"
	"tenantrollup/internal/standin/m365"
)

// TestTheMorningNamesEachCustomerOnce asks for the list of customers through the
// Functions host, which passes on texts.
func TestTheMorningNamesEachCustomerOnce(t *testing.T) {
	t.Parallel()
	p := open(t, m365.Options{Customers: few, Seed: 82, Faults: map[int]m365.Fault{
		1: m365.NotConsented, 3: m365.HeaderOnly,
	}}, map[string]string{"REPORTS": "mailbox-activity=" + countsCall + "; storage=getMailboxUsageStorage(period='D7')"})
	p.night()
	broken, empty := p.Cloud.Customers()[1], p.Cloud.Customers()[3]

	status, text := p.call(http.MethodGet, "/api/runs?by=customer", "runs", "")
	var list struct {
		Customers []struct {
			TenantID, ConsentAddress string
			Class                    run.Class
			Reports                  []struct{ Report string }
		}
	}
	if err := json.Unmarshal([]byte(text), &list); status != http.StatusOK || err != nil || len(list.Customers) != 2 {
		t.Fatalf("answered %d %s, %v", status, text, err)
	}
	first := list.Customers[0]
	if first.TenantID != broken.TenantID || first.Class != run.ConsentMissing || len(first.Reports) != 2 || !strings.Contains(first.ConsentAddress, broken.TenantID) {
		t.Errorf("the first is %+v", first)
	}

	status, text = p.call(http.MethodGet, "/api/runs?by=customer&format=csv", "runs", "")
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
	if status != http.StatusOK || err != nil || len(rows) != 3 || !strings.HasPrefix(text, "\ufeffTenant Id,") || rows[2][0] != empty.TenantID {
		t.Errorf("as CSV: %d %q, %v", status, text, err)
	}

	status, text = p.call(http.MethodGet, "/api/runs?by=customer&customer="+empty.TenantID, "runs", "")
	if status != http.StatusOK || strings.Count(text, `"class":"no-data"`) != 4 {
		t.Errorf("the customer: %d %s", status, text)
	}
}
