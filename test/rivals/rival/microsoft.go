package rival

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
)

const graph = "https://graph.microsoft.com/v1.0/"

// Customer is one that the partner has a contract with.
type Customer struct {
	ID   string `json:"customerId"`
	Name string `json:"displayName"`
}

// SignIn takes a token of one tenant.
type SignIn func(tenant string) (token string, err error)

// WithSecret takes it with the client secret, one request each.
func WithSecret(tenant string) (string, error) {
	text, err := read(http.PostForm("https://login.microsoftonline.com/"+tenant+"/oauth2/v2.0/token", url.Values{
		"client_id": {os.Getenv("PARTNER_CLIENT_ID")}, "client_secret": {os.Getenv("PARTNER_CLIENT_SECRET")},
		"grant_type": {"client_credentials"}, "scope": {"https://graph.microsoft.com/.default"},
	}))
	if err != nil {
		return "", err
	}
	var grant struct {
		Token string `json:"access_token"`
	}
	err = json.Unmarshal(text, &grant)
	return grant.Token, err
}

// contracts lists the partner's customers, page by page.
func contracts(signIn SignIn) (all []Customer, err error) {
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
			Value []Customer `json:"value"`
			Next  string     `json:"@odata.nextLink"`
		}
		if err := json.Unmarshal(text, &page); err != nil {
			return nil, err
		}
		all, next = append(all, page.Value...), page.Next
	}
	return all, nil
}

// report returns a customer's records, the header first, with the customer in
// front of each.
func report(customer Customer, signIn SignIn) ([][]string, error) {
	token, err := signIn(customer.ID)
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
		lead = []string{customer.ID, customer.Name}
	}
	return records, err
}

// copyReport returns a customer's report as it comes.
func copyReport(customer Customer, signIn SignIn) ([]byte, error) {
	token, err := signIn(customer.ID)
	if err != nil {
		return nil, err
	}
	if _, err := get(graph+"organization?$select=id,displayName,verifiedDomains", token); err != nil {
		return nil, err
	}
	return get(graph+"reports/"+os.Getenv("REPORT"), token)
}

// get follows redirects; net/http leaves the token out at another host.
func get(address, token string) ([]byte, error) {
	request, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	return read(http.DefaultClient.Do(request))
}

func read(response *http.Response, err error) ([]byte, error) {
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
