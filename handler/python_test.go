//go:build docs

package main_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// pythonDefaults read the error log knowing only that it is separated by tabs.
var pythonDefaults = []string{
	`import csv; log = list(csv.DictReader(open("errors.tsv", encoding="utf-8", newline=""), delimiter="\t"))`,
	`import pandas; log = pandas.read_csv("errors.tsv", sep="\t", dtype=str, keep_default_na=False)`,
	`import duckdb; log = duckdb.read_csv("errors.tsv", sep="\t", all_varchar=True).df()`,
}

// asRecords prints each log as a list of lists: the header, then the records. What
// DuckDB reads as NULL is an empty value.
const asRecords = `
import json
log = log if isinstance(log, list) else log.fillna("").to_dict("records")
print(json.dumps([list(log[0]) if log else []] + [list(line.values()) for line in log]))
`

// TestErrorLogInPython reads the error log as docs/operate.md says, and with
// readers' defaults. make test-docs runs it.
func TestErrorLogInPython(t *testing.T) {
	python := os.Getenv("WORKSPACE_PYTHON")
	if python == "" {
		t.Fatal("WORKSPACE_PYTHON is not set; make test-docs sets it")
	}
	p := open(t, troublesome(), map[string]string{"REPORTS": "details=" + detailCall})
	p.night()
	log := p.blob(fmt.Sprintf("details/%s/details_%[1]s.errors.log", p.today))
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "errors.tsv"), log, 0o600); err != nil {
		t.Fatal(err)
	}
	var want [][]string
	for line := range strings.Lines(string(log)) {
		want = append(want, strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
	}
	if failures := p.failures("details"); len(want) != 1+len(failures) || len(failures) < 20 {
		t.Fatalf("the log has %d lines of %d customers", len(want), len(failures))
	}

	recipes := pythonBlocks(t, filepath.Join("..", "docs", "operate.md"))
	if len(recipes) != 3 {
		t.Fatalf("docs/operate.md has %d blocks of Python", len(recipes))
	}
	for _, recipe := range slices.Concat(recipes, pythonDefaults) {
		t.Run(strings.Fields(recipe)[1], func(t *testing.T) {
			command := exec.CommandContext(t.Context(), python, "-c", recipe+asRecords)
			command.Dir, command.Stderr = dir, t.Output()
			output, err := command.Output()
			if err != nil {
				t.Fatalf("%v\n%s", err, recipe)
			}
			var got [][]string
			if err := json.Unmarshal(output, &got); err != nil {
				t.Fatalf("%v\n%s", err, output)
			}
			if !slices.EqualFunc(got, want, slices.Equal) {
				t.Errorf("%s\nread %d lines\n%q\nwant %d\n%q", recipe, len(got), got, len(want), want)
			}
		})
	}
}

func pythonBlocks(t *testing.T, document string) (blocks []string) {
	t.Helper()
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range regexp.MustCompile("(?s)```python\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		blocks = append(blocks, block[1])
	}
	return blocks
}
