package m365_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"tenantrollup/internal/standin/m365"
)

func TestCounts(t *testing.T) {
	l := start(t, m365.Options{Customers: 3})
	var tokens []string
	for _, cu := range l.Customers() {
		tokens = append(tokens, l.token(cu.TenantID))
	}
	l.ResetCounts()
	release := l.Hold(m365.KindOrganization, 0)
	var asking sync.WaitGroup
	for _, token := range tokens {
		asking.Go(func() { l.graph(token, "/v1.0/organization") })
	}
	if err := l.Await(t.Context(), m365.KindOrganization, 3); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Millisecond)
	release()
	asking.Wait()
	got := l.Counts()
	if asked := got.Kinds[m365.KindOrganization]; asked.Requests != 3 || asked.Peak != 3 || asked.Busy < 3*time.Millisecond {
		t.Errorf("counted %+v", asked)
	}
	if n := got.Tenants[l.Customers()[2].TenantID][m365.KindOrganization]; n != 1 {
		t.Errorf("%d requests of the last customer", n)
	}
	l.ResetCounts()
	if got := l.Counts(); len(got.Kinds) > 0 || len(got.Tenants) > 0 {
		t.Errorf("after a reset: %+v", got)
	}
}

func TestHold(t *testing.T) {
	l := start(t, m365.Options{Customers: 1})
	token := l.token(l.Customers()[0].TenantID)
	release := l.Hold(m365.KindOrganization, 2)
	answers := make(chan int, 3)
	for range cap(answers) {
		go func() { answers <- l.graph(token, "/v1.0/organization").status }()
	}
	if a, b := <-answers, <-answers; a != http.StatusOK || b != http.StatusOK {
		t.Errorf("the first answered %d and %d", a, b)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := l.do(l.request(ctx, "https://graph.microsoft.com/v1.0/organization", token)); !errors.Is(err, context.DeadlineExceeded) || len(answers) > 0 {
		t.Errorf("one too many was answered: %v", err)
	}
	release()
	if status := <-answers; status != http.StatusOK {
		t.Errorf("once released: %d", status)
	}
	if a := l.graph(token, "/v1.0/organization"); a.status != http.StatusOK {
		t.Errorf("afterwards: %d", a.status)
	}
}

func TestAwait(t *testing.T) {
	l := start(t, m365.Options{Customers: 3})
	form := l.form()
	l.ResetCounts()
	reached := make(chan error, 1)
	go func() { reached <- l.Await(t.Context(), m365.KindToken, 2) }()
	l.signIn(l.Customers()[0].TenantID, form)
	select {
	case err := <-reached:
		t.Fatalf("returned at the first request: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	l.signIn(l.Customers()[1].TenantID, form)
	if err := <-reached; err != nil {
		t.Error(err)
	}
	if err := l.Await(t.Context(), m365.KindToken, 2); err != nil {
		t.Errorf("what has come already: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := l.Await(ctx, m365.KindToken, 3); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}
