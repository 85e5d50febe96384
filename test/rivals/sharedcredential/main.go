// Command sharedcredential has 64 customers at a time and azidentity for the
// tokens, one credential for all tenants, as its documentation offers. It is
// here to be measured against: the credential asks for one token at a time.
//
//	sharedcredential report.csv
package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"golang.org/x/sync/errgroup"
)

const graph = "https://graph.microsoft.com/v1.0/"

type contract struct {
	CustomerID  string `json:"customerId"`
	DisplayName string `json:"displayName"`
}

var credential *azidentity.ClientSecretCredential

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "sharedcredential:", err)
		os.Exit(1)
	}
}

func run(name string) (err error) {
	http.DefaultTransport.(*http.Transport).MaxIdleConnsPerHost = 64
	credential, err = azidentity.NewClientSecretCredential(
		os.Getenv("PARTNER_TENANT_ID"), os.Getenv("PARTNER_CLIENT_ID"), os.Getenv("PARTNER_CLIENT_SECRET"),
		&azidentity.ClientSecretCredentialOptions{AdditionallyAllowedTenants: []string{"*"}})
	if err != nil {
		return err
	}
	customers, err := contracts()
	if err != nil {
		return err
	}
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	defer file.Close()
	out := csv.NewWriter(file)
	var pool errgroup.Group
	pool.SetLimit(64)
	var mu sync.Mutex
	header := false
	for _, customer := range customers {
		pool.Go(func() error {
			records, err := report(customer)
			if err != nil {
				fmt.Fprintf(os.Stderr, "No report information for %s: %v\n", customer.DisplayName, err)
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			if header {
				records = records[1:]
			}
			header = true
			return out.WriteAll(records)
		})
	}
	return pool.Wait()
}

// contracts lists the partner's customers, page by page.
func contracts() (all []contract, err error) {
	token, err := signIn(os.Getenv("PARTNER_TENANT_ID"))
	if err != nil {
		return nil, err
	}
	for next := graph + "contracts"; next != ""; {
		text, err := get(next, token)
		if err != nil {
			return nil, err
		}
		var page struct {
			Value []contract `json:"value"`
			Next  string     `json:"@odata.nextLink"`
		}
		if err := json.Unmarshal(text, &page); err != nil {
			return nil, err
		}
		all, next = append(all, page.Value...), page.Next
	}
	return all, nil
}

// signIn takes a token of one tenant.
func signIn(tenant string) (string, error) {
	token, err := credential.GetToken(context.Background(), policy.TokenRequestOptions{
		Scopes: []string{"https://graph.microsoft.com/.default"}, TenantID: tenant,
	})
	return token.Token, err
}

// report returns a customer's records, the header first, with the customer in
// front of each.
func report(customer contract) ([][]string, error) {
	token, err := signIn(customer.CustomerID)
	if err != nil {
		return nil, err
	}
	text, err := get(graph+"reports/"+os.Getenv("REPORT"), token)
	if err != nil {
		return nil, err
	}
	records, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff")))).ReadAll()
	lead := []string{"Customer Tenant Id", "Customer Name"}
	for i, record := range records {
		records[i] = append(lead, record...)
		lead = []string{customer.CustomerID, customer.DisplayName}
	}
	return records, err
}

// get follows redirects; net/http leaves the token out at another host.
func get(address, token string) ([]byte, error) {
	request, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answered %s", response.Request.URL.Host, response.Status)
	}
	return text, err
}
