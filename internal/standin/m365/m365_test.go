package m365_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"

	"tenantrollup/internal/standin/m365"
)

// asProgram makes this test binary the program of TestEnvIsAllAProgramNeeds.
const asProgram = "M365_TEST_PROGRAM"

// program reads a secret with only its environment to rely on.
func program() error {
	cred, err := azidentity.NewDefaultAzureCredential(nil)
	if err != nil {
		return err
	}
	client, err := azsecrets.NewClient(os.Getenv("KEY_VAULT_URL"), cred, &azsecrets.ClientOptions{ClientOptions: azcore.ClientOptions{APIVersion: "7.6"}})
	if err != nil {
		return err
	}
	secret, err := client.GetSecret(context.Background(), "partner-client-secret", "", nil)
	if err != nil {
		return err
	}
	fmt.Println("read:", *secret.Value)
	return nil
}

func TestEnvIsAllAProgramNeeds(t *testing.T) {
	l := start(t, m365.Options{StorageAccount: "contosorollup"})
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(l.Env(), "HOME="+t.TempDir(), asProgram+"=yes")
	out, err := child.CombinedOutput()
	if !bytes.Contains(out, []byte("read: "+l.secret())) {
		t.Errorf("%v: %s", err, out)
	}
	if l.env["REPORTS_STORAGE__accountName"] != "contosorollup" || l.env["PARTNER_AUTH"] != "secret" {
		t.Errorf("environment %v", l.env)
	}
}

func TestProxyRefuses(t *testing.T) {
	l := start(t, m365.Options{})
	for _, test := range []struct {
		rule, target string
		status       int
	}{
		{"a host that is not of this cloud", "contoso.example:443", 403},
		{"another port", "graph.microsoft.com:80", 403},
		{"another partner's vault", "fabrikam.vault.azure.net:443", 403},
		{"blob storage that it does not know", "contoso.blob.core.windows.net:443", 502},
	} {
		t.Run(test.rule, func(t *testing.T) {
			_, status := l.connect(test.target)
			if status != test.status {
				t.Errorf("got %d, want %d", status, test.status)
			}
		})
	}
	t.Run("TLS for another host than CONNECT named", func(t *testing.T) {
		conn, status := l.connect("graph.microsoft.com:443")
		if status != 200 {
			t.Fatalf("got %d", status)
		}
		if err := tls.Client(conn, &tls.Config{ServerName: "login.microsoftonline.com", InsecureSkipVerify: true}).Handshake(); err == nil {
			t.Error("the handshake succeeded")
		}
	})
	t.Run("a request for another host than the connection's", func(t *testing.T) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://graph.microsoft.com/v1.0/contracts", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = "login.microsoftonline.com"
		if a, err := l.do(r); err != nil || a.status != http.StatusMisdirectedRequest {
			t.Errorf("got %d, %v", a.status, err)
		}
	})
}

// connect speaks CONNECT by hand.
func (l *lab) connect(target string) (net.Conn, int) {
	l.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(l.env["HTTPS_PROXY"], "http://"))
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { conn.Close() })
	fmt.Fprintf(conn, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n", target, target)
	head := make([]byte, len("HTTP/1.1 200 Connection established\r\n\r\n"))
	n, err := conn.Read(head)
	if err != nil {
		l.t.Fatal(err)
	}
	var status int
	fmt.Sscanf(string(head[:n]), "HTTP/1.1 %d", &status)
	return conn, status
}

func TestBlobHostsAreAnotherServer(t *testing.T) {
	l := start(t, m365.Options{})
	certPEM, keyPEM, err := l.Leaf("contoso.blob.core.windows.net")
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{leaf}})
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "blob of "+r.Host) })}
	var serving sync.WaitGroup
	serving.Go(func() { server.Serve(listener) })
	defer serving.Wait()
	defer server.Close()
	l.SetBlobAddr(listener.Addr().String())
	if a := l.get("https://contoso.blob.core.windows.net/reports", ""); a.body != "blob of contoso.blob.core.windows.net" {
		t.Errorf("got %d %q", a.status, a.body)
	}
	if n := l.Counts().Kinds[m365.KindBlob].Requests; n != 1 {
		t.Errorf("%d connections counted", n)
	}
}

func TestSecretsFindsEverythingHandedOut(t *testing.T) {
	l := start(t, m365.Options{Customers: 1})
	token := l.token(l.Customers()[0].TenantID)
	location := l.graph(token, "/v1.0/reports/"+counts7).header.Get("Location")
	for what, text := range map[string]string{
		"token": token, "address": location, "client secret": l.secret(),
		"identity token": l.identity("https://storage.azure.com"), "identity header": l.env["IDENTITY_HEADER"],
	} {
		found := false
		for _, secret := range l.Secrets() {
			found = found || strings.Contains("log: "+text+"\n", secret)
		}
		if !found {
			t.Errorf("%s: no secret is found in it", what)
		}
	}
}

func TestStartRefuses(t *testing.T) {
	for rule, options := range map[string]m365.Options{
		"a fault without a customer":    {Customers: 2, Faults: map[int]m365.Fault{2: m365.Slow}},
		"an unknown fault":              {Customers: 2, Faults: map[int]m365.Fault{0: "slowly"}},
		"an unknown kind of credential": {Auth: "password"},
	} {
		t.Run(rule, func(t *testing.T) {
			if _, err := m365.Start(options); err == nil {
				t.Error("started")
			}
		})
	}
}

func TestCloseEndsWaitingRequests(t *testing.T) {
	l := start(t, m365.Options{Customers: 1, Latency: m365.Latency{Report: time.Hour}})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://graph.microsoft.com/v1.0/reports/"+counts7, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+l.token(l.Customers()[0].TenantID))
	time.AfterFunc(50*time.Millisecond, func() { l.Close() })
	if _, err := l.do(r); err == nil {
		t.Error("the hour is over")
	}
}
