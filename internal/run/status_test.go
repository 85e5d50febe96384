package run_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/run"
)

func TestStatus(t *testing.T) {
	key := run.Key{Report: "mailbox-activity", Date: "2026-11-24"}
	t.Run("the status of a published run has its end, and no progress", func(t *testing.T) {
		c := full()
		c.State, c.Reason = run.StatePublished, ""
		s := c.Status(c.Record(key))
		if !s.HasFiles() || s.Finished != c.Updated || s.Progress != nil || s.Key() != key {
			t.Errorf("%+v", s)
		}
	})
	t.Run("of a run that never published, its progress, and no end", func(t *testing.T) {
		c := full()
		s := c.Status(c.Record(key))
		if s.HasFiles() || s.Progress == nil || s.Rows != 700 || s.Reason != "why" {
			t.Errorf("%+v", s)
		}
	})
	t.Run("of a run over an earlier publication, the counts of that one", func(t *testing.T) {
		s := full().Status(run.Record{Rows: 7, Finished: time.Unix(1, 0)})
		if !s.HasFiles() || s.Progress == nil || s.Rows != 7 || s.State != run.StateRunning {
			t.Errorf("%+v", s)
		}
	})
	t.Run("of a rerun of the failed customers, that it is one, until it is published", func(t *testing.T) {
		c := full()
		c.Scope = run.ScopeFailed
		if s := c.Status(run.Record{Scope: run.ScopeMissing, Finished: time.Unix(1, 0)}); !s.Rerun || s.Scope != run.ScopeMissing {
			t.Errorf("%+v", s)
		}
		c.State = run.StatePublished
		if c.Status(c.Record(key)).Rerun {
			t.Error("when it is published, too")
		}
	})
	t.Run("of an unreadable record, a state that no record has", func(t *testing.T) {
		s := run.Unreadable(key, "metadata key run: missing")
		if s.State != run.StateUnreadable || s.Key() != key || s.Reason == "" || s.HasFiles() {
			t.Errorf("%+v", s)
		}
		metadata, err := full().Metadata()
		if err != nil {
			t.Fatal(err)
		}
		metadata["state"] = string(run.StateUnreadable)
		if _, err := run.ParseCheckpoint(metadata); err == nil {
			t.Error("a record said so")
		}
	})
}

// The body of run.json is a contract: what an answer adds must not get into it.
func TestRecordHasNoState(t *testing.T) {
	body, err := json.Marshal(full().Record(run.Key{Report: "mailbox-activity", Date: "2026-11-24"}))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"state", "reason", "progress"} {
		if strings.Contains(string(body), `"`+name+`"`) {
			t.Errorf("it has the key %s: %s", name, body)
		}
	}
}

func TestProgress(t *testing.T) {
	c := full()
	got := c.Progress()
	if got.Done != 40 || got.Of != 250 || got.SetAside != 2 || got.Slice != 3 || got.SecondsLeft != 1575 {
		t.Errorf("%+v", got)
	}
}
