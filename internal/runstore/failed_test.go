package runstore_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"tenantrollup/internal/run"
	"tenantrollup/internal/runstore"
	"tenantrollup/internal/runstore/runstoretest"
)

const (
	recordName = "mailbox-activity/2026-11-24/run.json"

	nightText = csvText + "t0\r\n"
	addedText = "t2\r\n"
)

// night publishes a run in which t0 had data, t1 none, t2 was refused and t3 is
// excluded.
func night(t *testing.T, s *runstore.Store) {
	t.Helper()
	cp, version := staged(t, s, run.Checkpoint{
		Run: "00000001", Scope: run.ScopeMissing, Customers: 4, MD5: sumOf(t, nightText),
		Counts: run.Counts{
			WithData: 1, NoData: 1, Failed: 1, Excluded: 1, Rows: 1, Refreshed: run.Span{Oldest: "2026-11-22", Newest: "2026-11-23"},
			Classes: run.Classes{run.NoData: 1, run.ConsentMissing: 1, run.Excluded: 1, run.WarnStaleData: 1},
		},
	}, nightText,
		run.Line{Customer: run.Customer{TenantID: "t1", Name: "Contoso", Domain: "contoso.onmicrosoft.com"}, Failure: run.Failure{Class: run.NoData}},
		run.Line{Customer: run.Customer{TenantID: "t2"}, Failure: run.Failure{Class: run.ConsentMissing, Message: "AADSTS65001."}},
		run.Line{Customer: run.Customer{TenantID: "t3"}, Failure: run.Failure{Class: run.Excluded}},
	)
	if err := s.Publish(t.Context(), key, version, cp); err != nil {
		t.Fatal(err)
	}
}

// rerun stages the rows of t2, which the night lacks.
func rerun(t *testing.T, s *runstore.Store, id string) (run.Checkpoint, string) {
	t.Helper()
	return staged(t, s, run.Checkpoint{
		Run: id, Scope: run.ScopeFailed, Customers: 4, MD5: sumOf(t, nightText+addedText),
		Counts: run.Counts{WithData: 2, NoData: 1, Excluded: 1, Rows: 2},
	}, addedText,
		run.Line{Customer: run.Customer{TenantID: "t1"}, Failure: run.Failure{Class: run.NoData}},
		run.Line{Customer: run.Customer{TenantID: "t3"}, Failure: run.Failure{Class: run.Excluded}},
	)
}

// edit changes a blob as a person does in a storage browser.
func edit(t *testing.T, c runstore.Container, name string, change func(text string, metadata map[string]string) string) {
	t.Helper()
	blob, body, err := c.Get(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	text, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	changed := change(string(text), blob.Metadata)
	if _, err := c.Put(t.Context(), name, []byte(changed), runstore.Write{IfMatch: blob.ETag, Metadata: blob.Metadata}); err != nil {
		t.Fatal(err)
	}
}

func TestWithoutData(t *testing.T) {
	t.Run("lists customers without data with their lines, and counts the others", func(t *testing.T) {
		both(t, func(t *testing.T, c runstore.Container) {
			s := runstore.New(c)
			night(t, s)
			customers, base, err := s.WithoutData(t.Context(), key)
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(read(t, c, logName), "\n")
			want := []run.Customer{
				{TenantID: "t1", Name: "Contoso", Domain: "contoso.onmicrosoft.com", Line: lines[1]},
				{TenantID: "t2", Line: lines[2]},
				{TenantID: "t3", Line: lines[3]},
			}
			if !slices.Equal(customers, want) {
				t.Errorf("got  %+v\nwant %+v", customers, want)
			}
			if base.WithData != 1 || base.Rows != 1 || base.Done() != 1 || base.Refreshed != (run.Span{Oldest: "2026-11-22", Newest: "2026-11-23"}) {
				t.Errorf("counts: %+v", base.Counts)
			}
			if len(base.Classes) != 1 || base.Classes[run.WarnStaleData] != 1 {
				t.Errorf("classes: %v, want those of customers with data alone", base.Classes)
			}
			if !bytes.Equal(base.MD5, sumOf(t, nightText)) {
				t.Error("the MD5 does not continue the csv's")
			}
		})
	})

	t.Run("without a publication there is no run", func(t *testing.T) {
		c := new(runstoretest.Memory)
		s := runstore.New(c)
		for _, state := range []run.State{"", run.StateStopped} {
			if state != "" {
				record(t, c, key.Report, string(key.Date), state, "")
			}
			if _, _, err := s.WithoutData(t.Context(), key); !errors.Is(err, run.ErrNoRun) {
				t.Errorf("state %q: %v", state, err)
			}
		}
	})

	t.Run("files of a run stopped between its commits are refused", func(t *testing.T) {
		for writes, name := range map[int]string{1: logName, 2: csvName} {
			both(t, func(t *testing.T, c runstore.Container) {
				s := runstore.New(c)
				night(t, s)
				cp, version := rerun(t, s, "00000002")
				dying := runstore.New(&limited{Container: c, left: writes})
				if err := dying.Publish(t.Context(), key, version, cp); !errors.Is(err, errKilled) {
					t.Fatal(err)
				}
				refusedToBuild(t, s, `Blob `+name+` belongs to run "00000002", which never finished; the last published run is 00000001.`)
			})
		}
	})

	t.Run("a log with a missing or repeated line is refused", func(t *testing.T) {
		last := func(text string) int { return strings.LastIndex(strings.TrimSpace(text), "\n") + 1 }
		for problem, change := range map[string]func(string) string{
			"2 lines, but 3 customers are without data":    func(text string) string { return text[:last(text)] },
			"more lines than the 3 customers without data": func(text string) string { return text + text[last(text):] },
		} {
			c := new(runstoretest.Memory)
			s := runstore.New(c)
			night(t, s)
			edit(t, c, logName, func(text string, _ map[string]string) string { return change(text) })
			refusedToBuild(t, s, "Blob "+logName+" has "+problem+".")
		}
	})

	t.Run("an endless log is read only as far as the record says", func(t *testing.T) {
		c := new(runstoretest.Memory)
		s := runstore.New(c)
		night(t, s)
		edit(t, c, logName, func(text string, _ map[string]string) string {
			return text + strings.Repeat(text[strings.LastIndex(strings.TrimSpace(text), "\n")+1:], 1000) + "no line at all\n"
		})
		refusedToBuild(t, s, "Blob "+logName+" has more lines than the 3 customers without data.")
	})

	t.Run("an unreadable blob is named", func(t *testing.T) {
		for want, e := range map[string]struct {
			blob   string
			change func(text string, metadata map[string]string) string
		}{
			"read blob " + recordName + ": body of run.json: ":         {recordName, func(text string, _ map[string]string) string { return text[:20] }},
			"read blob " + csvName + ": metadata key md5: ":            {csvName, func(text string, m map[string]string) string { m["md5"] = "!"; return text }},
			"read blob " + logName + ": line 4: ":                      {logName, func(text string, _ map[string]string) string { return strings.TrimSuffix(text, "\n") }},
			"read blob " + logName + ": line 2: error log line: 1 fie": {logName, func(text string, _ map[string]string) string { return strings.ReplaceAll(text, "\t", " ") }},
		} {
			c := new(runstoretest.Memory)
			s := runstore.New(c)
			night(t, s)
			edit(t, c, e.blob, e.change)
			customers, _, err := s.WithoutData(t.Context(), key)
			if err == nil || !strings.HasPrefix(err.Error(), want) || customers != nil {
				t.Errorf("got  %v, %v\nwant %s", customers, err, want)
			}
		}
	})

	t.Run("a missing file is named", func(t *testing.T) {
		c := new(runstoretest.Memory)
		record(t, c, key.Report, string(key.Date), run.StatePublished, `{}`)
		_, _, err := runstore.New(c).WithoutData(t.Context(), key)
		if !errors.Is(err, runstore.ErrNotFound) || !strings.Contains(err.Error(), csvName) {
			t.Error(err)
		}
	})
}

func refusedToBuild(t *testing.T, s *runstore.Store, message string) {
	t.Helper()
	customers, _, err := s.WithoutData(t.Context(), key)
	want := run.Failure{Class: run.ServiceFault, Message: message, Remedy: "Ask for all customers."}
	if got, ok := errors.AsType[*run.Failure](err); !ok || *got != want || customers != nil {
		t.Errorf("got  %v, %v\nwant %v", customers, err, &want)
	}
}

func TestPublishRerun(t *testing.T) {
	t.Run("adds its rows to the existing ones once, however often it is killed", func(t *testing.T) {
		both(t, func(t *testing.T, c runstore.Container) {
			s := runstore.New(c)
			night(t, s)
			cp, version := rerun(t, s, "00000002")
			for commits := range 3 { // the log first, then the csv
				dying := runstore.New(&limited{Container: c, left: min(commits, 1)})
				if err := dying.Publish(t.Context(), key, version, cp); !errors.Is(err, errKilled) {
					t.Fatalf("with %d commits done: %v", commits, err)
				}
			}
			if err := s.Publish(t.Context(), key, version, cp); err != nil {
				t.Fatal(err)
			}
			if got := read(t, c, csvName); got != nightText+addedText {
				t.Errorf("csv: %q", got)
			}
			if memory, ok := c.(*runstoretest.Memory); ok {
				if got, want := memory.Properties(csvName).MD5, md5.Sum([]byte(nightText+addedText)); !bytes.Equal(got, want[:]) {
					t.Errorf("MD5 of the csv: %x, want %x", got, want)
				}
			}
		})
	})

	t.Run("a restart replaces what it had added before", func(t *testing.T) {
		both(t, func(t *testing.T, c runstore.Container) {
			s := runstore.New(c)
			night(t, s)
			cp, version := rerun(t, s, "00000002")
			dying := runstore.New(&limited{Container: c, left: 2})
			if err := dying.Publish(t.Context(), key, version, cp); !errors.Is(err, errKilled) {
				t.Fatal(err)
			}
			const again = "t2,again\r\n"
			cp.Restarts, cp.MD5 = 1, sumOf(t, nightText+again)
			cp, version = staged(t, s, cp, again, run.Line{Customer: run.Customer{TenantID: "t1"}}, run.Line{Customer: run.Customer{TenantID: "t3"}})
			if err := s.Publish(t.Context(), key, version, cp); err != nil {
				t.Fatal(err)
			}
			if got := read(t, c, csvName); got != nightText+again {
				t.Errorf("csv: %q", got)
			}
		})
	})

	t.Run("nothing is added to a csv that has been replaced since", func(t *testing.T) {
		both(t, func(t *testing.T, c runstore.Container) {
			s := runstore.New(c)
			night(t, s)
			edit(t, c, csvName, func(string, map[string]string) string { return "uploaded" })
			cp, version := rerun(t, s, "00000002")
			rowsAreGone(t, s.Publish(t.Context(), key, version, cp))
			if got := read(t, c, csvName); got != "uploaded" {
				t.Errorf("csv: %q", got)
			}
		})
	})

	t.Run("nor to one that another program has uploaded in blocks", func(t *testing.T) {
		both(t, func(t *testing.T, c runstore.Container) {
			s := runstore.New(c)
			night(t, s)
			const id = "c2hvcnQ="
			blob, err := c.Head(t.Context(), csvName)
			if err == nil {
				err = c.Stage(t.Context(), csvName, id, []byte("uploaded"))
			}
			if err == nil {
				err = c.Commit(t.Context(), csvName, []string{id}, runstore.Write{IfMatch: blob.ETag})
			}
			if err != nil {
				t.Fatal(err)
			}
			cp, version := rerun(t, s, "00000002")
			rowsAreGone(t, s.Publish(t.Context(), key, version, cp))
			if got := read(t, c, csvName); got != "uploaded" {
				t.Errorf("csv: %q", got)
			}
		})
	})

	t.Run("nor to a csv that has been deleted since", func(t *testing.T) {
		c, client := azureAndClient(t)
		s := runstore.New(c)
		night(t, s)
		if _, err := client.NewBlobClient(csvName).Delete(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		cp, version := rerun(t, s, "00000002")
		rowsAreGone(t, s.Publish(t.Context(), key, version, cp))
		if got := read(t, c, logName); !strings.Contains(got, "AADSTS65001.") {
			t.Errorf("the log of the rerun was committed: %q", got)
		}
	})

	t.Run("a csv that changes while it is read is refused", func(t *testing.T) {
		both(t, func(t *testing.T, c runstore.Container) {
			s := runstore.New(c)
			night(t, s)
			cp, version := rerun(t, s, "00000002")
			racing := runstore.New(&racing{Container: c, other: func() {
				blob, err := c.Head(t.Context(), csvName)
				if err == nil {
					_, err = c.SetMetadata(t.Context(), csvName, blob.ETag, blob.Metadata)
				}
				if err != nil {
					t.Error(err)
				}
			}})
			if err := racing.Publish(t.Context(), key, version, cp); !errors.Is(err, run.ErrRefused) {
				t.Errorf("publish: %v", err)
			}
		})
	})
}

// racing makes another process write between the reads of a blob and of its block list.
type racing struct {
	runstore.Container
	other func()
}

func (r *racing) Blocks(ctx context.Context, name string) (runstore.BlockList, error) {
	r.other()
	return r.Container.Blocks(ctx, name)
}

func rowsAreGone(t *testing.T, err error) {
	t.Helper()
	want := "read blob " + csvName + ": the rows that this rerun adds to are gone: restore the blob, or delete blob " + recordName + " to start the run over"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
