package m365_test

import (
	"encoding/json"
	"strings"
	"testing"

	"tenantrollup/internal/standin/m365"
)

func TestHostileRecords(t *testing.T) {
	l := start(t, m365.Options{Customers: 1, Today: due})
	tenant := l.Customers()[0].TenantID
	ask := func(f m365.Fault) (string, error) {
		l.SetFault(0, f)
		if l.ServedRows(tenant, trafficCmdlet, nil) != nil {
			t.Errorf("%s: rows are served", f)
		}
		a := l.run(l.cmdletCall(tenant, trafficCmdlet, "{}"))
		var body any
		return a.body, json.Unmarshal([]byte(a.body), &body)
	}
	if body, err := ask(m365.HostilePage); err != nil || len(body) < 40<<20 {
		t.Errorf("a page of %d bytes, %v", len(body), err)
	}
	if body, err := ask(m365.HostileRecords); err != nil || !strings.HasPrefix(body, `{"value":{`) {
		t.Errorf("got %s, %v", body, err)
	}
	if _, err := ask(m365.HostileNesting); err == nil {
		t.Error("the nesting can be read")
	}
	l.SetFault(0, m365.HostileEndless)
	seen := map[string]bool{}
	all, pages := l.collect(l.cmdletCall(tenant, trafficCmdlet, "{}"))
	for _, page := range pages {
		seen[page.Next] = true
	}
	if len(all) != 0 || len(pages) != 10 || len(seen) != 10 || seen[""] {
		t.Errorf("%d records on %d pages with %d links", len(all), len(pages), len(seen))
	}
}
