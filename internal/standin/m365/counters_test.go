package m365_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"tenantrollup/internal/standin/m365"
)

func TestCounts(t *testing.T) {
	l := start(t, m365.Options{Customers: 3, Latency: m365.Latency{Token: 60 * time.Millisecond}})
	form := l.form()
	l.ResetCounts()
	var asking sync.WaitGroup
	for _, cu := range l.Customers() {
		asking.Go(func() { l.signIn(cu.TenantID, form) })
	}
	asking.Wait()
	got := l.Counts()
	token := got.Kinds[m365.KindToken]
	if token.Requests != 3 || token.Peak != 3 || token.Busy < 180*time.Millisecond {
		t.Errorf("counted %+v", token)
	}
	if n := got.Tenants[l.Customers()[2].TenantID][m365.KindToken]; n != 1 {
		t.Errorf("%d sign-ins of the last customer", n)
	}
	l.ResetCounts()
	if got := l.Counts(); len(got.Kinds) > 0 || len(got.Tenants) > 0 {
		t.Errorf("after a reset: %+v", got)
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
