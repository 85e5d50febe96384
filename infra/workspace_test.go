//go:build alarms

package infra_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"testing"
	"time"
)

// row is one of a table of Azure Monitor, by its columns.
type row map[string]any

// tables are rows by the names of their tables. A missing table has not had its first
// row.
type tables map[string][]row

// within are the rows that a query sees if it looks back that far.
func (all tables) within(now time.Time, window time.Duration) tables {
	seen := tables{}
	for name, rows := range all {
		seen[name] = []row{}
		for _, r := range rows {
			if at := r["TimeGenerated"].(time.Time); at.After(now.Add(-window)) && !at.After(now) {
				seen[name] = append(seen[name], r)
			}
		}
	}
	return seen
}

// workspace answers queries, as test/docs/workspace.py does.
type workspace struct {
	questions *json.Encoder
	answers   *json.Decoder
}

// openWorkspace starts it with the interpreter that WORKSPACE_PYTHON names; make
// test-docs sets it.
func openWorkspace(t *testing.T) workspace {
	t.Helper()
	python := os.Getenv("WORKSPACE_PYTHON")
	if python == "" {
		t.Fatal("WORKSPACE_PYTHON is not set; make test-docs sets it")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	command := exec.CommandContext(ctx, python, "../test/docs/workspace.py")
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		defer cancel()
		in.Close()
		if err := command.Wait(); err != nil {
			t.Errorf("workspace.py: %v", err)
		}
	})
	return workspace{json.NewEncoder(in), json.NewDecoder(out)}
}

// ask returns the rows that the query answers with at that time.
func (w workspace) ask(t *testing.T, now time.Time, query string, over tables) []row {
	t.Helper()
	err := w.questions.Encode(map[string]any{"now": now.UTC(), "query": query, "tables": over})
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Rows  []row
		Error string
	}
	if err := w.answers.Decode(&answer); err != nil {
		t.Fatal(err)
	}
	if answer.Error != "" {
		t.Fatalf("%s\n%s", answer.Error, query)
	}
	return answer.Rows
}
