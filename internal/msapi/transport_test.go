package msapi_test

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/msapi"
	"tenantrollup/internal/msapi/msapitest"
	"tenantrollup/internal/run"
	"tenantrollup/internal/run/runtest"
)

// realHost returns a client that reaches srv under every host name.
func realHost(srv *httptest.Server, trusting bool) *http.Client {
	client := msapi.NewHTTPClient(4, nil)
	transport := client.Transport.(*http.Transport)
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, srv.Listener.Addr().String())
	}
	if trusting {
		transport.TLSClientConfig = srv.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
		transport.TLSClientConfig.ServerName = "example.com" // httptest's certificate
	}
	return client
}

func TestAnUntrustedCertificateIsNotRetried(t *testing.T) {
	var connections atomic.Int32
	srv := httptest.NewUnstartedServer(http.NotFoundHandler())
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			connections.Add(1)
		}
	}
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	defer srv.Close()
	client := msapi.NewClient("graph.microsoft.com", realHost(srv, false), &msapitest.Tokens{})
	_, err := client.Get(t.Context(), tenant, "/v1.0/x")
	f := runtest.WantFailure(t, err, run.ServiceFault)
	if f.Transient || connections.Load() != 1 || !strings.Contains(f.Remedy, "SSL_CERT_FILE") {
		t.Errorf("%d connections, got %+v", connections.Load(), f)
	}
}

func TestConnectionsAreUsedAgain(t *testing.T) {
	var connections atomic.Int32
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/redirect":
			http.Redirect(w, r, "https://reports.office.com/x", http.StatusFound)
		case "/refused":
			http.Error(w, "no", http.StatusForbidden)
		default:
			io.WriteString(w, `{"value":[]}`)
		}
	}))
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			connections.Add(1)
		}
	}
	srv.StartTLS()
	defer srv.Close()
	client := msapi.NewClient("graph.microsoft.com", realHost(srv, true), &msapitest.Tokens{})
	for range 3 {
		resp, err := client.Get(t.Context(), tenant, "/redirect")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if _, err := client.Get(t.Context(), tenant, "/refused"); err == nil {
			t.Fatal("want a refusal")
		}
		if err := client.GetJSON(t.Context(), tenant, "/list", &struct{}{}); err != nil {
			t.Fatal(err)
		}
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections for nine calls one after another, want 1", n)
	}
}

func TestAHostThatSaysNothing(t *testing.T) {
	tests := []struct {
		rule, address, says string
		after               time.Duration
	}{
		{"a TLS handshake may take 10 seconds", "https://graph.microsoft.com/", "TLS handshake timeout", 10 * time.Second},
		{"an answer's first byte may take 60 seconds", "http://graph.microsoft.com/", "timeout awaiting response headers", 60 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				transport := msapi.NewTransport(1, nil)
				transport.Proxy = nil
				transport.DialContext = func(context.Context, string, string) (net.Conn, error) {
					ours, theirs := net.Pipe()
					go io.Copy(io.Discard, theirs)
					return ours, nil
				}
				start := time.Now()
				_, err := (&http.Client{Transport: transport}).Get(tt.address)
				if err == nil || !strings.Contains(err.Error(), tt.says) || time.Since(start) != tt.after {
					t.Errorf("got %v after %v", err, time.Since(start))
				}
			})
		})
	}
}

func TestCutSilence(t *testing.T) {
	t.Run("a body that falls silent fails after 30 seconds", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r, w := io.Pipe()
			ctx, cancel := context.WithCancelCause(t.Context())
			context.AfterFunc(ctx, func() { r.CloseWithError(context.Cause(ctx)) })
			body := msapi.CutSilence(r, cancel)
			defer body.Close()
			go w.Write([]byte("a,b"))
			start := time.Now()
			got, err := io.ReadAll(body)
			if string(got) != "a,b" || err == nil || !strings.Contains(err.Error(), "30 seconds") {
				t.Errorf("got %q, %v", got, err)
			}
			if waited := time.Since(start); waited != 30*time.Second {
				t.Errorf("waited %v", waited)
			}
		})
	})
	t.Run("a slow body and a slow reader are not silence", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r, w := io.Pipe()
			ctx, cancel := context.WithCancelCause(t.Context())
			context.AfterFunc(ctx, func() { r.CloseWithError(context.Cause(ctx)) })
			body := msapi.CutSilence(r, cancel)
			defer body.Close()
			go func() {
				for range 4 {
					time.Sleep(29 * time.Second)
					w.Write([]byte("x"))
				}
				w.Close()
			}()
			n, err := 0, error(nil)
			for buf := make([]byte, 8); err == nil; time.Sleep(2 * time.Minute) {
				var read int
				read, err = body.Read(buf)
				n += read
			}
			if n != 4 || err != io.EOF {
				t.Errorf("read %d bytes, %v", n, err)
			}
		})
	})
}
