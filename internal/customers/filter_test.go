package customers_test

import (
	"bytes"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"tenantrollup/internal/customers"
	"tenantrollup/internal/run"
	"tenantrollup/internal/run/runtest"
)

func TestFiltersAreHeldAgainstAnOlderList(t *testing.T) {
	lists := map[string]string{
		contracts:     list(contract(contoso, "Contoso", "contoso.com"), contract(fabrikam, "Fabrikam", "fabrikam.com"), contract(fabrikam, "Fabrikam", "fabrikam.de")),
		relationships: list(),
	}
	leaver := `{"tenantId":"` + adatum + `","defaultDomainName":"adatum.com"}`
	for _, tt := range []struct {
		rule             string
		include, exclude []string
		customer         run.Customer // as they are in an older list
		lookUp           string       // the domain of Adatum's tenant, which is no longer in the lists
		want             bool
	}{
		{"without filters no customer is ruled out", nil, nil, run.Customer{TenantID: contoso}, "", false},
		{"by tenant id, without case", nil, []string{strings.ToUpper(contoso)}, run.Customer{TenantID: contoso}, "", true},
		{"by a domain that the older list does not have", nil, []string{"Contoso.com"}, run.Customer{TenantID: contoso, Domain: "contoso.onmicrosoft.com"}, "", true},
		{"by the domain of any of its contracts", nil, []string{"fabrikam.de"}, run.Customer{TenantID: fabrikam, Domain: "fabrikam.onmicrosoft.com"}, "", true},
		{"not by another's domain", nil, []string{"fabrikam.com"}, run.Customer{TenantID: contoso, Domain: "contoso.onmicrosoft.com"}, "", false},
		{"a customer who is not included", []string{fabrikam}, nil, run.Customer{TenantID: contoso}, "", true},
		{"not a customer included by a domain that the older list does not have", []string{"contoso.com"}, nil, run.Customer{TenantID: contoso, Domain: "contoso.onmicrosoft.com"}, "", false},
		{"a customer who has left the lists, by its tenant's own domain", nil, []string{"adatum.com"}, run.Customer{TenantID: adatum}, leaver, true},
		{"not by a domain other than its tenant's own", nil, []string{"proseware.com"}, run.Customer{TenantID: adatum}, leaver, false},
		{"a customer who has left the lists and may be the one that a domain means", nil, []string{"proseware.com"}, run.Customer{TenantID: adatum}, "", true},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			g := &graph{answers: map[string]string{contracts: lists[contracts], relationships: lists[relationships], lookUp(adatum): tt.lookUp}}
			d := directory(g, func(o *customers.Options) { o.Include, o.Exclude = tt.include, tt.exclude })
			if _, err := d.Ready(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got, err := d.RulesOut(t.Context(), tt.customer); got != tt.want || err != nil {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
	t.Run("the lists are read once, and only if a filter names a domain", func(t *testing.T) {
		for entry, want := range map[string]int{"contoso.com": 1, contoso: 0} {
			g := &graph{answers: lists}
			d := directory(g, func(o *customers.Options) { o.Exclude = []string{entry} })
			for range 2 {
				if _, err := d.Ready(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if n := g.count(contracts); n != want {
				t.Errorf("%s: the contracts were read %d times, want %d", entry, n, want)
			}
		}
	})
	t.Run("lists that can't be read are an error", func(t *testing.T) {
		_, err := directory(&graph{}, func(o *customers.Options) { o.Exclude = []string{"contoso.com"} }).Ready(t.Context())
		runtest.WantFailure(t, err, run.PartnerCredential)
	})
	t.Run("entries that match no customer are noted", func(t *testing.T) {
		_, base, err := directory(&graph{answers: lists}, func(o *customers.Options) {
			o.Include, o.Exclude = []string{contoso, "nobody.example"}, []string{adatum, "fabrikam.com"}
		}).Customers(t.Context())
		want := []string{"CUSTOMERS_INCLUDE has entries that match no customer: nobody.example", "CUSTOMERS_EXCLUDE has entries that match no customer: " + adatum}
		if err != nil || !slices.Equal(base.Notes, want) {
			t.Errorf("notes %q, %v", base.Notes, err)
		}
	})
}

func TestOddItemsAreCountedAndNamed(t *testing.T) {
	var log bytes.Buffer
	g := &graph{answers: map[string]string{
		contracts:     list(contract("contoso", "Contoso Ltd", ""), contract(fabrikam, "Fabrikam", "")),
		relationships: list(`{"displayName":"r2","customer":null}`),
	}}
	_, base, err := directory(g, func(o *customers.Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) }).Customers(t.Context())
	if err != nil || base.Classes[run.WarnOddCustomer] != 2 || base.Sources["contracts"] != 1 || base.Sources["gdap"] != 0 {
		t.Errorf("base %+v, %v", base, err)
	}
	for _, want := range []string{"source=gdap", `source=contracts customer="Contoso Ltd" tenant=contoso`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %s in the log:\n%s", want, &log)
		}
	}
}
