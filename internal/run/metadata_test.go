package run_test

import (
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/run"
)

func full() run.Checkpoint {
	return run.Checkpoint{
		Run: "0badcafe", Turn: "0003-12345678", State: run.StateRunning, Scope: run.ScopeAll,
		Call: "getMailboxUsageMailboxCounts(period='D7')", Slices: 3, Restarts: 1, List: 2, Cursor: 40, Customers: 250,
		Counts: run.Counts{
			WithData: 30, NoData: 5, Failed: 4, Excluded: 1, Rows: 700,
			Classes:   run.Classes{run.NoData: 5, run.ConsentMissing: 4, run.Excluded: 1, run.WarnStaleData: 2},
			Refreshed: run.Span{Oldest: "2026-11-15", Newest: "2026-11-22"},
		},
		Blocks:   []run.Staged{{Slice: 2, CSV: 3, Log: 1}, {Slice: 3, CSV: 1}},
		Deferred: []run.Deferral{{Index: 7, Tries: 1, Class: run.Throttled}, {Index: 9, Tries: 2, Class: run.ServiceFault}},
		Columns:  []string{"Report Refresh Date", "Größe, in (Byte)", "100%"},
		Unseen:   []string{"100%"},
		MD5:      []byte{0, 1, 254, 255},
		Started:  time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC), Updated: time.Date(2026, 11, 24, 1, 5, 0, 0, time.UTC),
		Settings: "abc", Reason: "why", Note: "This night was missed.",
	}
}

func TestMetadata(t *testing.T) {
	t.Run("reads back what it writes, with keys in any case", func(t *testing.T) {
		metadata, err := full().Metadata()
		if err != nil {
			t.Fatal(err)
		}
		capitalised := map[string]string{}
		for key, value := range metadata {
			if key != strings.ToLower(key) {
				t.Errorf("key %s is not lower case", key)
			}
			capitalised[strings.ToUpper(key[:1])+key[1:]] = value
		}
		got, err := run.ParseCheckpoint(capitalised)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, full()) {
			t.Errorf("got  %+v\nwant %+v", got, full())
		}
	})

	t.Run("a key without a value is absent", func(t *testing.T) {
		metadata, err := run.Checkpoint{Run: "0badcafe", Turn: "0001-00000000", State: run.StateQueued, Scope: run.ScopeAll, Call: "c"}.Metadata()
		if err != nil {
			t.Fatal(err)
		}
		for key, value := range metadata {
			if value == "" {
				t.Errorf("key %s is empty", key)
			}
		}
		if _, ok := metadata["list"]; ok {
			t.Error("a list is noted though none was written")
		}
	})

	t.Run("a missing or unreadable key is an error that names the key", func(t *testing.T) {
		good, err := full().Metadata()
		if err != nil {
			t.Fatal(err)
		}
		for key, value := range map[string]string{
			"version": "2", "run": "", "turn": "1-2", "state": "asleep", "scope": "none", "call": "", "slices": "x", "cursor": "-1",
			"customers": "", "rows": "1.5", "classes": "a", "blocks": "1:2", "deferred": "1:2", "columns": "%zz", "md5": "***",
			"started": "yesterday", "refreshed": "2026-11-24", "list": "one",
		} {
			bad := maps.Clone(good)
			bad[key] = value
			if _, err := run.ParseCheckpoint(bad); err == nil || !strings.Contains(err.Error(), "key "+key+":") {
				t.Errorf("%s %q: got %v", key, value, err)
			}
		}
	})

	t.Run("so is a key that contradicts the others", func(t *testing.T) {
		good, err := full().Metadata()
		if err != nil {
			t.Fatal(err)
		}
		for _, edited := range []struct{ key, value string }{
			{"cursor", "251"}, {"blocks", "2:-1/0"}, {"blocks", "2:3/1,3:49998/0"}, {"blocks", "2:0/99999999"},
			{"deferred", "40:1:throttled"}, {"deferred", "-1:1:throttled"}, {"deferred", "7:1:throttled,7:1:throttled"},
		} {
			bad := maps.Clone(good)
			bad[edited.key] = edited.value
			if _, err := run.ParseCheckpoint(bad); err == nil || !strings.Contains(err.Error(), "key "+edited.key+":") {
				t.Errorf("%s %q: got %v", edited.key, edited.value, err)
			}
		}
	})

	t.Run("a record of a newer version is left alone, and the error says what to do", func(t *testing.T) {
		_, err := run.ParseCheckpoint(map[string]string{"version": "2"})
		if err == nil || !strings.Contains(err.Error(), "deploy the release that wrote it, or delete the blob") {
			t.Errorf("got %v", err)
		}
	})

	t.Run("more than blob metadata can hold is an error that names the largest key", func(t *testing.T) {
		c := full()
		for range 400 {
			c.Columns = append(c.Columns, "A column of a very wide report")
		}
		if _, err := c.Metadata(); err == nil || !strings.Contains(err.Error(), "key columns:") {
			t.Errorf("got %v", err)
		}
	})

	t.Run("a reason is shortened to fit", func(t *testing.T) {
		c := full()
		c.Reason = " Schlüssel\nfehlt… " + strings.Repeat("x", 5000) + " "
		metadata, err := c.Metadata()
		if err != nil {
			t.Fatal(err)
		}
		if got := metadata["reason"]; len(got) > 600 || !strings.HasPrefix(got, "Schl ssel fehlt... x") || !strings.HasSuffix(got, "x...") {
			t.Errorf("reason: %q", got)
		}
	})
}

func TestRoom(t *testing.T) {
	c := full()
	c.Reason = strings.Repeat("why ", 100)
	for c.Room() > 40 {
		c.Blocks = append(c.Blocks, run.Staged{Slice: 1000})
	}
	metadata, err := c.Metadata()
	if reason := metadata["reason"]; err != nil || len(reason) < 20 || !strings.HasSuffix(reason, "...") {
		t.Errorf("with room for %d bytes, the reason is %q: %v", c.Room(), reason, err)
	}
	for c.Room() >= 0 {
		c.Blocks = append(c.Blocks, run.Staged{Slice: 1000})
	}
	if _, err := c.Metadata(); err == nil {
		t.Errorf("with room for %d bytes, it fits", c.Room())
	}
}

func FuzzParseCheckpoint(f *testing.F) {
	good, err := full().Metadata()
	if err != nil {
		f.Fatal(err)
	}
	for key, value := range good {
		f.Add(key, value)
	}
	f.Fuzz(func(t *testing.T, key, value string) {
		metadata := maps.Clone(good)
		metadata[strings.ToLower(key)] = value
		c, err := run.ParseCheckpoint(metadata)
		if err != nil {
			return
		}
		written, err := c.Metadata()
		if err != nil {
			return // readable, but too long to be written, or not ASCII
		}
		again, err := run.ParseCheckpoint(written)
		if err != nil || !reflect.DeepEqual(again, c) && c.Reason == again.Reason {
			t.Errorf("%s=%q: %+v became %+v, %v", key, value, c, again, err)
		}
	})
}

func TestCounts(t *testing.T) {
	var c run.Checkpoint
	c.Customers = 4
	c.AddData(7)
	c.AddLine(run.NoData)
	c.AddLine(run.Excluded)
	if err := c.CheckAccounts(); err == nil || !strings.Contains(err.Error(), "4 customers") {
		t.Errorf("3 of 4 customers are accounted for, got %v", err)
	}
	c.AddLine(run.Throttled)
	if err := c.CheckAccounts(); err != nil {
		t.Error(err)
	}
	if c.WithoutData() != 3 || c.Failed != 1 || c.Rows != 7 {
		t.Errorf("%+v", c.Counts)
	}
}
