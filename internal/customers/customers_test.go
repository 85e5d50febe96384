package customers_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"tenantrollup/internal/customers"
	"tenantrollup/internal/msapi"
	"tenantrollup/internal/run"
	"tenantrollup/internal/run/runtest"
)

const (
	partner  = "00000000-0000-0000-0000-0000000000ff"
	contoso  = "00000000-0000-0000-0000-00000000000a"
	fabrikam = "00000000-0000-0000-0000-00000000000b"
	adatum   = "00000000-0000-0000-0000-00000000000c"
)

const (
	contracts     = partner + "/v1.0/contracts"
	relationships = partner + "/v1.0/tenantRelationships/delegatedAdminRelationships"
)

func lookUp(id string) string {
	return partner + "/v1.0/tenantRelationships/findTenantInformationByTenantId(tenantId='" + id + "')"
}

func organization(id string) string { return id + "/v1.0/organization" }

// graph answers by tenant and path; what it does not know is forbidden.
type graph struct {
	answers map[string]string

	mu    sync.Mutex
	calls []string
}

func (g *graph) RoundTrip(req *http.Request) (*http.Response, error) {
	// The token names its tenant: see tokens.
	call := strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer ") + req.URL.Path
	g.mu.Lock()
	g.calls = append(g.calls, call)
	g.mu.Unlock()
	status, body := 200, g.answers[call]
	if body == "" {
		status, body = 403, `{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges"}}`
	}
	if strings.HasPrefix(body, `{"error":{"code":"BadRequest"`) {
		status = 400
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: req}, nil
}

func (g *graph) count(call string) (n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range g.calls {
		if c == call {
			n++
		}
	}
	return n
}

type tokens struct{}

func (tokens) Token(_ context.Context, tenantID, _ string) (string, error) { return tenantID, nil }
func (tokens) Forget(string, string, string)                               {}
func (tokens) Doubt(string, string, string) bool                           { return false }
func (tokens) ConsentURL(id string) string                                 { return "https://consent/" + id }

func contract(id, name, domain string) string {
	return fmt.Sprintf(`{"customerId":%q,"displayName":%q,"defaultDomainName":%q}`, id, name, domain)
}

func relationship(title, id, name, ends string) string {
	return fmt.Sprintf(`{"displayName":%q,"customer":{"tenantId":%q,"displayName":%q},"endDateTime":%q}`, title, id, name, ends)
}

func extending(title, id, name string) string {
	return strings.Replace(relationship(title, id, name, "2098-01-01T00:00:00Z"), "{", `{"autoExtendDuration":"P180D",`, 1)
}

func list(items ...string) string { return `{"value":[` + strings.Join(items, ",") + `]}` }

func directory(g *graph, change func(*customers.Options)) *customers.Directory {
	o := customers.Options{
		Graph:           msapi.NewClient("graph.microsoft.com", &http.Client{Transport: g}, tokens{}),
		PartnerTenantID: partner, GDAP: true, Contracts: true, Log: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&o)
	}
	return customers.New(o)
}

// show writes customers in a short form that tests compare.
func show(list []run.Customer) string {
	var lines []string
	for _, c := range list {
		line := fmt.Sprintf("%s %s %s %s", c.TenantID[35:], c.Name, c.Domain, c.Ends)
		if c.Excluded {
			line += "excluded"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func TestCustomers(t *testing.T) {
	const far = "2099-01-01T00:00:00Z"
	tests := []struct {
		rule                     string
		contracts, relationships string
		change                   func(*customers.Options)
		want                     string
	}{
		{"the customers of both sources are united and sorted",
			list(contract(fabrikam, "Fabrikam", "fabrikam.com")), list(relationship("r1", contoso, "Contoso", far)), nil,
			"a Contoso  2099-01-01\nb Fabrikam fabrikam.com "},
		{"a tenant in both has the relationship's name and the contract's domain",
			list(contract(contoso, "Contoso Ltd (old)", "contoso.com")), list(relationship("r1", contoso, "Contoso", far)), nil,
			"a Contoso contoso.com 2099-01-01"},
		{"a tenant id has no case, and counts once",
			list(contract(strings.ToUpper(contoso), "Contoso", "contoso.com"), contract(contoso, "Contoso", "contoso.com")), list(), nil,
			"a Contoso contoso.com "},
		{"of several relationships the one that ends last counts",
			list(), list(relationship("r1", contoso, "Contoso", "2098-06-01T00:00:00Z"), relationship("r2", contoso, "Contoso", far), relationship("r3", contoso, "Contoso", "2097-01-01T00:00:00Z")), nil,
			"a Contoso  2099-01-01"},
		{"one that extends itself has no end, whichever others there are",
			list(), list(relationship("r1", contoso, "Contoso", far), extending("r2", strings.ToUpper(contoso), "Contoso"), relationship("r3", fabrikam, "Fabrikam", far)), nil,
			"a Contoso  \nb Fabrikam  2099-01-01"},
		{"leftovers of Microsoft's move to GDAP are dropped",
			list(contract(fabrikam, "Fabrikam", "")), list(relationship("MLT_1234_contoso", contoso, "Contoso", far)), nil,
			"b Fabrikam  "},
		{"tenants listed directly need no source", "", "",
			func(o *customers.Options) {
				o.GDAP, o.Contracts, o.TenantIDs = false, false, []string{strings.ToUpper(adatum), contoso}
			}, "a   \nc   "},
		{"includes by id and by domain, without case",
			list(contract(contoso, "Contoso", "Contoso.com"), contract(fabrikam, "Fabrikam", "fabrikam.com"), contract(adatum, "Adatum", "adatum.com")), list(),
			func(o *customers.Options) { o.Include = []string{"CONTOSO.com", strings.ToUpper(adatum)} },
			"a Contoso Contoso.com \nc Adatum adatum.com "},
		{"excluded customers stay, marked",
			list(contract(contoso, "Contoso", "contoso.com"), contract(fabrikam, "Fabrikam", "fabrikam.com")), list(),
			func(o *customers.Options) { o.Exclude = []string{"contoso.com", fabrikam} },
			"a Contoso contoso.com excluded\nb Fabrikam fabrikam.com excluded"},
		{"by whichever domain one of their contracts has",
			list(contract(contoso, "Contoso", "old.example.com"), contract(contoso, "Contoso", "Contoso.com"), contract(fabrikam, "Fabrikam", "fabrikam.com")), list(),
			func(o *customers.Options) { o.Exclude = []string{"contoso.com"} },
			"a Contoso old.example.com excluded\nb Fabrikam fabrikam.com "},
		{"an item without a usable tenant id affects no other customer",
			list(contract("contoso", "Contoso", ""), contract(fabrikam, "Fabrikam", "fabrikam.com")),
			list(`{"displayName":"r2","customer":null}`, relationship("r1", contoso, "Contoso", far)), nil,
			"a Contoso  2099-01-01\nb Fabrikam fabrikam.com "},
		{"an entry that matches no customer does no harm",
			list(contract(contoso, "Contoso", "contoso.com")), list(),
			func(o *customers.Options) { o.Exclude = []string{"nobody.example.com", adatum} },
			"a Contoso contoso.com "},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			g := &graph{answers: map[string]string{contracts: tt.contracts, relationships: tt.relationships}}
			found, _, err := directory(g, tt.change).Customers(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got := show(found); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestCustomersSayWhichSourcesKnowThem(t *testing.T) {
	g := &graph{answers: map[string]string{
		contracts:     list(contract(contoso, "Contoso", "contoso.com"), contract(fabrikam, "Fabrikam", "fabrikam.com")),
		relationships: list(relationship("r1", contoso, "Contoso", "2099-01-01T00:00:00Z")),
	}}
	found, _, err := directory(g, func(o *customers.Options) { o.TenantIDs = []string{contoso, adatum} }).Customers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, c := range found {
		fmt.Fprintf(&got, "%s %q\n", c.TenantID[35:], c.Sources.Names())
	}
	if want := "a [\"gdap\" \"contracts\" \"tenant ids\"]\nb [\"contracts\"]\nc [\"tenant ids\"]\n"; got.String() != want {
		t.Errorf("got\n%swant\n%s", got.String(), want)
	}
}

func TestCustomersFails(t *testing.T) {
	one := list(contract(contoso, "Contoso", "contoso.com"))
	tests := []struct {
		rule                     string
		contracts, relationships string
		change                   func(*customers.Options)
		class                    run.Class
		message, remedy          string
	}{
		{"if no customers are found, naming the sources", list(), list(), nil,
			run.PartnerCredential, "No customers were found (CUSTOMERS_FROM: gdap, contracts)", "PARTNER_TENANT_ID"},
		{"if no customer is included", one, list(), func(o *customers.Options) { o.Include = []string{"fabrikam.com"} },
			run.PartnerCredential, "CUSTOMERS_INCLUDE matches none of the customers", "CUSTOMERS_INCLUDE"},
		{"if contracts may not be read, never with half the list", "", list(relationship("r", contoso, "Contoso", "2099-01-01T00:00:00Z")), nil,
			run.PartnerCredential, "Customers from contracts", "Directory.Read.All"},
		{"if the cloud's Graph has no relationships, which is not a report's problem", one,
			`{"error":{"code":"BadRequest","message":"Resource not found for the segment 'delegatedAdminRelationships'."}}`, nil,
			run.PartnerCredential, "Customers from gdap", "Remove gdap from CUSTOMERS_FROM"},
		{"if relationships may not be read", one, "", nil,
			run.PartnerCredential, "Customers from gdap", "DelegatedAdminRelationship.Read.All"},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			g := &graph{answers: map[string]string{contracts: tt.contracts, relationships: tt.relationships}}
			found, _, err := directory(g, tt.change).Customers(t.Context())
			f := runtest.WantFailure(t, err, tt.class)
			if f.Transient || !strings.Contains(f.Message, tt.message) || !strings.Contains(f.Remedy, tt.remedy) || len(found) > 0 {
				t.Errorf("got %+v", f)
			}
		})
	}
}

func TestSources(t *testing.T) {
	g := &graph{answers: map[string]string{contracts: list(contract(contoso, "Contoso", "contoso.com"), contract(fabrikam, "Fabrikam", ""))}}
	got := directory(g, func(o *customers.Options) { o.TenantIDs = []string{adatum} }).Sources(t.Context())
	if len(got) != 3 || got[1].Customers != 2 || got[1].Err != nil || got[2] != (customers.Source{Name: "tenant ids", Customers: 1}) {
		t.Fatalf("got %+v", got)
	}
	f := runtest.WantFailure(t, got[0].Err, run.PartnerCredential) // the graph has no answer for gdap
	if got[0].Name != "gdap" || !strings.Contains(f.Remedy, "DelegatedAdminRelationship.Read.All") {
		t.Errorf("got %+v", f)
	}
}
