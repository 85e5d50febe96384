package main_test

import (
	"slices"
	"strings"
	"testing"

	"tenantrollup/internal/run"
	"tenantrollup/internal/standin/m365"
)

func TestExcludedCustomersAreNeverSignedInTo(t *testing.T) {
	t.Parallel()
	var excluded []string
	p := openFor(t, clocks, m365.Options{Customers: few, Seed: 51}, func(cloud *m365.Cloud) map[string]string {
		byID := cloud.Customers()[2]
		i := slices.IndexFunc(cloud.Customers(), func(c m365.Customer) bool { return c.InContracts && c.Index > 2 })
		byDomain := cloud.Customers()[i]
		excluded = []string{byID.TenantID, byDomain.TenantID}
		return map[string]string{"CUSTOMERS_EXCLUDE": strings.ToUpper(byID.TenantID) + ", " + byDomain.DefaultDomain}
	})
	p.night()
	record, failures := p.record("mailbox-activity", p.today), p.failures("mailbox-activity")
	if record.Customers != few || record.Excluded != 2 || record.WithData != few-2 {
		t.Errorf("record: %+v", record)
	}
	for _, tenant := range excluded {
		if class := failures[tenant].Failure.Class; class != run.Excluded {
			t.Errorf("tenant %s has class %q", tenant, class)
		}
		if asked := p.Cloud.Counts().Tenants[tenant]; len(asked) > 0 {
			t.Errorf("tenant %s was asked: %v", tenant, asked)
		}
	}
}

func TestSourceThatHasGoneEmptyIsAWarning(t *testing.T) {
	t.Parallel()
	p := open(t, m365.Options{Customers: few, Seed: 52}, nil)
	yesterday := p.lastNight()
	p.Cloud.SetOutage(m365.NoGDAP, true)
	p.night()
	record := p.record("mailbox-activity", p.today)
	if record.State != run.StatePublished || record.Warnings[run.WarnSourceEmpty] != 1 {
		t.Errorf("record: %+v", record)
	}
	if before := p.record("mailbox-activity", yesterday); before.WithData != few || before.Warnings[run.WarnSourceEmpty] != 0 {
		t.Errorf("the night before: %+v", before)
	}
}
