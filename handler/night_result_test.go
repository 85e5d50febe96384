package main

import (
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/run"
)

func TestANightThatWasThereSaysThatNobodyWasAsked(t *testing.T) {
	finished := time.Date(2026, 11, 24, 1, 5, 7, 0, time.UTC) // in whole seconds, as the record has it
	for rule, c := range map[string]struct {
		state run.State
		begun time.Time
		says  bool
	}{
		"published before":       {run.StatePublished, finished.Add(time.Second), true},
		"published now":          {run.StatePublished, finished.Add(-time.Second), false},
		"published that second":  {run.StatePublished, finished.Add(999 * time.Millisecond), false},
		"published before, held": {run.StateHeld, finished.Add(time.Hour), false},
	} {
		t.Run(rule, func(t *testing.T) {
			r := result{key: run.Key{Report: "mfa", Date: "2026-11-24"}, begun: c.begun, again: wish{reports: []string{"mfa"}}}
			r.State, r.Finished = c.state, finished
			text := r.text()
			if strings.Contains(text, "nobody was asked. To rerun all customers: handler night -report mfa -scope all\n") != c.says {
				t.Error(text)
			}
		})
	}
}
