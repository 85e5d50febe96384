package customers_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/customers"
	"tenantrollup/internal/msapi"
	"tenantrollup/internal/run"
	"tenantrollup/internal/run/runtest"
)

const (
	contosoRelationship = `{"value":[{"displayName":"r","customer":{"tenantId":"` + contoso + `","displayName":"Contoso"}}]}`
	fabrikamContract    = `{"value":[{"customerId":"` + fabrikam + `","displayName":"Fabrikam","defaultDomainName":"fabrikam.com"}]}`
	contosoInformation  = `{"tenantId":"` + contoso + `","displayName":"Contoso Ltd","defaultDomainName":"contoso.com"}`
)

func TestDomainFilters(t *testing.T) {
	exclude := func(domain string) func(*customers.Options) {
		return func(o *customers.Options) { o.Exclude = []string{domain} }
	}
	newGraph := func(information string) *graph {
		return &graph{answers: map[string]string{
			contracts: fabrikamContract, relationships: contosoRelationship, lookUp(contoso): information,
		}}
	}
	t.Run("a domain that is in no list is looked up", func(t *testing.T) {
		found, _, err := directory(newGraph(contosoInformation), exclude("contoso.com")).Customers(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got, want := show(found), "a Contoso contoso.com excluded\nb Fabrikam fabrikam.com "; got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	})
	t.Run("nothing is looked up if the lists say enough", func(t *testing.T) {
		for _, entry := range []string{"fabrikam.com", contoso} {
			g := newGraph(contosoInformation)
			if _, _, err := directory(g, exclude(entry)).Customers(t.Context()); err != nil {
				t.Fatal(err)
			}
			if g.count(lookUp(contoso)) != 0 {
				t.Errorf("%s: looked up", entry)
			}
		}
	})
	t.Run("a filter that cannot be decided stops the run: an excluded customer is never signed in to", func(t *testing.T) {
		_, _, err := directory(newGraph(""), exclude("contoso.com")).Customers(t.Context())
		f := runtest.WantFailure(t, err, run.PartnerCredential)
		if !strings.Contains(f.Message, "contoso.com") || !strings.Contains(f.Message, contoso) || !strings.Contains(f.Remedy, "CrossTenantInformation.ReadBasic.All") {
			t.Errorf("got %+v", f)
		}
	})
}

func TestIdentify(t *testing.T) {
	const own = `{"value":[{"displayName":"Contoso GmbH","verifiedDomains":[{"name":"contoso.com","isInitial":false},{"name":"contoso.onmicrosoft.com","isInitial":true},{"name":"contoso2.onmicrosoft.com"}]}]}`
	tests := []struct {
		rule    string
		answers map[string]string
		known   run.Customer
		want    string
	}{
		{"the organization's own name and initial domain", map[string]string{organization(contoso): own},
			run.Customer{TenantID: contoso, Name: "Contoso", Domain: "contoso.com"}, "a Contoso GmbH contoso.onmicrosoft.com "},
		{"if another tenant's organization answers: what is known", map[string]string{organization(contoso): strings.Replace(own, "{\"displayName", `{"id":"`+fabrikam+`","displayName`, 1)},
			run.Customer{TenantID: contoso, Name: "Contoso", Domain: "contoso.com"}, "a Contoso contoso.com "},
		{"if the name is endless: the one that is known", map[string]string{organization(contoso): strings.Replace(own, "GmbH", strings.Repeat("G", 2000), 1)},
			run.Customer{TenantID: contoso, Name: "Contoso", Domain: "contoso.com"}, "a Contoso contoso.onmicrosoft.com "},
		{"if the JSON has other types: what is known", map[string]string{organization(contoso): `{"value":{"displayName":[1]}}`},
			run.Customer{TenantID: contoso, Name: "Contoso", Domain: "contoso.com"}, "a Contoso contoso.com "},
		{"if it is refused: what is known", nil,
			run.Customer{TenantID: contoso, Name: "Contoso", Domain: "contoso.com"}, "a Contoso contoso.com "},
		{"if no domain is known: what any tenant may look up", map[string]string{lookUp(contoso): contosoInformation},
			run.Customer{TenantID: contoso}, "a Contoso Ltd contoso.com "},
		{"if nothing is known: the tenant id", nil,
			run.Customer{TenantID: contoso}, "a  " + contoso + " "},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			got := directory(&graph{answers: tt.answers}, nil).Identify(t.Context(), tt.known)
			if show([]run.Customer{got}) != tt.want {
				t.Errorf("got %q, want %q", show([]run.Customer{got}), tt.want)
			}
		})
	}
	t.Run("an answer is reused by later runs for an hour", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			g := &graph{answers: map[string]string{organization(contoso): own}}
			kept := msapi.NewKept(1 << 20)
			identify := func(id, want string, asked int) {
				t.Helper()
				d := directory(g, func(o *customers.Options) { o.Kept = kept.Of("secret") })
				got := d.Identify(t.Context(), run.Customer{TenantID: id, Name: "Listed", Domain: "listed.com"})
				if show([]run.Customer{got}) != want || g.count(organization(id)) != asked {
					t.Errorf("got %q, asked %d times; want %q, %d", show([]run.Customer{got}), g.count(organization(id)), want, asked)
				}
			}
			identify(contoso, "a Contoso GmbH contoso.onmicrosoft.com ", 1)
			time.Sleep(time.Hour - time.Nanosecond)
			identify(contoso, "a Contoso GmbH contoso.onmicrosoft.com ", 1)
			time.Sleep(time.Nanosecond)
			identify(contoso, "a Contoso GmbH contoso.onmicrosoft.com ", 2)
			identify(fabrikam, "b Listed listed.com ", 1) // refused
			identify(fabrikam, "b Listed listed.com ", 2)
		})
	})
	t.Run("a forbidden look-up is not tried for every customer", func(t *testing.T) {
		g := &graph{}
		d := directory(g, nil)
		for _, id := range []string{contoso, fabrikam} {
			d.Identify(t.Context(), run.Customer{TenantID: id})
		}
		if n := g.count(lookUp(contoso)) + g.count(lookUp(fabrikam)); n != 1 {
			t.Errorf("%d look-ups", n)
		}
	})
}
