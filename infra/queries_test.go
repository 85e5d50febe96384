package infra_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// columns are those of Azure Monitor's tables that the queries rely on.
//
// Source: https://learn.microsoft.com/azure/azure-monitor/reference/tables-index
var columns = map[string][]string{
	"AppTraces":        {"TimeGenerated", "Message"},
	"AppRequests":      {"TimeGenerated", "Name", "Success"},
	"StorageQueueLogs": {"TimeGenerated", "OperationName", "Uri"},
	"AZKVAuditLogs":    {"TimeGenerated", "HttpStatusCode", "OperationName", "ResultSignature"},
}

// pipeline is a table and the steps that its rows go through.
type pipeline struct {
	table string
	steps []string
}

// readQuery splits a query into its pipelines, without comments: one, or several
// that a union puts together. The tables of such a union may be missing, as they
// are before their first line.
func readQuery(t *testing.T, name string) (pipelines []pipeline) {
	t.Helper()
	query := regexp.MustCompile(`(?m)^//.*\n`).ReplaceAllString(read(t, filepath.Join("queries", name+".kql")), "")
	if several, ok := strings.CutPrefix(query, "union isfuzzy=true\n("); ok {
		query = strings.TrimSuffix(several, ")\n")
	}
	for text := range strings.SplitSeq(query, "),\n(") {
		steps := strings.Split(text, "\n| ")
		if !regexp.MustCompile(`^[A-Z]\w+$`).MatchString(steps[0]) {
			t.Fatalf("%s: %q is no table", name, steps[0])
		}
		pipelines = append(pipelines, pipeline{table: steps[0], steps: steps[1:]})
	}
	return pipelines
}

var (
	equals  = regexp.MustCompile(`tostring\(line\.(\w+)\) == "([^"]*)"`)
	matches = regexp.MustCompile(`tostring\(line\.(\w+)\) matches regex @"([^"]*)"`)
	field   = regexp.MustCompile(`(\w+)\(line(?:\.|\[")(\w+)(?:"\])?\)`)
	literal = regexp.MustCompile(`@?"[^"]*"`)
	cutting = regexp.MustCompile(`extract\(@"([^"]*)", 1, `)
	column  = regexp.MustCompile(`\b[A-Z]\w+\b`)
)

// catcher is a step that looks for lines by their texts.
type catcher struct {
	text string
	is   map[string]string
	like map[string]*regexp.Regexp
}

func (p pipeline) catchers() (all []catcher) {
	for _, step := range p.steps {
		c := catcher{text: step, is: map[string]string{}, like: map[string]*regexp.Regexp{}}
		for _, m := range equals.FindAllStringSubmatch(step, -1) {
			c.is[m[1]] = m[2]
		}
		for _, m := range matches.FindAllStringSubmatch(step, -1) {
			c.like[m[1]] = regexp.MustCompile(m[2])
		}
		if len(c.is) > 0 {
			all = append(all, c)
		}
	}
	return all
}

func (c catcher) catches(l line) bool {
	for name, want := range c.is {
		if l[name] != want {
			return false
		}
	}
	for name, want := range c.like {
		if text, _ := l[name].(string); !want.MatchString(text) {
			return false
		}
	}
	return true
}

func (p pipeline) caught(lines []line) (caught []line) {
	for _, l := range lines {
		if slices.ContainsFunc(p.catchers(), func(c catcher) bool { return c.catches(l) }) {
			caught = append(caught, l)
		}
	}
	return caught
}

func TestQueries(t *testing.T) {
	names, err := filepath.Glob("queries/*.kql")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	n := watch(t)
	for _, name := range names {
		name = strings.TrimSuffix(filepath.Base(name), ".kql")
		for _, p := range readQuery(t, name) {
			t.Run(name+" knows the columns of "+p.table, func(t *testing.T) { knowsColumns(t, p) })
			if p.table != "AppTraces" {
				continue
			}
			t.Run(name+" looks for lines that the handler writes", func(t *testing.T) { catchesSomething(t, p, n.all()) })
			t.Run(name+" reads fields that these lines have", func(t *testing.T) { readsFields(t, p, n.all()) })
		}
	}

	oneCauseIsOneAlarm(t, n)

	// What each night must wake somebody up for, and what it must not.
	for _, c := range []struct {
		query                             string
		quiet, expired, refused, expiring bool
	}{
		{query: "no-report", quiet: true, expiring: true}, // it counts what is there
		{query: "failed-customers", quiet: true, expiring: true},
		{query: "partner-credential", expired: true, expiring: true},
		{query: "stalled-run", expired: true, refused: true},
		{query: "vault-refusing", refused: true},
	} {
		t.Run(c.query+" catches the nights that it is for, and no other", func(t *testing.T) {
			for _, night := range []struct {
				name  string
				lines []line
				want  bool
			}{
				{"quiet", n.quiet, c.quiet}, {"expired", n.expired, c.expired},
				{"refused", n.refused, c.refused}, {"expiring", n.expiring, c.expiring},
			} {
				caught := readQuery(t, c.query)[0].caught(night.lines)
				if (len(caught) > 0) != night.want {
					t.Errorf("night %s: %d lines caught, want some: %v\n%s", night.name, len(caught), night.want, show(caught))
				}
			}
		})
	}
}

func knowsColumns(t *testing.T, p pipeline) {
	known, ok := columns[p.table]
	if !ok {
		t.Fatalf("table %s is none of those that the queries rely on", p.table)
	}
	for _, step := range p.steps {
		for _, name := range column.FindAllString(literal.ReplaceAllString(step, `""`), -1) {
			if !slices.Contains(known, name) {
				t.Errorf("%s has no column %s: %s", p.table, name, step)
			}
		}
	}
}

func catchesSomething(t *testing.T, p pipeline, lines []line) {
	if len(p.catchers()) == 0 {
		t.Fatal("no step looks for lines by their texts")
	}
	for _, c := range p.catchers() {
		if !slices.ContainsFunc(lines, c.catches) {
			t.Errorf("the handler writes no line that this is true of: %s", c.text)
		}
	}
}

// readsFields holds the fields that a pipeline reads against those of the lines
// that it catches: text or, where it counts with them, numbers.
func readsFields(t *testing.T, p pipeline, lines []line) {
	caught := p.caught(lines)
	for _, step := range p.steps {
		for _, m := range field.FindAllStringSubmatch(step, -1) {
			as, name := m[1], m[2]
			if !slices.ContainsFunc(caught, func(l line) bool { return is(l[name], as) }) {
				t.Errorf("%s: no caught line has such a field %s\n%s", step, name, show(caught))
			}
		}
	}
}

func is(value any, as string) bool {
	switch value.(type) {
	case string:
		return as == "tostring" || as == "todatetime"
	case float64:
		return as == "toint"
	}
	return false
}

func show(lines []line) string {
	var text strings.Builder
	for _, l := range lines[:min(3, len(lines))] {
		out, _ := json.Marshal(l) // it came from JSON
		fmt.Fprintf(&text, "%s\n", out)
	}
	return text.String()
}

// oneCauseIsOneAlarm counts the different texts: there is a mail for each, and a
// run that cannot go on is delivered ten times.
func oneCauseIsOneAlarm(t *testing.T, n nights) {
	for _, c := range []struct {
		query, field string
		lines        []line
	}{
		{"partner-credential", "reason", n.expired}, {"partner-credential", "msg", n.expiring},
		{"stalled-run", "reason", n.refused}, {"vault-refusing", "error", n.refused},
	} {
		t.Run(c.query+" says the same of one cause, by "+c.field, func(t *testing.T) {
			p := readQuery(t, c.query)[0]
			cut := cutting.FindStringSubmatch(strings.Join(p.steps, "\n"))
			if cut == nil {
				t.Fatal("nothing is cut off")
			}
			texts := map[string]bool{}
			for _, l := range p.caught(c.lines) {
				text, _ := l[c.field].(string)
				texts[regexp.MustCompile(cut[1]).FindStringSubmatch(text)[1]] = true
			}
			// Two sources of customers may meet the same trouble first.
			if len(texts) < 1 || len(texts) > 2 {
				t.Errorf("%d alarms: %q", len(texts), slices.Collect(maps.Keys(texts)))
			}
		})
	}
}

// The host names queue and functions, and its own lines bear these names.
func TestStalledRunKnowsTheFunction(t *testing.T) {
	var function struct {
		Bindings []struct{ Type, QueueName string }
	}
	if err := json.Unmarshal([]byte(read(t, "../function/rollup/function.json")), &function); err != nil {
		t.Fatal(err)
	}
	wanted := map[string]string{"AppRequests": `Name == "rollup"`, "StorageQueueLogs": ""}
	for _, b := range function.Bindings {
		if b.Type == "queueTrigger" {
			wanted["StorageQueueLogs"] = `Uri has "` + b.QueueName + `-poison"`
		}
	}
	for _, p := range readQuery(t, "stalled-run") {
		if want := wanted[p.table]; !strings.Contains(strings.Join(p.steps, "\n"), want) {
			t.Errorf("the pipeline of %s does not ask %s", p.table, want)
		}
		delete(wanted, p.table)
	}
	if len(wanted) > 0 {
		t.Errorf("nothing is asked of %v", slices.Collect(maps.Keys(wanted)))
	}
}

func TestAlarmsMeasureWhatTheirQueriesReturn(t *testing.T) {
	alarms := regexp.MustCompile(`(?s)\n    ([a-z-]+) = \{\n(.*?)\n    \}`).FindAllStringSubmatch(read(t, "alarms.tf"), -1)
	if len(alarms) != 5 {
		t.Errorf("%d alarms", len(alarms))
	}
	for _, alarm := range alarms {
		wanted := captures(`(?m)^ +(?:measure|by) += "(\w+)"`, alarm[2])
		if len(wanted) == 0 {
			t.Errorf("%s measures nothing and tells no two causes apart", alarm[1])
		}
		for _, p := range readQuery(t, alarm[1]) {
			for _, name := range wanted {
				if last := p.steps[len(p.steps)-1]; !strings.Contains(last, " "+name+" = ") {
					t.Errorf("%s: the last step does not return %s: %s", alarm[1], name, last)
				}
			}
		}
	}
}
