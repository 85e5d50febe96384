package m365_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/standin/m365"
)

func TestNeverAnswers(t *testing.T) {
	const address = "https://graph.microsoft.com/v1.0/reports/" + counts7
	l := start(t, m365.Options{Customers: 1, Faults: map[int]m365.Fault{0: m365.NeverAnswers}})
	token := l.token(l.Customers()[0].TenantID)
	t.Run("until the client goes", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if _, err := l.do(l.request(ctx, address, token)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if n := len(l.Attempts(l.Customers()[0].TenantID, counts7)); n != 0 {
			t.Errorf("%d attempts were answered", n)
		}
	})
	t.Run("or the cloud closes", func(t *testing.T) {
		time.AfterFunc(100*time.Millisecond, func() { l.Close() })
		if _, err := l.do(l.request(t.Context(), address, token)); err == nil {
			t.Error("it answered")
		}
	})
}

func TestDripIsOneByteASecond(t *testing.T) {
	l := start(t, m365.Options{Customers: 1, Faults: map[int]m365.Fault{0: m365.Drip}})
	tenant := l.Customers()[0].TenantID
	location := l.graph(l.token(tenant), "/v1.0/reports/"+counts7).header.Get("Location")
	served := l.Served(tenant, counts7)
	synctest.Test(t, func(t *testing.T) {
		r, w := httptest.NewRequest(http.MethodGet, location, nil), httptest.NewRecorder()
		r.TLS = &tls.ConnectionState{ServerName: r.Host}
		asked := time.Now()
		l.Dispatch(w, r)
		if took := time.Since(asked); took != time.Duration(len(served))*time.Second {
			t.Errorf("%d bytes took %s", len(served), took)
		}
		if !bytes.Equal(w.Body.Bytes(), served) || !w.Flushed {
			t.Errorf("got %q, want %q, each byte at once", w.Body, served)
		}
		if length := w.Header().Get("Content-Length"); length != strconv.Itoa(len(served)) {
			t.Errorf("length %s, want %d", length, len(served))
		}
	})
}

func TestThrottledLong(t *testing.T) {
	l := start(t, m365.Options{Customers: 1, Faults: map[int]m365.Fault{0: m365.ThrottledLong}})
	for _, a := range l.askOften(l.Customers()[0].TenantID, counts7, 20) {
		if a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") != "600" {
			t.Fatalf("got %d %v", a.status, a.header)
		}
	}
	l.SetFault(0, m365.None)
	if a := l.askOften(l.Customers()[0].TenantID, counts7, 1)[0]; a.status != http.StatusFound {
		t.Errorf("without the fault: %d", a.status)
	}
}

func TestThrottledAll(t *testing.T) {
	l := start(t, m365.Options{Customers: 2, Vary: true, Faults: map[int]m365.Fault{1: m365.NeverAnswers}, Tuning: m365.Tuning{RetryAfter: 7 * time.Second}})
	l.SetOutage(m365.ThrottledAll, true)
	for _, cu := range l.Customers() {
		for _, a := range l.askOften(cu.TenantID, counts7, 15) {
			if a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") != "7" {
				t.Fatalf("customer %d: %d %v", cu.Index, a.status, a.header)
			}
		}
	}
	l.SetOutage(m365.ThrottledAll, false)
	l.SetFault(0, m365.CRLF)
	if a := l.askOften(l.Customers()[0].TenantID, counts7, 1)[0]; a.status != http.StatusFound {
		t.Errorf("after it: %d", a.status)
	}
}

func TestHugeIsStreamedWithItsLength(t *testing.T) {
	l := start(t, m365.Options{Customers: 1, Faults: map[int]m365.Fault{0: m365.Huge}, Tuning: m365.Tuning{HugeRows: 3000}})
	tenant := l.Customers()[0].TenantID
	location := l.graph(l.token(tenant), "/v1.0/reports/"+mailboxDetail).header.Get("Location")
	a, served := l.get(location, ""), l.Served(tenant, mailboxDetail)
	if a.body != string(served) || a.header.Get("Content-Length") != strconv.Itoa(len(served)) || len(served) < 400_000 {
		t.Errorf("got %d bytes, Content-Length %s, served %d", len(a.body), a.header.Get("Content-Length"), len(served))
	}
}
