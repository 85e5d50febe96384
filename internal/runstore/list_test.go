package runstore_test

import (
	"errors"
	"strings"
	"testing"

	"tenantrollup/internal/run"
	"tenantrollup/internal/runstore"
	"tenantrollup/internal/runstore/runstoretest"
)

const listName = "mailbox-activity/2026-11-24/customers.jsonl"

func TestBrokenList(t *testing.T) {
	for rule, b := range map[string]struct {
		change func(text string, metadata map[string]string) string
		read   int  // customers that are yielded before the error
		lost   bool // the list, so that the run starts over with a new one
		want   string
	}{
		"a list of another run is lost": {
			func(text string, m map[string]string) string { m["run"] = "ffffffff"; return text }, 0, true, `it is of run "ffffffff", list "3"`},
		"a list of another slice is lost": {
			func(text string, m map[string]string) string { m["list"] = "2"; return text }, 0, true, `it is of run "00000001", list "2"`},
		"a list uploaded again, without metadata, is lost": {
			func(text string, m map[string]string) string { clear(m); return text }, 0, true, `it is of run "", list ""`},
		"a list with an unreadable base is not a list": {
			func(text string, m map[string]string) string { m["sources"] = "gdap"; return text }, 0, false, "metadata key sources"},
		"a list cut off between two customers is lost": {
			func(text string, _ map[string]string) string {
				return text[:strings.LastIndex(strings.TrimSpace(text), "\n")+1]
			}, 2, true, "line 3 of 3"},
		"a list cut off inside a customer is lost": {
			func(text string, _ map[string]string) string { return text[:len(text)-5] }, 2, true, "line 3 of 3"},
		"a list with a line that is not a customer is lost": {
			func(text string, _ map[string]string) string { return strings.Replace(text, `"b"`, "b", 1) }, 1, true, "line 2: "},
	} {
		t.Run(rule, func(t *testing.T) {
			c := new(runstoretest.Memory)
			s := runstore.New(c)
			cp := run.Checkpoint{Run: "00000001", Turn: "0001-00000000", State: run.StateRunning, Scope: run.ScopeAll, Call: "c", Slices: 3}
			version, err := s.Write(t.Context(), key, "", cp)
			if err != nil {
				t.Fatal(err)
			}
			customers := []run.Customer{{TenantID: "a"}, {TenantID: "b"}, {TenantID: "c"}}
			if err := s.WriteList(t.Context(), key, version, cp, customers, run.Base{}); err != nil {
				t.Fatal(err)
			}
			cp.List, cp.Customers = 3, 3
			edit(t, c, listName, b.change)

			read := 0
			for _, err = range s.Customers(t.Context(), key, cp, 0) {
				if err == nil {
					read++
				}
			}
			if read != b.read || err == nil || !strings.Contains(err.Error(), "read blob "+listName+": "+b.want) || errors.Is(err, run.ErrListLost) != b.lost {
				t.Errorf("%d customers and then %v, want %d and then %q", read, err, b.read, b.want)
			}
		})
	}
}
