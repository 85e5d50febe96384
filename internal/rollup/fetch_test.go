package rollup_test

import (
	"context"
	"testing"
	"testing/synctest"

	"tenantrollup/internal/rollup"
	"tenantrollup/internal/run"
)

// forgetful panics where one customer is identified.
type forgetful struct{ *night }

// Identify implements rollup.Lister.
func (f forgetful) Identify(ctx context.Context, c run.Customer) run.Customer {
	if index(c) == 2 {
		panic("nobody knows this one")
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
			return rollup.Access{Lister: forgetful{n}, Fetcher: n}, nil
		}
		if next, err := engine.Slice(t.Context(), n.message(), false); err != nil || next != nil {
			t.Fatalf("next %v, %v", next, err)
		}
		equal(t, "error log", n.lines(), []string{"service-fault 00000001 The report could not be handled."})
		equal(t, "with data", n.record().WithData, 3)
	})
}
