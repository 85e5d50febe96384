package functionshost_test

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"tenantrollup/internal/standin/functionshost"
)

func alive(pid int) bool {
	p, err := os.FindProcess(pid)
	return err == nil && p.Signal(syscall.Signal(0)) == nil
}

func TestL1StoppedHostKillsItsHandlerWhenTheWorkIsDone(t *testing.T) {
	for name, message := range map[string]string{"idle": "", "during short work": `{"millis":100}`} {
		t.Run(name, func(t *testing.T) {
			p := newProject(t)
			p.clocks.StopLimit = 5 * time.Second
			h := p.start(t)
			before := h.PID()
			if message != "" {
				h.Enqueue("work", message)
				p.console.calls(t, 1)
			}
			if err := h.StopHost(t.Context()); err != nil {
				t.Fatal(err)
			}
			if alive(before) || len(h.LeftBehind()) > 0 {
				t.Errorf("the handler lives on")
			}
			wantIdle(t, h)
			if message != "" {
				wantOutcomes(t, h, functionshost.Succeeded)
			}
			if strings.Contains(p.console.all(), "SIGTERM") {
				t.Error("it was told to stop")
			}
		})
	}
}

func TestL2HandlerLivesOn(t *testing.T) {
	for name, end := range map[string]func(*functionshost.Host, *testing.T) error{
		"when its host stops during long work": func(h *functionshost.Host, t *testing.T) error { return h.StopHost(t.Context()) },
		"when its host is killed":              func(h *functionshost.Host, t *testing.T) error { return h.KillHost(t.Context()) },
	} {
		t.Run(name, func(t *testing.T) {
			p := newProject(t)
			p.clocks.StopLimit, p.clocks.Window = 20*time.Millisecond, 500*time.Millisecond
			p.settings["REPORT_TO"] = t.TempDir()
			h := p.start(t)
			began, before := time.Now(), h.PID()
			h.Enqueue("work", `{"do":"until hung up"}`)
			p.console.calls(t, 1)
			if err := end(h, t); err != nil {
				t.Fatal(err)
			}
			left := h.LeftBehind()
			if len(left) != 1 || left[0].PID != before || h.PID() == before {
				t.Fatalf("left %v, was %d, is %d", left, before, h.PID())
			}

			var told struct{ Stdout, Stderr string }
			await(t, "its report", func() bool {
				text, err := os.ReadFile(p.settings["REPORT_TO"] + "/report")
				return err == nil && json.Unmarshal(text, &told) == nil
			})
			if !strings.Contains(told.Stdout, "broken pipe") || !strings.Contains(told.Stderr, "broken pipe") {
				t.Errorf("it printed %+v", told)
			}
			answer, err := http.Get(left[0].URL)
			if err != nil {
				t.Fatalf("it serves no more: %v", err)
			}
			answer.Body.Close()
			http.DefaultClient.CloseIdleConnections()

			wantIdle(t, h) // delivered again when the window is over
			all := h.Invocations()
			if last := all[len(all)-1]; last.Attempt != 2 || last.Started.Sub(began) < p.clocks.Window {
				t.Errorf("delivered again after %s: %+v", last.Started.Sub(began), last)
			}
			wantOutcomes(t, h, functionshost.Lost, functionshost.Succeeded)
			if err := h.Close(); err != nil || alive(before) {
				t.Errorf("%v, and the handler lives: %v", err, alive(before))
			}
		})
	}
}

func TestL7TimerWritesItsStatusWhenTheRunIsOver(t *testing.T) {
	p := newProject(t)
	p.settings["TIMER"] = `{"do": "fail once"}`
	h := p.start(t)
	for _, fire := range []func() error{
		func() error { return h.FireTimer(t.Context(), "nightly", due, false) },
		func() error {
			return h.FireMissed(t.Context(), "nightly", due.AddDate(0, 0, 1), due.AddDate(0, 0, 2), due.AddDate(0, 0, 3))
		},
	} {
		if err := fire(); err != nil {
			t.Fatal(err)
		}
	}
	var last, next []string
	for _, call := range p.console.calls(t, 4) {
		var timer struct {
			ScheduleStatus struct{ Last, Next string }
		}
		if err := json.Unmarshal(call.Data["timer"], &timer); err != nil {
			t.Fatal(err)
		}
		last, next = append(last, timer.ScheduleStatus.Last[:10]), append(next, timer.ScheduleStatus.Next[:10])
	}
	if got := strings.Join(last, " "); got != "0001-01-01 0001-01-01 2026-11-24 2026-11-24" {
		t.Errorf("Last: %s", got)
	}
	if got := strings.Join(next, " "); got != "2026-11-24 2026-11-24 2026-11-25 2026-11-25" {
		t.Errorf("three missed nights fire once, for the first of them: Next: %s", got)
	}
}

func TestL8ChangedScheduleFiresNothingForMissedNights(t *testing.T) {
	p := newProject(t)
	p.settings["NIGHTLY_SCHEDULE"] = "0 0 2 * * *" // another host id does the same
	h := p.start(t)
	if err := h.FireMissed(t.Context(), "nightly", due, due.AddDate(0, 0, 1)); err != nil {
		t.Fatal(err)
	}
	p.console.calls(t, 0)
	if err := h.FireTimer(t.Context(), "nightly", due.AddDate(0, 0, 2), false); err != nil {
		t.Fatal(err)
	}
	if timer := string(p.console.calls(t, 1)[0].Data["timer"]); !strings.Contains(timer, `"Last":"0001-01-01`) {
		t.Errorf("timer %s", timer)
	}
}

func TestL9StartByHand(t *testing.T) {
	start := func(t *testing.T, p *project, key func(*functionshost.Host) string) int {
		t.Helper()
		h := p.start(t)
		status, _, _ := do(t, h, "POST", "/admin/functions/nightly?code="+key(h), strings.NewReader(`{"input":""}`))
		return status
	}
	t.Run("accepts only the master key", func(t *testing.T) {
		for want, key := range map[int]func(*functionshost.Host) string{
			202: (*functionshost.Host).MasterKey,
			401: func(h *functionshost.Host) string { return h.FunctionKey("nightly") },
		} {
			if got := start(t, newProject(t), key); got != want {
				t.Errorf("status %d, want %d", got, want)
			}
		}
	})
	t.Run("runs a disabled function", func(t *testing.T) {
		p := newProject(t)
		p.settings["AzureWebJobs.nightly.Disabled"] = "true"
		if got := start(t, p, (*functionshost.Host).MasterKey); got != 202 {
			t.Errorf("status %d", got)
		}
		p.console.calls(t, 1)
	})
	t.Run("is 202 even for a function in error, which does not run", func(t *testing.T) {
		p := newProject(t)
		delete(p.settings, "NIGHTLY_SCHEDULE")
		if got := start(t, p, (*functionshost.Host).MasterKey); got != 202 {
			t.Errorf("status %d", got)
		}
		p.console.calls(t, 0)
	})
}
