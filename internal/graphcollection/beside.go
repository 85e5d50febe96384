package graphcollection

import (
	"context"
	_ "embed"
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"tenantrollup/internal/records"
	"tenantrollup/internal/run"
)

// beside is the column that a collection has in addition to those of its records,
// if any: names for what the records call by an id. It is left out if that id is
// not selected.
func (f *Fetcher) beside(ctx context.Context, c run.Customer, resource string, selected []string) (*records.Beside, error) {
	has := func(name string) bool {
		return selected == nil || slices.ContainsFunc(selected, func(chosen string) bool { return strings.EqualFold(chosen, name) })
	}
	switch {
	case resource == "/subscribedSkus":
		return &records.Beside{Column: "skuPartNumber", Name: "productName", Text: productName}, nil
	case resource == "/roleManagement/directory/roleAssignments" && has("roleDefinitionId"):
		names, err := f.roles(ctx, c)
		return &records.Beside{
			Column: "roleDefinitionId", Name: roleName,
			Text: func(id []byte) string { return names[string(id)] },
		}, err
	}
	return nil, nil
}

// roleName is what $expand=roleDefinition calls it, which can't be combined with
// $expand=principal: Graph expands one property at a time.
const roleName = "roleDefinition.displayName"

// mostRoles is far more than a tenant can have: some 130 are built in, and 100 its
// own.
const mostRoles = 5000

// roles are the names of a tenant's roles by their ids.
type roles map[string]string

// roles reads the names.
func (f *Fetcher) roles(ctx context.Context, c run.Customer) (names roles, err error) {
	list := listing{Fetcher: f, tenantID: c.TenantID, first: version + "/roleManagement/directory/roleDefinitions?$select=id,displayName", header: plainHeader}
	err = list.whole(ctx, func() taker {
		names = roles{}
		return names
	})
	return names, err
}

// Rows implements taker.
func (r roles) Rows() int { return len(r) }

// Add implements taker.
func (r roles) Add(d *jsontext.Decoder) error {
	return records.Elements(d, func() error {
		if kind := d.PeekKind(); kind != '{' && kind != 0 { // 0 is an error, which Decode has
			return records.Unfit{Problem: "a role is not an object"}
		}
		var role struct{ ID, DisplayName string }
		err := records.Decode(d, &role)
		if len(r) < mostRoles {
			r[role.ID] = role.DisplayName
		}
		return err
	})
}

//go:embed products.txt
var productList string

// products are the names by their codes.
var products = sync.OnceValue(func() map[string]string {
	names := map[string]string{}
	for line := range strings.Lines(productList) {
		if code, name, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
			names[strings.ToLower(code)] = name
		}
	}
	return names
})

// productName returns the name of the product whose code Graph has in
// skuPartNumber; nothing for one that is not in the table.
func productName(code []byte) string { return products()[strings.ToLower(string(code))] }
