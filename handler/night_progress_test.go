package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"tenantrollup/internal/rollup"
	"tenantrollup/internal/run"
)

var watched = run.Key{Report: "licenses", Date: "2026-11-24"}

// watch shows 100 customers, one a second, the 40th of which fails.
func watch(p *progress) {
	p.begin(watched)
	for done := range 100 {
		time.Sleep(time.Second)
		s := rollup.Step{Done: done + 1, Of: 100, Customer: run.Customer{Domain: "contoso.onmicrosoft.com"}}
		if done == 39 {
			s.Failure = &run.Failure{Class: run.ConsentMissing}
		}
		p.step(s)
	}
	p.end()
}

func TestProgress(t *testing.T) {
	t.Run("is a line now and then if nobody is watching", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var out bytes.Buffer
			watch(&progress{out: &out})
			lines := strings.Split(strings.TrimSpace(out.String()), "\n")
			if len(lines) != 12 {
				t.Errorf("%d lines: %s", len(lines), out.String())
			}
			want := "licenses 2026-11-24: 61 of 100 customers, 1.0 a second, 38s left; last failure: consent-missing of contoso.onmicrosoft.com"
			if lines[7] != want {
				t.Errorf("got  %s\nwant %s", lines[7], want)
			}
		})
	})
	t.Run("is a bar on a terminal, which never wraps", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var out bytes.Buffer
			watch(&progress{out: &out, terminal: true})
			drawn := strings.Split(out.String(), "\r")
			for _, line := range drawn {
				if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 79 {
					t.Errorf("%d characters: %s", n, line)
				}
			}
			if half := drawn[50]; !strings.HasPrefix(half, "  ████████░░░░░░░░ 50 of 100, 1.0 a second, 49s left; consent-missing of co") {
				t.Errorf("half of it: %s", half)
			}
		})
	})
}

func TestALineOfTheLogBeginsBelowTheBar(t *testing.T) {
	var out bytes.Buffer
	p := &progress{out: &out, terminal: true}
	p.begin(watched)
	p.step(rollup.Step{Done: 1, Of: 100})
	logByHand(p, true).Error("run stopped", "reason", "the secret has expired")
	p.end()
	lines := strings.Split(out.String(), "\n")
	if len(lines) != 4 || lines[2] != `msg="run stopped" reason="the secret has expired"` {
		t.Errorf("printed %q", out.String())
	}
}

func TestVerdict(t *testing.T) {
	published := result{Status: run.Status{State: run.StatePublished}}
	failed := published
	failed.Failed = 1
	for name, test := range map[string]struct {
		results []result
		want    error
	}{
		"all published, nobody failed":        {[]result{published, published}, nil},
		"a customer failed":                   {[]result{published, failed}, exitCode(someFailed)},
		"one is not published":                {[]result{failed, {Status: run.Status{State: run.StateHeld}}, published}, exitCode(notPublished)},
		"published before, but not this time": {[]result{{Status: published.Status, err: errors.New("the disk is full")}}, exitCode(notPublished)},
	} {
		t.Run(name, func(t *testing.T) {
			if got := verdict(test.results); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestWhatToTypeNextIsQuoted(t *testing.T) {
	w := wish{reports: []string{"licenses", "guests=/users?$filter=userType eq 'Guest'"}, date: "2026-11-24", scope: run.ScopeFailed, out: "my reports"}
	want := `handler night -report licenses -report 'guests=/users?$filter=userType eq '\''Guest'\''' -date 2026-11-24 -scope failed -out 'my reports'`
	if got := w.command(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
