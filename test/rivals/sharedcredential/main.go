// Command sharedcredential has 64 customers at a time and azidentity for the
// tokens, one credential for all tenants, as its documentation offers. It is
// here to be measured against: the credential asks for one token at a time.
//
//	sharedcredential report.csv [customers]
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"golang.org/x/sync/errgroup"

	"tenantrollup/test/rivals/rival"
)

func main() {
	http.DefaultTransport.(*http.Transport).MaxIdleConnsPerHost = 64
	credential, err := azidentity.NewClientSecretCredential(
		os.Getenv("PARTNER_TENANT_ID"), os.Getenv("PARTNER_CLIENT_ID"), os.Getenv("PARTNER_CLIENT_SECRET"),
		&azidentity.ClientSecretCredentialOptions{AdditionallyAllowedTenants: []string{"*"}})
	if err != nil {
		fmt.Fprintln(os.Stderr, "sharedcredential:", err)
		os.Exit(1)
	}
	signIn := func(tenant string) (string, error) {
		token, err := credential.GetToken(context.Background(), policy.TokenRequestOptions{
			Scopes: []string{"https://graph.microsoft.com/.default"}, TenantID: tenant,
		})
		return token.Token, err
	}
	rival.Main(signIn, func(n *rival.Night) error {
		var pool errgroup.Group
		pool.SetLimit(64)
		for _, customer := range n.Customers {
			pool.Go(func() error { return n.Append(customer) })
		}
		return pool.Wait()
	})
}
