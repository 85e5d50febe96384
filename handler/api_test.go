//go:build api

package main_test

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"tenantrollup/internal/run"
	"tenantrollup/internal/standin/m365"
)

// TestSchemathesis makes the program SCHEMATHESIS look for answers that
// docs/openapi.yaml does not describe. make test-api runs it.
func TestSchemathesis(t *testing.T) {
	program := os.Getenv("SCHEMATHESIS")
	if program == "" {
		t.Fatal("SCHEMATHESIS is not set; make test-api sets it")
	}
	// Each request may ask for a run, and Graph answers only 14 a day.
	p := open(t, m365.Options{Customers: few, Seed: 81, CallLimit: 1 << 20, Faults: map[int]m365.Fault{
		2: m365.NotConsented, 4: m365.HeaderOnly,
	}}, map[string]string{"REPORTS": "mailbox-activity=" + countsCall + "; day=getEmailActivityUserDetail(date={today-3})"})
	yesterday := p.lastNight()
	p.night()

	config, document := absolute(t, "../test/api/schemathesis.toml"), absolute(t, "../docs/openapi.yaml")
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, program, "--config-file", config, "run", document,
		"--url", p.Host.URL(), "--header", "x-functions-key: "+p.Host.HostKey())
	command.Dir = t.TempDir() // it leaves files behind
	command.Env = append(os.Environ(), "TODAY="+p.today, "YESTERDAY="+yesterday)
	before := len(p.Host.Invocations())
	output, err := command.CombinedOutput()
	t.Logf("%s", output)
	if err != nil {
		t.Error(err)
	}
	if asked := len(p.Host.Invocations()) - before; asked < 500 {
		t.Errorf("the API was asked %d times: too few to find anything", asked)
	}
	p.idle()
	for _, report := range []string{"mailbox-activity", "day"} {
		if record := p.record(report, p.today); record.State != run.StatePublished || record.WithData != few-2 {
			t.Errorf("afterwards: %+v", record)
		}
	}
	if poison := p.Host.Poison("rollup-runs"); len(poison) > 0 {
		t.Errorf("%d messages in the poison queue", len(poison))
	}
	if status, _ := p.call(http.MethodGet, "/api/runs", "runs", ""); status != http.StatusOK {
		t.Errorf("the list answers %d", status)
	}
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.FromSlash(path))
	if err != nil {
		t.Fatal(err)
	}
	return path
}
