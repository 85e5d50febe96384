package graphcollection

import (
	"context"
	_ "embed"
	"errors"
	"slices"
	"strings"
	"sync"

	"tenantrollup/internal/msapi"
	"tenantrollup/internal/records"
	"tenantrollup/internal/run"
)

// beside is the column that a collection has beside those of its records, if any:
// names for what they call by an id. It is left out where that id is not selected.
func (f *Fetcher) beside(ctx context.Context, c run.Customer, resource string, selected []string) (*records.Beside, error) {
	has := func(name string) bool {
		return selected == nil || slices.ContainsFunc(selected, func(chosen string) bool { return strings.EqualFold(chosen, name) })
	}
	switch {
	case resource == "/subscribedSkus":
		return &records.Beside{Column: "skuPartNumber", Name: "productName", Text: productName}, nil
	case resource == "/roleManagement/directory/roleAssignments" && has("roleDefinitionId"):
		roles, err := f.roles(ctx, c)
		return &records.Beside{
			Column: "roleDefinitionId", Name: roleName,
			Text: func(id []byte) string { return roles[string(id)] },
		}, err
	}
	return nil, nil
}

// roleName is what $expand=roleDefinition calls it, which can't be had with
// $expand=principal: Graph expands one property at a time.
const roleName = "roleDefinition.displayName"

// mostRoles is far more than a tenant can have: some 130 are built in, and 100 its
// own.
const mostRoles = 5000

// roles returns the names of a tenant's roles by their ids. Like the collection
// itself, the list is begun again where a next link is refused.
func (f *Fetcher) roles(ctx context.Context, c run.Customer) (names map[string]string, err error) {
	for range starts {
		names, err = f.readRoles(ctx, c)
		failure, failed := errors.AsType[*run.Failure](err)
		if !failed || len(names) == 0 || failure.Class != run.ServiceFault || failure.Transient {
			return names, err
		}
		err = linkRefused{failure}.passing()
	}
	return nil, err
}

// readRoles returns the names that came before an error, too.
func (f *Fetcher) readRoles(ctx context.Context, c run.Customer) (map[string]string, error) {
	type definition struct{ ID, DisplayName string }
	names := map[string]string{}
	for role, err := range msapi.Pages[definition](ctx, f.graph, c.TenantID, version+"/roleManagement/directory/roleDefinitions?$select=id,displayName") {
		if err != nil {
			return names, err
		}
		if names[role.ID] = role.DisplayName; len(names) == mostRoles {
			break
		}
	}
	return names, nil
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

// productName returns what a product is called whose code Graph has in
// skuPartNumber; nothing for one that the table does not have.
func productName(code []byte) string { return products()[strings.ToLower(string(code))] }
