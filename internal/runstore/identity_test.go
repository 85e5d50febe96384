package runstore_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"
	"github.com/golang-jwt/jwt/v5"

	"tenantrollup/internal/runstore"
	"tenantrollup/internal/standin/azurite"
)

// secureServer is the Azurite that takes bearer tokens, started by the first test
// that needs it.
var secureServer struct {
	once       sync.Once
	azurite    *azurite.Server
	roots      *x509.CertPool
	err        error
	containers atomic.Int64
}

func startSecureServer() {
	tlsServer := httptest.NewTLSServer(nil) // for its certificate
	defer tlsServer.Close()
	secureServer.roots = x509.NewCertPool()
	secureServer.roots.AddCert(tlsServer.Certificate())
	chain := tlsServer.TLS.Certificates[0]
	private, err := x509.MarshalPKCS8PrivateKey(chain.PrivateKey)
	if err != nil {
		secureServer.err = err
		return
	}
	secureServer.azurite, secureServer.err = azurite.Start(context.Background(), azurite.Options{
		Dir: "../../test", Account: "contoso",
		CertPEM: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: chain.Certificate[0]}),
		KeyPEM:  pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
	})
}

// azureWithIdentity returns a container that does not exist yet and is reached
// with a bearer token, under a host name: a delegated key is valid under no other
// address.
func azureWithIdentity(t *testing.T) (*runstore.Azure, *http.Client) {
	t.Helper()
	secureServer.once.Do(startSecureServer)
	if secureServer.err != nil {
		t.Fatal(secureServer.err)
	}
	const account = "https://contoso.example.com/"
	client := &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, secureServer.azurite.Addr())
		},
		TLSClientConfig: &tls.Config{RootCAs: secureServer.roots},
	}}
	t.Cleanup(client.CloseIdleConnections)
	options := azcore.ClientOptions{Transport: client}
	name := fmt.Sprintf("reports-%d", secureServer.containers.Add(1))
	blobs, err := container.NewClient(account+name, identity{}, &container.ClientOptions{ClientOptions: options})
	if err != nil {
		t.Fatal(err)
	}
	storage, err := service.NewClient(account, identity{}, &service.ClientOptions{ClientOptions: options})
	if err != nil {
		t.Fatal(err)
	}
	return runstore.NewAzure(blobs, runstore.SignWithIdentity(storage)), client
}

// identity is a credential that Azurite accepts.
type identity struct{}

func (identity) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	now := time.Now()
	const tenant = "11111111-1111-1111-1111-111111111111"
	signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"iss": "https://sts.windows.net/" + tenant + "/", "aud": "https://storage.azure.com", "oid": tenant, "tid": tenant,
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}).SignedString([]byte("Azurite never looks"))
	return azcore.AccessToken{Token: signed, ExpiresOn: now.Add(time.Hour)}, err
}
