package m365_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/standin/m365"
)

func TestHostileFaults(t *testing.T) {
	l := start(t, m365.Options{Customers: 2, Today: due})
	first, second := l.Customers()[0].TenantID, l.Customers()[1].TenantID
	const path = "/v1.0/reports/" + mailboxDetail
	location := func(f m365.Fault) string {
		l.SetFault(0, f)
		return l.graph(l.token(first), path).header.Get("Location")
	}
	for fault, want := range map[m365.Fault]string{
		m365.HostileWaitForYears: "99999999", m365.HostileWaitForAWord: "soon", m365.HostileWaitBackwards: "-5",
	} {
		t.Run(string(fault), func(t *testing.T) {
			l.SetFault(0, fault)
			if a := l.graph(l.token(first), path); a.status != 429 || a.header.Get("Retry-After") != want {
				t.Errorf("got %d %v", a.status, a.header)
			}
		})
	}
	t.Run("a header line that no client accepts by default", func(t *testing.T) {
		l.SetFault(0, m365.HostileHeader)
		_, err := l.do(l.request(t.Context(), "https://graph.microsoft.com"+path, l.token(first)))
		if err == nil || !strings.Contains(err.Error(), "headers exceeded") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("an address without TLS", func(t *testing.T) {
		if got := location(m365.HostilePlainAddress); !strings.HasPrefix(got, "http://reports.office.com/") {
			t.Errorf("got %s", got)
		}
	})
	t.Run("an address that answers with itself", func(t *testing.T) {
		address := location(m365.HostileCircle)
		if a := l.get(address, ""); a.status != 302 || a.header.Get("Location") != address {
			t.Errorf("got %d %v", a.status, a.header)
		}
	})
	t.Run("a small body that unpacks to far too much", func(t *testing.T) {
		response, err := l.client.Do(l.request(t.Context(), location(m365.HostileBomb), ""))
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if n, err := io.CopyN(io.Discard, response.Body, 20<<20); err != nil || !response.Uncompressed {
			t.Errorf("%d bytes, %v", n, err)
		}
	})
	t.Run("and is not packed for clients that don't accept gzip", func(t *testing.T) {
		r := l.request(t.Context(), location(m365.HostileBomb), "")
		r.Header.Set("Accept-Encoding", "identity")
		response, err := l.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		start := make([]byte, 100)
		if _, err := io.ReadFull(response.Body, start); err != nil || !bytes.Equal(start, make([]byte, 100)) || response.Header.Get("Content-Encoding") != "" {
			t.Errorf("got %q, %v", start, err)
		}
	})
	t.Run("a body that continues after its length", func(t *testing.T) {
		address := location(m365.HostileLength)
		l.SetFault(0, m365.None)
		whole := string(l.Served(first, mailboxDetail))
		if a := l.get(address, ""); !strings.HasPrefix(whole, a.body) || strings.HasSuffix(a.body, "\n") || len(a.body) < 100 {
			t.Errorf("got %d of %d bytes", len(a.body), len(whole))
		}
	})
	t.Run("a token of another tenant gives access to that tenant's data", func(t *testing.T) {
		l.SetFault(0, m365.HostileTenant)
		if a := l.graph(l.token(first), "/v1.0/organization"); !strings.Contains(a.body, second) {
			t.Errorf("got %s", a.body)
		}
	})
	t.Run("an organization of other types", func(t *testing.T) {
		l.SetFault(0, m365.HostileTypes)
		a := l.graph(l.token(first), "/v1.0/organization")
		var got struct{ Value []any }
		if err := json.Unmarshal([]byte(a.body), &got); a.status != 200 || err == nil {
			t.Errorf("got %d %s", a.status, a.body)
		}
	})
	t.Run("an organization nested deeper than Go reads", func(t *testing.T) {
		l.SetFault(0, m365.HostileDepth)
		a := l.graph(l.token(first), "/v1.0/organization")
		var got any
		if err := json.Unmarshal([]byte(a.body), &got); a.status != 200 || err == nil || !strings.Contains(err.Error(), "max depth") {
			t.Errorf("got %d, %v", a.status, err)
		}
	})
	t.Run("Served says that most of them deliver no body", func(t *testing.T) {
		for _, fault := range m365.HostileFaults() {
			l.SetFault(0, fault)
			some := fault == m365.HostileTypes || fault == m365.HostileDepth || fault == m365.HostileCrowd || fault == m365.HostileClock
			if served := l.Served(first, counts7) != nil; served != some {
				t.Errorf("%s: served is %v", fault, served)
			}
		}
	})
}

func TestHostileSlowHeader(t *testing.T) {
	l := start(t, m365.Options{Customers: 1, Faults: map[int]m365.Fault{0: m365.HostileSlowHeader}})
	ask := func(ctx context.Context) error {
		_, err := l.do(l.request(ctx, "https://graph.microsoft.com/v1.0/reports/"+counts7, l.token(l.Customers()[0].TenantID)))
		return err
	}
	t.Run("until the client goes", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if err := ask(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("or the cloud closes", func(t *testing.T) {
		time.AfterFunc(100*time.Millisecond, func() { l.Close() })
		if err := ask(t.Context()); err == nil {
			t.Error("it answered")
		}
	})
}

func TestContractsThatLoop(t *testing.T) {
	l := start(t, m365.Options{Customers: 5})
	l.SetOutage(m365.ContractsLoop, true)
	token, next := l.partnerToken(), "https://graph.microsoft.com/v1.0/contracts"
	var links []string
	for range 3 {
		a := l.get(next, token)
		if a.status != http.StatusOK || strings.Count(a.body, `"customerId"`) == 0 {
			t.Fatalf("got %d %s", a.status, a.body)
		}
		next = a.find("@odata.nextLink")
		links = append(links, next)
	}
	if links[0] == "" || links[0] != links[1] || links[1] != links[2] {
		t.Errorf("links %q", links)
	}
}

func TestHostileClock(t *testing.T) {
	l := start(t, m365.Options{Customers: 1, Faults: map[int]m365.Fault{0: m365.HostileClock}, Tuning: m365.Tuning{RetryAfter: 7 * time.Second}})
	all := l.askOften(l.Customers()[0].TenantID, counts7, 3)
	for _, a := range all[:2] {
		date, err := http.ParseTime(a.header.Get("Date"))
		again, err2 := http.ParseTime(a.header.Get("Retry-After"))
		if wait := again.Sub(date); a.status != 429 || err != nil || err2 != nil || time.Until(date) < 2*time.Hour || wait < 7*time.Second || wait > 9*time.Second {
			t.Errorf("got %d %v", a.status, a.header)
		}
	}
	if all[2].status != 302 {
		t.Errorf("it does not end: %d", all[2].status)
	}
}

func TestStorms(t *testing.T) {
	l := start(t, m365.Options{Customers: 1})
	tenant := l.Customers()[0].TenantID
	for storm, waits := range map[m365.Outage]func(string) bool{
		m365.ThrottledAllAbsurd: func(text string) bool { return text == "99999999" },
		m365.ThrottledAllByDate: func(text string) bool {
			at, err := http.ParseTime(text)
			return err == nil && time.Until(at) > time.Second && time.Until(at) < 5*time.Second
		},
	} {
		l.SetOutage(storm, true)
		if a := l.askOften(tenant, counts7, 1)[0]; a.status != 429 || !waits(a.header.Get("Retry-After")) {
			t.Errorf("%s: got %d %v", storm, a.status, a.header)
		}
		l.SetOutage(storm, false)
	}
}
