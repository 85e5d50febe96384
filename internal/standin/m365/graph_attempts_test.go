package m365_test

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"tenantrollup/internal/standin/m365"
)

// askOften calls one report again and again and returns each answer: the status, and
// the body if there is one.
func (l *lab) askOften(tenant, call string, times int) []answer {
	l.t.Helper()
	token := l.token(tenant)
	answers := make([]answer, times)
	for i := range answers {
		answers[i] = l.graph(token, "/v1.0/reports/"+call)
		if answers[i].status == http.StatusFound {
			answers[i].body = l.get(answers[i].header.Get("Location"), "").body
		}
	}
	return answers
}

func TestVary(t *testing.T) {
	options := m365.Options{Customers: 3, Seed: 5, Vary: true, CallLimit: 1000, Faults: map[int]m365.Fault{2: m365.NoBOM}}
	options.Today = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	l := start(t, options)
	tenant := l.Customers()[0].TenantID
	const times = 150
	answers := l.askOften(tenant, counts7, times)
	attempts := l.Attempts(tenant, counts7)
	if len(attempts) != times {
		t.Fatalf("%d attempts, want %d", len(attempts), times)
	}
	t.Run("Attempts says what every call got", func(t *testing.T) {
		for i, a := range attempts {
			if a.Status != answers[i].status || a.Status == http.StatusFound && string(a.Body) != answers[i].body || a.Status != http.StatusFound && a.Body != nil {
				t.Fatalf("attempt %d: told %d %q, got %d %q", i+1, a.Status, a.Body, answers[i].status, answers[i].body)
			}
		}
	})
	t.Run("no two attempts in a row have the same result", func(t *testing.T) {
		for i := range times - 1 {
			if reflect.DeepEqual(attempts[i], attempts[i+1]) {
				t.Errorf("attempts %d and %d: %+v", i+1, i+2, attempts[i])
			}
		}
	})
	t.Run("every outcome occurs, new columns rarely", func(t *testing.T) {
		seen := map[m365.Fault]int{}
		for _, a := range attempts {
			seen[a.Fault]++
		}
		for _, fault := range []m365.Fault{m365.None, m365.HeaderOnly, m365.Unlicensed, m365.NoRole, m365.ServerError, m365.ExtraColumn} {
			if seen[fault] == 0 {
				t.Errorf("never %q", fault)
			}
		}
		if len(seen) != 6 || seen[m365.None] < times/2 || seen[m365.ExtraColumn] > times/20 {
			t.Errorf("seen %v", seen)
		}
	})
	t.Run("each row shows its attempt, and no two in a row have the same number of rows", func(t *testing.T) {
		rows := make([]int, times)
		for i, a := range attempts {
			if a.Body != nil {
				rows[i] = wantRowsOf(t, a.Body, i+1)
			}
			if i > 0 && rows[i] > 0 && rows[i] == rows[i-1] {
				t.Errorf("attempts %d and %d have %d rows", i, i+1, rows[i])
			}
		}
	})
	t.Run("details too", func(t *testing.T) {
		l.askOften(tenant, mailboxDetail, 5)
		for i, a := range l.Attempts(tenant, mailboxDetail) {
			wantRowsOf(t, a.Body, i+1)
		}
	})
	t.Run("an address belongs to its attempt", func(t *testing.T) {
		for i, a := range answers {
			if a.status == http.StatusFound && l.get(a.header.Get("Location"), "").body != string(attempts[i].Body) {
				t.Errorf("attempt %d: its address leads elsewhere now", i+1)
			}
		}
	})
	t.Run("one seed, the same attempts", func(t *testing.T) {
		again := start(t, options)
		again.askOften(tenant, counts7, 20)
		if !reflect.DeepEqual(again.Attempts(tenant, counts7), attempts[:20]) {
			t.Error("they differ")
		}
	})
	t.Run("another tenant, other attempts", func(t *testing.T) {
		other := l.Customers()[1].TenantID
		l.askOften(other, counts7, 20)
		faults := func(all []m365.Attempt) (faults []m365.Fault) {
			for _, a := range all {
				faults = append(faults, a.Fault)
			}
			return faults
		}
		if slices.Equal(faults(l.Attempts(other, counts7)), faults(attempts[:20])) {
			t.Error("they are the same")
		}
	})
	t.Run("organizations stay valid", func(t *testing.T) {
		for range 10 {
			if a := l.graph(l.token(tenant), "/v1.0/organization"); a.status != http.StatusOK {
				t.Errorf("got %d", a.status)
			}
		}
	})
	t.Run("a customer with a fault keeps it", func(t *testing.T) {
		faulty := l.Customers()[2].TenantID
		l.askOften(faulty, counts7, 5)
		for _, a := range l.Attempts(faulty, counts7) {
			if a.Fault != m365.NoBOM || !bytes.Equal(a.Body, l.Served(faulty, counts7)) {
				t.Errorf("got %+v", a)
			}
		}
	})
	t.Run("Served has no answer", func(t *testing.T) {
		if body := l.Served(tenant, counts7); body != nil {
			t.Errorf("got %q", body)
		}
	})
}

// wantRowsOf checks that each row's count shows the attempt, and returns how many rows
// there are.
func wantRowsOf(t *testing.T, body []byte, attempt int) int {
	t.Helper()
	if body == nil {
		return 0
	}
	records, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(records[0], func(name string) bool { return name == "Total" || name == "Item Count" })
	for _, record := range records[1:] {
		if n, err := strconv.Atoi(record[at]); err != nil || n/1000 != attempt {
			t.Errorf("attempt %d: row %q", attempt, record)
		}
	}
	return len(records) - 1
}

func TestAttemptsWithoutVary(t *testing.T) {
	l := start(t, m365.Options{Customers: 1, CallLimit: 5, Tuning: m365.Tuning{Times: 1}})
	tenant := l.Customers()[0].TenantID
	whole := l.Served(tenant, counts7)
	for _, fault := range []m365.Fault{m365.None, m365.Throttled, m365.NoRole, m365.CutBody, m365.HeaderOnly} {
		l.SetFault(0, fault)
		token := l.token(tenant)
		l.graph(token, "/v1.0/reports/"+counts7)
		l.graph(token, "/v1.0/reports/"+counts7)
	}
	want := []m365.Attempt{
		{Status: 302, Body: whole}, {Status: 302, Body: whole},
		{Status: 429, Fault: m365.Throttled}, {Status: 302, Fault: m365.Throttled, Body: whole},
		{Status: 403, Fault: m365.NoRole}, {Status: 403, Fault: m365.NoRole},
		{Status: 302, Fault: m365.CutBody}, {Status: 302, Fault: m365.CutBody},
		{Status: 429, Fault: m365.HeaderOnly}, {Status: 429, Fault: m365.HeaderOnly}, // the limit of five
	}
	if got := l.Attempts(tenant, counts7); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if l.Attempts(tenant, "getNothing") != nil || l.Attempts("contoso", counts7) != nil {
		t.Error("attempts of an unknown call or tenant")
	}
}
