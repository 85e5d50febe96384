package rollup_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/run"
)

const long = time.Hour

func TestNight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNight(t, 6)
		n.customers[1].Excluded = true
		n.customers[1].Domain = "left.example"
		n.answer = func(_ context.Context, c run.Customer, _ int) (string, error) {
			switch index(c) {
			case 2:
				return header, nil
			case 3:
				return "", &run.Failure{Class: run.ConsentMissing, Message: "AADSTS65001.", Remedy: "Consent.", CorrelationID: "abc"}
			case 4:
				return "Report Refresh Date,Total,Report Period\n1999-12-30,1\n", nil
			}
			return rowsOf(c), nil
		}
		n.run(long)

		equal(t, "csv", n.csv(), "\ufeffCustomer Tenant Id,Customer Name,Customer Domain,Report Refresh Date,Total,Report Period\r\n"+
			"00000000-0000-4000-8000-000000000000,Contoso 0,c00000000.onmicrosoft.com,1999-12-30,00000000,7\r\n"+
			"00000000-0000-4000-8000-000000000000,Contoso 0,c00000000.onmicrosoft.com,1999-12-30,0,7\r\n"+
			"00000005-0000-4000-8000-000000000000,Contoso 5,c00000005.onmicrosoft.com,1999-12-30,00000005,7\r\n"+
			"00000005-0000-4000-8000-000000000000,Contoso 5,c00000005.onmicrosoft.com,1999-12-30,0,7\r\n")
		equal(t, "error log", n.lines(), []string{
			"excluded 00000001 Excluded by CUSTOMERS_EXCLUDE or CUSTOMERS_INCLUDE.",
			"no-data 00000002 No report information for c00000002.onmicrosoft.com.",
			"consent-missing 00000003 AADSTS65001.",
			"malformed-report 00000004 The report that Microsoft sent is not well formed: line 2: fields in the record: 2, in the header: 3.",
		})
		if n.fetches[tenant(1)] != 0 {
			t.Error("an excluded customer was asked")
		}
		got := n.record()
		got.Finished = got.Started
		equal(t, "record", got, run.Record{
			Report: key.Report, Call: callText, Date: date, Scope: run.ScopeMissing, Run: "0badcafe", Started: time.Now().UTC(), Finished: time.Now().UTC(),
			Slices: 1, Customers: 6, WithData: 2, NoData: 1, Failed: 2, Excluded: 1, Rows: 4,
			Classes:       run.Classes{run.NoData: 1, run.Excluded: 1, run.ConsentMissing: 1, run.MalformedReport: 1},
			Columns:       []string{"Report Refresh Date", "Total", "Report Period"},
			OldestRefresh: "1999-12-30", NewestRefresh: "1999-12-30", Warnings: run.Classes{}, Notes: []string{},
		})
		properties := n.container.Properties(key.String() + "/mailbox-activity_2000-01-01.csv")
		if properties.FileName != "mailbox-activity_2000-01-01.csv" || len(properties.MD5) != 16 {
			t.Errorf("csv properties: %+v", properties)
		}
	})
}

func TestSlices(t *testing.T) {
	slow := func(_ context.Context, c run.Customer, _ int) (string, error) {
		time.Sleep(time.Second)
		if index(c)%7 == 0 {
			return header, nil
		}
		return rowsOf(c), nil
	}
	whole := func(t *testing.T, budget time.Duration) (csv string, lines []string, slices int) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 100)
			n.answer = slow
			slices = n.run(budget)
			csv, lines = n.csv(), n.lines()
			equal(t, "slices in the record", n.record().Slices, slices)
		})
		return csv, lines, slices
	}
	t.Run("several slices publish the same bytes as one", func(t *testing.T) {
		csv, lines, slices := whole(t, long)
		if slices != 1 {
			t.Fatalf("%d slices within an hour, want 1", slices)
		}
		csvOfMany, linesOfMany, slices := whole(t, 5*time.Second)
		if slices < 4 {
			t.Fatalf("%d slices of 5 s for 25 s of work, want more", slices)
		}
		equal(t, "csv", csvOfMany, csv)
		equal(t, "error log", linesOfMany, lines)
	})

	t.Run("at most Concurrency customers are in flight", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 50)
			n.answer = slow
			n.run(long)
			equal(t, "peak", n.peak, 4)
		})
	})
}

func TestPartnersOwnTrouble(t *testing.T) {
	revoked := &run.Failure{Class: run.PartnerCredential, Message: "The client secret has expired.", Remedy: "Renew it."}

	t.Run("a refused credential stops the run where it is, and a later message continues it", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 20)
			broken := true
			n.answer = func(_ context.Context, c run.Customer, _ int) (string, error) {
				if broken && index(c) >= 10 {
					return "", revoked
				}
				return rowsOf(c), nil
			}
			if _, err := n.slice(n.message(), long); !errors.Is(err, error(revoked)) {
				t.Fatalf("slice: %v, want the partner's failure", err)
			}
			stopped := n.checkpoint()
			equal(t, "state", stopped.State, run.StateStopped)
			equal(t, "cursor", stopped.Cursor, 10)
			if !strings.Contains(stopped.Reason, "client secret has expired") {
				t.Errorf("reason: %q", stopped.Reason)
			}
			broken = false
			n.run(long)
			equal(t, "with data", n.record().WithData, 20)
			equal(t, "fetches of a customer that was done", n.fetches[tenant(3)], 1)
		})
	})

	t.Run("an empty customer list publishes nothing", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 0)
			if _, err := n.slice(n.message(), long); err == nil {
				t.Fatal("the slice succeeded")
			}
			equal(t, "state", n.checkpoint().State, run.StateStopped)
			if _, err := n.container.Head(t.Context(), key.String()+"/mailbox-activity_2000-01-01.csv"); err == nil {
				t.Error("a report was published")
			}
		})
	})

	t.Run("a transient failure of the list fails the slice and leaves the run as it was", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 3)
			n.listError = transient(run.ServiceFault, 0)
			if _, err := n.slice(n.message(), long); err == nil {
				t.Fatal("the slice succeeded")
			}
			equal(t, "state", n.checkpoint().State, run.StateRunning)
			n.listError = nil
			n.run(long)
			equal(t, "with data", n.record().WithData, 3)
		})
	})

	t.Run("a missing credential stops the run, but a vault that is down does not", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 3)
			n.signInError = transient(run.ServiceFault, 0)
			if _, err := n.slice(n.message(), long); err == nil {
				t.Fatal("the slice succeeded")
			}
			equal(t, "state", n.checkpoint().State, run.StateRunning)
			n.signInError = revoked
			if _, err := n.slice(n.message(), long); err == nil {
				t.Fatal("the slice succeeded")
			}
			equal(t, "state", n.checkpoint().State, run.StateStopped)
			n.signInError = nil
			n.run(long)
			equal(t, "with data", n.record().WithData, 3)
		})
	})

	t.Run("a credential that is briefly unavailable stops nothing and is not blamed on a customer", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 3)
			away := true
			n.answer = func(_ context.Context, c run.Customer, _ int) (string, error) {
				if away {
					return "", transient(run.PartnerCredential, 0)
				}
				return rowsOf(c), nil
			}
			if _, err := n.slice(n.message(), long); err == nil {
				t.Fatal("the slice succeeded")
			}
			equal(t, "state", n.checkpoint().State, run.StateRunning)
			equal(t, "notices", len(n.notices), 0)
			away = false
			n.run(long)
			equal(t, "with data", n.record().WithData, 3)
		})
	})

	t.Run("a day that Microsoft no longer keeps stops the run, and nobody is asked", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 3)
			m := n.message()
			m.Call = "getEmailActivityUserDetail(date={today-3})"
			time.Sleep(40 * 24 * time.Hour)
			if _, err := n.slice(m, long); err == nil {
				t.Fatal("the slice succeeded")
			}
			equal(t, "state", n.checkpoint().State, run.StateStopped)
			equal(t, "fetches", len(n.fetches), 0)
		})
	})

	t.Run("the last delivery of a failing message stops the run", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 3)
			n.listError = transient(run.ServiceFault, 0)
			if _, err := n.rollup().Slice(t.Context(), n.message(), true); err == nil {
				t.Fatal("the slice succeeded")
			}
			equal(t, "state", n.checkpoint().State, run.StateStopped)
		})
	})
}
