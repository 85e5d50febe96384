package rollup_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/rollup"
	"tenantrollup/internal/run"
)

// forgetful takes a second to identify a customer, and panics at one of them.
type forgetful struct{ *night }

// Identify implements rollup.Lister.
func (f forgetful) Identify(ctx context.Context, c run.Customer) run.Customer {
	time.Sleep(time.Second)
	if index(c) == 2 {
		panic("this customer is unknown")
	}
	return f.night.Identify(ctx, c)
}

func TestPanicCostsOneCustomerItsRowsAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNight(t, 4)
		n.answer = func(_ context.Context, c run.Customer, _ int) (string, error) {
			if index(c) == 1 {
				panic("nothing fits")
			}
			return rowsOf(c), nil
		}
		engine := n.rollup()
		engine.SignIn = func(context.Context) (rollup.Access, error) {
			return rollup.Access{Lister: forgetful{n}, Filter: n, Fetcher: n}, nil
		}
		if next, err := engine.Slice(t.Context(), n.message(), false); err != nil || next != nil {
			t.Fatalf("next %v, %v", next, err)
		}
		equal(t, "error log", n.lines(), []string{"service-fault 00000001 The report could not be handled."})
		equal(t, "with data", n.record().WithData, 3)
		// Regression: a customer that panicked was not waited for, though still being
		// identified.
		if log := n.blob(logName); !strings.Contains(log, domain(tenant(1))) {
			t.Errorf("the error log lacks the customer's domain:\n%s", log)
		}
	})
}
