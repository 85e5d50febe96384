package azurite_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/sas"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"
	"github.com/golang-jwt/jwt/v5"

	"tenantrollup/internal/standin/azurite"
)

const (
	testDir = "../../../test"
	host    = "contoso.blob.core.windows.net"
)

func TestHTTPS(t *testing.T) {
	cert, key := selfSigned(t)
	server := start(t, azurite.Options{Account: "contoso", CertPEM: cert, KeyPEM: key})
	transport := dialling(server.Addr(), cert)

	t.Run("a bearer token reads and writes under the real host name", func(t *testing.T) {
		client := bearerClient(t, transport, time.Hour)
		roundTrip(t, client)
	})
	t.Run("an expired token is refused", func(t *testing.T) {
		client := bearerClient(t, transport, -time.Hour)
		_, err := client.CreateContainer(t.Context(), "refused", nil)
		if !bloberror.HasCode(err, bloberror.AuthenticationFailed) {
			t.Fatalf("got %v, want AuthenticationFailed", err)
		}
	})
	t.Run("a user-delegation SAS signed for the host name opens the blob under both styles", func(t *testing.T) {
		client := bearerClient(t, transport, time.Hour)
		roundTrip(t, client)
		query := userDelegation(t, client.ServiceClient())
		for _, account := range []string{"https://" + host, "https://" + server.Addr() + "/contoso"} {
			if got := get(t, transport, account+"/reports/a.csv?"+query); got != "a,b\r\n" {
				t.Errorf("%s: got %q", account, got)
			}
		}
	})
	t.Run("the account key works at the bare address", func(t *testing.T) {
		client, err := azblob.NewClientFromConnectionString(server.ConnectionString(), options(transport))
		if err != nil {
			t.Fatal(err)
		}
		roundTrip(t, client)
	})
}

func TestHTTP(t *testing.T) {
	server := start(t, azurite.Options{})
	client, err := azblob.NewClientFromConnectionString(server.ConnectionString(), nil)
	if err != nil {
		t.Fatal(err)
	}
	roundTrip(t, client)

	t.Run("a version that it does not know is refused", func(t *testing.T) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+server.Addr()+"/devstoreaccount1/reports/a.csv", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("x-ms-version", "2026-12-06")
		answer, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if code := answer.Header.Get("x-ms-error-code"); answer.StatusCode != http.StatusBadRequest || code != "InvalidHeaderValue" {
			t.Errorf("it answers %d %s", answer.StatusCode, code)
		}
	})
}

func TestStartSaysWhatToInstall(t *testing.T) {
	t.Run("the package", func(t *testing.T) {
		_, err := azurite.Start(t.Context(), azurite.Options{Dir: t.TempDir()})
		wantError(t, err, "run npm ci in test/")
	})
	t.Run("node", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		_, err := azurite.Start(t.Context(), azurite.Options{Dir: testDir})
		wantError(t, err, "install Node 22 or later")
	})
}

func TestStartReportsWhatAzuriteSaid(t *testing.T) {
	_, err := azurite.Start(t.Context(), azurite.Options{Dir: testDir, CertPEM: []byte("no"), KeyPEM: []byte("pem")})
	wantError(t, err, "exit status 1", "PEM")
}

func TestCloseAfterTheContextEndedIsNoError(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server, err := azurite.Start(ctx, azurite.Options{Dir: testDir})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := net.Dial("tcp", server.Addr()); err == nil {
		t.Fatal("it still listens")
	}
}

func start(t *testing.T, opts azurite.Options) *azurite.Server {
	t.Helper()
	var console bytes.Buffer
	opts.Dir, opts.Log = testDir, &console
	server, err := azurite.Start(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		if strings.Contains(console.String(), "sig=") {
			t.Error("the console shows a signature")
		}
	})
	return server
}

func roundTrip(t *testing.T, client *azblob.Client) {
	t.Helper()
	_, err := client.CreateContainer(t.Context(), "reports", nil)
	if err != nil && !bloberror.HasCode(err, bloberror.ContainerAlreadyExists) {
		t.Fatal(err)
	}
	if _, err := client.UploadBuffer(t.Context(), "reports", "a.csv", []byte("a,b\r\n"), nil); err != nil {
		t.Fatal(err)
	}
	answer, err := client.DownloadStream(t.Context(), "reports", "a.csv", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if got, err := io.ReadAll(answer.Body); err != nil || string(got) != "a,b\r\n" {
		t.Fatalf("got %q, %v", got, err)
	}
}

func userDelegation(t *testing.T, client *service.Client) string {
	t.Helper()
	start, expiry := time.Now().UTC().Add(-time.Minute), time.Now().UTC().Add(10*time.Minute)
	key, err := client.GetUserDelegationCredential(t.Context(), service.KeyInfo{
		Start: new(start.Format(sas.TimeFormat)), Expiry: new(expiry.Format(sas.TimeFormat)),
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	values := sas.BlobSignatureValues{
		Protocol: sas.ProtocolHTTPS, StartTime: start, ExpiryTime: expiry,
		Permissions: "r", ContainerName: "reports", BlobName: "a.csv",
	}
	query, err := values.SignWithUserDelegation(key)
	if err != nil {
		t.Fatal(err)
	}
	return query.Encode()
}

func get(t *testing.T, transport *http.Transport, address string) string {
	t.Helper()
	answer, err := (&http.Client{Transport: transport}).Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", answer.Status, body, err)
	}
	return string(body)
}

// dialling sends every host name to addr and trusts only cert.
func dialling(addr string, cert []byte) *http.Transport {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(cert)
	return &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, addr)
		},
		TLSClientConfig: &tls.Config{RootCAs: roots},
	}
}

func options(transport *http.Transport) *azblob.ClientOptions {
	return &azblob.ClientOptions{ClientOptions: policy.ClientOptions{Transport: &http.Client{Transport: transport}}}
}

func bearerClient(t *testing.T, transport *http.Transport, lifetime time.Duration) *azblob.Client {
	t.Helper()
	client, err := azblob.NewClient("https://"+host, token(lifetime), options(transport))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// token is a credential whose tokens expire that long from now.
type token time.Duration

func (lifetime token) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	expires := time.Now().Add(time.Duration(lifetime))
	claims := jwt.MapClaims{
		"iss": "https://sts.windows.net/11111111-1111-1111-1111-111111111111/",
		"aud": "https://storage.azure.com",
		"iat": expires.Add(-2 * time.Hour).Unix(), "nbf": expires.Add(-2 * time.Hour).Unix(), "exp": expires.Unix(),
		"oid": "22222222-2222-2222-2222-222222222222", "tid": "11111111-1111-1111-1111-111111111111",
	}
	signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte("Azurite never looks"))
	return azcore.AccessToken{Token: signed, ExpiresOn: time.Now().Add(time.Hour)}, err
}

func selfSigned(t *testing.T) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{host}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
}

func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q lacks %q", err, part)
		}
	}
}
