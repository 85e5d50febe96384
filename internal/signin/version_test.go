package signin_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/fake"

	"tenantrollup/internal/signin"
)

// versionReader notes the version that a vault is asked in.
type versionReader struct {
	azureVault
	versions []string
}

func (v *versionReader) Do(req *http.Request) (*http.Response, error) {
	v.versions = append(v.versions, req.Method+" "+req.URL.Query().Get("api-version"))
	return v.azureVault.Do(req)
}

func TestKeyVaultIsAskedInAVersionThatEveryCloudAccepts(t *testing.T) {
	vault := &versionReader{azureVault: azureVault{status: 200, body: `{"value":"x"}`}}
	kv, err := signin.NewKeyVault("https://contoso.vault.azure.net", &fake.TokenCredential{}, vault, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kv.Secret(t.Context(), "partner-client-secret"); err != nil {
		t.Fatal(err)
	}
	if err := kv.Store(t.Context(), "partner-refresh-token", "x", time.Now()); err != nil {
		t.Fatal(err)
	}
	asked := map[string]bool{}
	for _, version := range vault.versions {
		asked[version] = true
	}
	if len(asked) != 2 || !asked["GET 7.6"] || !asked["PUT 7.6"] {
		t.Errorf("asked in %q, want 7.6 for reading and writing", vault.versions)
	}
}
