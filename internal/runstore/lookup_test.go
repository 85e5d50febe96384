package runstore_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/run"
	"tenantrollup/internal/runstore"
	"tenantrollup/internal/runstore/runstoretest"
)

// slowContainer takes a while for each read, and notes how many it has had at
// once.
type slowContainer struct {
	*runstoretest.Memory
	delay     time.Duration
	now, most atomic.Int64
}

func (c *slowContainer) wait() {
	c.most.Store(max(c.most.Load(), c.now.Add(1)))
	time.Sleep(c.delay)
	c.now.Add(-1)
}

func (c *slowContainer) Get(ctx context.Context, name string) (runstore.Blob, io.ReadCloser, error) {
	c.wait()
	return c.Memory.Get(ctx, name)
}

func (c *slowContainer) List(ctx context.Context, prefix string) iter.Seq2[runstore.Blob, error] {
	c.wait()
	return c.Memory.List(ctx, prefix)
}

func TestListReadsEightMonthsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &slowContainer{Memory: new(runstoretest.Memory), delay: 30 * time.Millisecond}
		for n := range 20 {
			record(t, c, fmt.Sprintf("report-%d", n), "2026-11-24", run.StatePublished, `{}`)
		}
		start := time.Now()
		runs, err := runstore.New(c).List(t.Context(), nil, "2026-10-26", "2026-11-24")
		if err != nil || len(runs) != 20 || runs[0].Report != "report-0" {
			t.Fatalf("%d runs, %v", len(runs), err)
		}
		if took := time.Since(start); c.most.Load() != 8 || took != 5*c.delay {
			t.Errorf("%d at once, and 40 months took %v", c.most.Load(), took)
		}
	})
}

func TestAbsent(t *testing.T) {
	c := new(runstoretest.Memory)
	s := runstore.New(c)
	absent := func() string {
		found, err := s.Absent(t.Context(), key, func(id []byte) bool { return string(id) != "of-excluded" })
		return fmt.Sprint(found, err)
	}
	if got := absent(); got != "map[] <nil>" {
		t.Errorf("where there is no log: %s", got)
	}
	log := []byte(run.ErrorLogHeader)
	for _, class := range []run.Class{run.ConsentMissing, run.Excluded, run.NoData} {
		log = run.Line{Customer: run.Customer{TenantID: "of-" + string(class), Name: "A\tB"}, Failure: run.Failure{Class: class}}.Append(log)
	}
	for _, test := range []struct{ text, want string }{
		{string(log) + strings.Repeat("x", 2<<20) + "\n", "map[] read blob " + logName + ": line 5: it has more than 1 MiB"},
		{string(log) + "2026\tno-data\n", "map[] read blob " + logName + ": line 5: error log line: it ends before the tenant id"},
		{string(log), "map[of-consent-missing:consent-missing of-no-data:no-data] <nil>"},
	} {
		head, _ := c.Head(t.Context(), logName)
		if _, err := c.Put(t.Context(), logName, []byte(test.text), runstore.Write{IfMatch: head.ETag}); err != nil {
			t.Fatal(err)
		}
		if got := absent(); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
	if line, ok, err := s.LineOf(t.Context(), key, "of-no-data"); !ok || err != nil || line.Customer.Name != "A B" {
		t.Errorf("got %v, %t, %v", line, ok, err)
	}
	if line, ok, err := s.LineOf(t.Context(), key, "no-data"); ok || err != nil {
		t.Errorf("part of an id: %v, %v", line, err)
	}
}

func TestListedLooksUpWhatALineContains(t *testing.T) {
	s := runstore.New(new(runstoretest.Memory))
	checkpoint := run.Checkpoint{Run: "00000001", Turn: "0001-00000000", State: run.StateRunning, Slices: 1}
	version, err := s.Write(t.Context(), key, "", checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	customers := []run.Customer{{TenantID: "t1", Name: "Contoso"}, {TenantID: "t2", Name: "Fabrikam", Ends: "2026-12-01"}, {TenantID: "t3", Ends: "2027-01-01"}}
	if err := s.WriteList(t.Context(), key, version, checkpoint, customers, run.Base{}); err != nil {
		t.Fatal(err)
	}
	for containing, want := range map[string]string{`"t2"`: "t2 Fabrikam; ", `"ends"`: "t2 Fabrikam; t3 ; ", "nobody": ""} {
		var got strings.Builder
		for customer, err := range s.Listed(t.Context(), key, containing) {
			if err != nil {
				t.Fatal(err)
			}
			got.WriteString(customer.TenantID + " " + customer.Name + "; ")
		}
		if got.String() != want {
			t.Errorf("%s: %s", containing, got.String())
		}
	}
	for _, err := range s.Listed(t.Context(), run.Key{Report: "nothing", Date: key.Date}, "") {
		t.Errorf("there is no list: %v", err)
	}
}

func TestLookingUpReportsThatStorageFails(t *testing.T) {
	s := runstore.New(failing{})
	if _, _, err := s.LineOf(t.Context(), key, "t1"); !errors.Is(err, errFailing) {
		t.Errorf("got %v", err)
	}
	if _, err := s.Absent(t.Context(), key, nil); !errors.Is(err, errFailing) {
		t.Errorf("got %v", err)
	}
}

var errFailing = errors.New("storage is away")

type failing struct{ runstore.Container }

func (failing) Get(context.Context, string) (runstore.Blob, io.ReadCloser, error) {
	return runstore.Blob{}, nil, errFailing
}
