package runstore_test

import (
	"context"
	"crypto/md5"
	"encoding"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/run"
	"tenantrollup/internal/runstore"
	"tenantrollup/internal/runstore/runstoretest"
)

var key = run.Key{Report: "mailbox-activity", Date: "2026-11-24"}

const (
	csvName = "mailbox-activity/2026-11-24/mailbox-activity_2026-11-24.csv"
	logName = "mailbox-activity/2026-11-24/mailbox-activity_2026-11-24.errors.log"
)

const csvText = "Customer Tenant Id\r\n"

// both runs the rule on the memory double and on Azurite.
func both(t *testing.T, rule func(t *testing.T, c runstore.Container)) {
	t.Run("memory", func(t *testing.T) { rule(t, new(runstoretest.Memory)) })
	t.Run("azurite", func(t *testing.T) { rule(t, azure(t)) })
}

// publishing returns a run that is about to be published, with everything staged.
func publishing(t *testing.T, s *runstore.Store, id string) (run.Checkpoint, string) {
	t.Helper()
	return staged(t, s, run.Checkpoint{
		Run: id, Scope: run.ScopeMissing, Customers: 1, Counts: run.Counts{NoData: 1, Classes: run.Classes{run.NoData: 1}}, MD5: sumOf(t, csvText),
	}, csvText, run.Line{Customer: run.Customer{TenantID: "t1"}, Failure: run.Failure{Class: run.NoData, Message: "of " + id}})
}

// staged writes the rest of the checkpoint, and stages one block of each file.
func staged(t *testing.T, s *runstore.Store, cp run.Checkpoint, csv string, lines ...run.Line) (run.Checkpoint, string) {
	t.Helper()
	_, version, err := s.Read(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC)
	cp.Turn, cp.State, cp.Call = "0001-00000000", run.StatePublishing, "getMailboxUsageMailboxCounts(period='D7')"
	cp.Slices, cp.Blocks, cp.Started, cp.Updated = 1, []run.Staged{{Slice: 1, CSV: 1, Log: 1}}, now, now
	if version, err = s.Write(t.Context(), key, version, cp); err != nil {
		t.Fatal(err)
	}
	log := []byte(run.ErrorLogHeader)
	for _, line := range lines {
		line.Time = now
		log = line.Append(log)
	}
	for file, text := range map[run.File][]byte{run.CSV: []byte(csv), run.ErrorLog: log} {
		if err := s.Stage(t.Context(), key, file, run.BlockID(cp.Run, 1, 0), text); err != nil {
			t.Fatal(err)
		}
	}
	return cp, version
}

// sumOf is the running state of the text's MD5.
func sumOf(t *testing.T, text string) []byte {
	t.Helper()
	sum := md5.New()
	io.WriteString(sum, text)
	state, err := sum.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func read(t *testing.T, c runstore.Container, name string) string {
	t.Helper()
	_, body, err := c.Get(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	text, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestPublish(t *testing.T) {
	t.Run("both files and the record appear, and an earlier publication stays until then", func(t *testing.T) {
		both(t, func(t *testing.T, c runstore.Container) {
			s := runstore.New(c)
			cp, version := publishing(t, s, "00000001")
			if err := s.Publish(t.Context(), key, version, cp); err != nil {
				t.Fatal(err)
			}
			if got := read(t, c, csvName); got != csvText {
				t.Errorf("csv: %q", got)
			}
			cp, version = publishing(t, s, "00000002")
			if got := read(t, c, logName); !strings.Contains(got, "of 00000001") {
				t.Errorf("the earlier log is gone before the new one is published: %q", got)
			}
			record, err := s.Status(t.Context(), key)
			if err != nil || record.Run != "00000001" || record.State != run.StatePublishing {
				t.Errorf("record while the second run is on: %+v, %v", record, err)
			}
			if err := s.Publish(t.Context(), key, version, cp); err != nil {
				t.Fatal(err)
			}
			if got := read(t, c, logName); !strings.Contains(got, "of 00000002") {
				t.Errorf("log: %q", got)
			}
			record, err = s.Status(t.Context(), key)
			if err != nil || record.Run != "00000002" || record.State != run.StatePublished || record.NoData != 1 {
				t.Errorf("record: %+v, %v", record, err)
			}
		})
	})

	t.Run("repeated after a kill at any point, it has the same result", func(t *testing.T) {
		both(t, func(t *testing.T, c runstore.Container) {
			for writes := range 3 {
				s := runstore.New(c)
				cp, version := publishing(t, s, fmt.Sprintf("0000001%d", writes))
				dying := runstore.New(&limited{Container: c, left: writes})
				if err := dying.Publish(t.Context(), key, version, cp); !errors.Is(err, errKilled) {
					t.Fatalf("after %d writes: %v", writes, err)
				}
				if err := s.Publish(t.Context(), key, version, cp); err != nil {
					t.Errorf("after %d writes: %v", writes, err)
				}
			}
		})
	})

	t.Run("a slice whose record was written by another commits nothing", func(t *testing.T) {
		both(t, func(t *testing.T, c runstore.Container) {
			s := runstore.New(c)
			cp, version := publishing(t, s, "00000001")
			if _, err := s.Write(t.Context(), key, version, cp); err != nil {
				t.Fatal(err)
			}
			if err := s.Publish(t.Context(), key, version, cp); !errors.Is(err, run.ErrRefused) {
				t.Errorf("publish: %v", err)
			}
			if _, err := c.Head(t.Context(), csvName); !errors.Is(err, runstore.ErrNotFound) {
				t.Errorf("the csv was committed: %v", err)
			}
		})
	})

	t.Run("blocks of either file that are gone are ErrBlocksLost before anything is committed", func(t *testing.T) {
		both(t, func(t *testing.T, c runstore.Container) {
			s := runstore.New(c)
			cp, version := publishing(t, s, "00000001")
			for _, named := range []run.Staged{{Slice: 1, CSV: 2, Log: 1}, {Slice: 1, CSV: 1, Log: 2}} {
				cp.Blocks = []run.Staged{named}
				if err := s.Publish(t.Context(), key, version, cp); !errors.Is(err, run.ErrBlocksLost) {
					t.Errorf("publish: %v", err)
				}
				for _, name := range []string{logName, csvName} {
					if _, err := c.Head(t.Context(), name); !errors.Is(err, runstore.ErrNotFound) {
						t.Errorf("blob %s was committed: %v", name, err)
					}
				}
			}
		})
	})

	t.Run("a run whose error log does not add up is not published", func(t *testing.T) {
		line := run.Line{Customer: run.Customer{TenantID: "t1"}, Failure: run.Failure{Class: run.NoData}}
		second, third := line, line
		second.Customer.TenantID, third.Customer.TenantID = "t2", "t3"
		for want, lines := range map[string][]run.Line{
			"1 lines, but 2 customers without data":     {line},
			"line 3: tenant t1 is in it twice":          {line, line},
			"line 4: only 2 customers are without data": {line, second, third, line},
		} {
			both(t, func(t *testing.T, c runstore.Container) {
				s := runstore.New(c)
				cp, version := staged(t, s, run.Checkpoint{
					Run: "00000001", Scope: run.ScopeAll, Customers: 2, Counts: run.Counts{NoData: 2}, MD5: sumOf(t, csvText),
				}, csvText, lines...)
				err := s.Publish(t.Context(), key, version, cp)
				if err == nil || !strings.Contains(err.Error(), logName+": "+want) {
					t.Errorf("publish: %v, want %s", err, want)
				}
				if got, _, _ := s.Read(t.Context(), key); got.State != run.StatePublishing {
					t.Errorf("state: %s", got.State)
				}
			})
		}
	})

	t.Run("a csv with an unreadable MD5 is not committed", func(t *testing.T) {
		c := new(runstoretest.Memory)
		s := runstore.New(c)
		cp, version := publishing(t, s, "00000001")
		cp.MD5 = []byte("edited")
		err := s.Publish(t.Context(), key, version, cp)
		if err == nil || !strings.Contains(err.Error(), "commit blob "+csvName+": metadata key md5") {
			t.Errorf("publish: %v", err)
		}
		if _, err := c.Head(t.Context(), csvName); !errors.Is(err, runstore.ErrNotFound) {
			t.Errorf("the csv was committed: %v", err)
		}
	})
}

var errKilled = errors.New("killed")

// limited lets that many writes through and then dies.
type limited struct {
	runstore.Container
	left int
}

func (l *limited) Commit(ctx context.Context, name string, ids []string, w runstore.Write) error {
	if l.left--; l.left < 0 {
		return errKilled
	}
	return l.Container.Commit(ctx, name, ids, w)
}

func (l *limited) Put(ctx context.Context, name string, body []byte, w runstore.Write) (string, error) {
	if l.left--; l.left < 0 {
		return "", errKilled
	}
	return l.Container.Put(ctx, name, body, w)
}

func TestCustomers(t *testing.T) {
	customers := []run.Customer{{TenantID: "a", Name: "Contoso, Ltd."}, {TenantID: "b", Excluded: true}, {TenantID: "c", Ends: "2027-01-01"}}
	both(t, func(t *testing.T, c runstore.Container) {
		s := runstore.New(c)
		cp := run.Checkpoint{Run: "00000001", Turn: "0001-00000000", State: run.StateRunning, Scope: run.ScopeAll, Call: "c", Slices: 3}
		version, err := s.Write(t.Context(), key, "", cp)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.WriteList(t.Context(), key, version, cp, customers, run.Base{Sources: run.Sources{"gdap": 3, "contracts": 0}}); err != nil {
			t.Fatal(err)
		}
		cp.List, cp.Customers = 3, 3
		if base, err := s.Base(t.Context(), key, cp); err != nil || base.Sources["gdap"] != 3 || len(base.Sources) != 2 {
			t.Errorf("base: %+v, %v", base, err)
		}
		var got []run.Customer
		for customer, err := range s.Customers(t.Context(), key, cp, 1) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, customer)
		}
		if len(got) != 2 || got[0] != customers[1] || got[1] != customers[2] {
			t.Errorf("customers from 1 on: %+v", got)
		}

		other := cp
		other.List = 4
		for _, err := range s.Customers(t.Context(), key, other, 0) {
			if !errors.Is(err, run.ErrListLost) {
				t.Errorf("the list of another slice: %v", err)
			}
		}
		if err := s.WriteList(t.Context(), key, `"stale"`, cp, nil, run.Base{}); !errors.Is(err, run.ErrRefused) {
			t.Errorf("list of a slice that has lost its run: %v", err)
		}
	})
}

func TestLastPublished(t *testing.T) {
	both(t, func(t *testing.T, c runstore.Container) {
		s := runstore.New(c)
		cp := run.Checkpoint{Run: "00000001", Turn: "0001-00000000", State: run.StatePublished, Scope: run.ScopeAll, Call: "call"}
		for _, r := range []struct {
			name, date, run, call string
			state                 run.State
		}{
			{"mail", "2026-11-20", "00000020", "call", run.StatePublished},
			{"mail", "2026-11-21", "00000021", "call", run.StatePublished},
			{"mail", "2026-11-22", "00000022", "another", run.StatePublished},
			{"mail", "2026-11-23", "00000023", "call", run.StateStopped},
			{"mail", "2026-11-24", "00000024", "call", run.StatePublished},
			{"mailbox", "2026-11-23", "00000099", "call", run.StatePublished},
		} {
			cp.Run, cp.Call, cp.State = r.run, r.call, r.state
			key, err := run.ParseKey(r.name, r.date)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Write(t.Context(), key, "", cp); err != nil {
				t.Fatal(err)
			}
		}
		key, last, err := s.LastPublished(t.Context(), "mail", "call", "2026-11-24")
		if err != nil || last.Run != "00000021" || key.String() != "mail/2026-11-21" {
			t.Errorf("last published: %q, %v", last.Run, err)
		}
		if _, none, err := s.LastPublished(t.Context(), "mail", "call", "2026-11-20"); err != nil || none.Run != "" {
			t.Errorf("before the first: %q, %v", none.Run, err)
		}
	})
}

func TestRead(t *testing.T) {
	t.Run("unreadable metadata is an error that names the blob and the key", func(t *testing.T) {
		c := new(runstoretest.Memory)
		if _, err := c.Put(t.Context(), key.String()+"/run.json", nil, runstore.Write{Metadata: map[string]string{"version": "1", "run": "x"}}); err != nil {
			t.Fatal(err)
		}
		_, _, err := runstore.New(c).Read(t.Context(), key)
		if want := `read blob mailbox-activity/2026-11-24/run.json: metadata key run: "x", want 8 hex digits: correct it, or delete the blob to start the run over`; err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	})
}
