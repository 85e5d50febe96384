package rollup_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/run"
)

// Bugs that were fixed, each named after what went wrong. Others are tested where
// the rule that they broke is: TestRerunOfTheFailed,
// TestMoreColumnsThanARecordHolds and the seeds of TestRandomFaults.

// silentAtFirst is a night in which that customer never answers its first
// fetch, and all others answer at once.
func silentAtFirst(t *testing.T, customers, silent int) *night {
	n := newNight(t, customers)
	n.answer = func(ctx context.Context, c run.Customer, nth int) (string, error) {
		if index(c) == silent && nth == 1 {
			return neverAnswers(ctx)
		}
		return rowsOf(c), nil
	}
	return n
}

func TestRegressionOneSlowCustomerHeldUpAllTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNight(t, 300)
		n.answer = func(_ context.Context, c run.Customer, _ int) (string, error) {
			time.Sleep(time.Second)
			if index(c) == 0 {
				time.Sleep(25 * time.Second)
			}
			return rowsOf(c), nil
		}
		begin := time.Now()
		n.run(long)
		// 325 s for four at a time.
		if took := time.Since(begin); took > 83*time.Second {
			t.Errorf("the run took %s", took)
		}
	})
}

func TestRegressionACustomerWhoseReportHadJustComeWasSetAside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := silentAtFirst(t, 20, 0)
		n.run(long)
		for i := 1; i < 20; i++ { // behind 0 they all wait longer than it may
			equal(t, "fetches of customer "+tenant(i), n.fetches[tenant(i)], 1)
		}
	})
}

func TestRegressionTheLastCustomerWasWaitedForAsIfOthersCouldBeAskedMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := silentAtFirst(t, 3, 2)
		begin := time.Now()
		n.run(long)
		if took := time.Since(begin); took > time.Minute {
			t.Errorf("the run took %s", took)
		}
	})
}

func TestRegressionWhatArrivedAfterASilentCustomerWasLostAtTheEndOfTheSlice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := silentAtFirst(t, 12, 0)
		if slices := n.run(20 * time.Second); slices != 2 {
			t.Fatalf("%d slices, want 2", slices)
		}
		equal(t, "fetches of another customer", n.fetches[tenant(5)], 1)
	})
}

func TestRegressionAWriteThatWasUnderWayWhenTimeWasUpWasGivenUp(t *testing.T) {
	// Within 15 s, time to fetch is up after 11.25 s. A write takes 2 s.
	for name, c := range map[string]struct {
		pace time.Duration
		rows int
	}{
		"a checkpoint, made after 10 s":        {time.Second, 1},
		"a full block, when a large body came": {10500 * time.Millisecond, 250_000},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNight(t, 50)
				n.hook(func(ctx context.Context, what string, _ map[string]string) error {
					if !strings.HasPrefix(what, "stage ") {
						return nil
					}
					select {
					case <-time.After(2 * time.Second):
						return nil
					case <-ctx.Done():
						return ctx.Err()
					}
				})
				n.answer = func(_ context.Context, customer run.Customer, _ int) (string, error) {
					time.Sleep(c.pace)
					if index(customer) > 0 {
						return rowsOf(customer), nil
					}
					return header + strings.Repeat("1999-12-30,12345,7\n", c.rows), nil
				}
				if next, err := n.slice(n.message(), 15*time.Second); err != nil || next == nil {
					t.Fatalf("next %v, %v", next, err)
				}
			})
		})
	}
}

func TestRegressionTheWaitForASlowCustomerWasReportedToTheNanosecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNight(t, 1)
		n.answer = func(ctx context.Context, _ run.Customer, _ int) (string, error) {
			return neverAnswers(ctx)
		}
		n.run(20*time.Second + 1)
		equal(t, "error log", n.lines(), []string{"service-fault 00000000 The report did not arrive within 15s."})
	})
}

var errOnce = errors.New("storage: connection lost, once")

// onLastDelivery works on the message while the first write of the record that
// is chosen fails, and then on its redelivery, as a repeated request causes.
func (n *night) onLastDelivery(m run.Message, chosen func(metadata map[string]string) bool) {
	n.t.Helper()
	failed := false
	n.hook(func(_ context.Context, what string, metadata map[string]string) error {
		if failed || what != "note "+recordName || !chosen(metadata) {
			return nil
		}
		failed = true
		return errOnce
	})
	if _, err := n.rollup().Slice(n.t.Context(), m, true); !errors.Is(err, errOnce) {
		n.t.Fatalf("slice: %v, want %v", err, errOnce)
	}
	equal(n.t, "state", n.checkpoint().State, run.StateStopped)
	if next, err := n.slice(m, long); err != nil || next != nil {
		n.t.Fatalf("next %v, %v", next, err)
	}
	if sum := md5.Sum([]byte(n.csv())); !bytes.Equal(sum[:], n.container.Properties(csvName).MD5) {
		n.t.Error("the csv has another Content-MD5 than its content")
	}
}

func TestRegressionARestartThatCouldNotBeWrittenLeftOldRowsUnderTheNewHeader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNight(t, 100)
		n.answer = func(_ context.Context, c run.Customer, _ int) (string, error) {
			time.Sleep(time.Second)
			if index(c) == 60 { // soon after the second slice has started: it has staged nothing yet
				return wideHeader + "1999-12-30,1,7,True\n", nil
			}
			return rowsOf(c), nil
		}
		m, err := n.slice(n.message(), 16*time.Second)
		if err != nil || m == nil {
			t.Fatalf("next %v, %v", m, err)
		}
		n.onLastDelivery(*m, func(metadata map[string]string) bool { return metadata["restarts"] == "1" })
		for record := range strings.Lines(n.csv()) {
			if fields := strings.Count(record, ",") + 1; fields != 7 {
				t.Fatalf("record %q has %d fields, want 7", record, fields)
			}
		}
		equal(t, "rows", strings.Count(n.csv(), "\r\n")-1, 199)
	})
}

func TestRegressionAListThatCouldNotBeNotedLeftARerunWithoutTheSumOfItsBase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := withFailures(t)
		m, err := n.rollup().Request(t.Context(), key, callText, run.ScopeFailed)
		if err != nil {
			t.Fatal(err)
		}
		n.answer = func(_ context.Context, c run.Customer, _ int) (string, error) { return rowsOf(c), nil }
		n.onLastDelivery(m, func(metadata map[string]string) bool { return metadata["list"] != "" })
		equal(t, "with data", n.record().WithData, 5)
	})
}
