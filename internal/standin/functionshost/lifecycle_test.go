package functionshost_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/standin/functionshost"
)

func idle(t *testing.T, h *functionshost.Host) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	return h.Idle(ctx)
}

func wantIdle(t *testing.T, h *functionshost.Host) {
	t.Helper()
	if err := idle(t, h); err != nil {
		t.Fatal(err)
	}
}

// outcomes are those of all invocations, and what the failed ones said.
func outcomes(h *functionshost.Host) string {
	var all []string
	for _, i := range h.Invocations() {
		text := i.Outcome
		if i.Err != nil {
			text += " (" + i.Err.Error() + ")"
		}
		all = append(all, text)
	}
	return strings.Join(all, "\n")
}

func wantOutcomes(t *testing.T, h *functionshost.Host, want ...string) {
	t.Helper()
	got := strings.Split(outcomes(h), "\n")
	if len(got) != len(want) {
		t.Fatalf("got %d outcomes, want %d:\n%s", len(got), len(want), strings.Join(got, "\n"))
	}
	for i, part := range want {
		if !strings.Contains(got[i], part) {
			t.Errorf("outcome %d is %q, want %q", i, got[i], part)
		}
	}
}

// await polls until a condition of the handler's process holds.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("timed out waiting for %s", what)
		}
	}
}

// awaitAnother waits until the host has noticed that the handler is gone.
func awaitAnother(t *testing.T, h *functionshost.Host, before int) {
	t.Helper()
	await(t, "another handler", func() bool { return h.PID() != 0 && h.PID() != before })
}

func TestAnswers(t *testing.T) {
	for _, test := range []struct{ name, order, want string }{
		{"a status other than 2xx fails the invocation", `{"do":"fail"}`, "500"},
		{"an answer that is not labelled JSON fails it", `{"do":"text"}`, "is not JSON"},
		{"an answer that is not an object fails it", `{"do":"array"}`, "invalid HttpResponseMessage"},
		{"null leaves the invocation open until functionTimeout", `{"do":"null"}`, "timeout value of 200ms exceeded"},
		{"so does an empty answer", `{"do":"empty"}`, "timeout value of 200ms exceeded"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newProject(t)
			p.write(t, "host.json", strings.Replace(hostJSON, `"maxDequeueCount": 3`, `"maxDequeueCount": 1`, 1))
			p.clocks.FunctionTimeout = 200 * time.Millisecond
			h := p.start(t)
			h.Enqueue("work", test.order)
			wantIdle(t, h)
			wantOutcomes(t, h, test.want)
			if poison := h.Poison("work"); len(poison) != 1 || poison[0].Text != test.order {
				t.Errorf("poison: %v", poison)
			}
		})
	}
}

func TestFunctionTimeout(t *testing.T) {
	noRetry := strings.Replace(functionJSON["nightly"], `"retry"`, `"no retry"`, 1)
	t.Run("kills the handler and with it its other invocations", func(t *testing.T) {
		p := newProject(t)
		p.settings["TIMER"] = `{"millis": 60000}`
		p.write(t, "nightly/function.json", noRetry)
		p.clocks.FunctionTimeout = 2 * time.Second
		h := p.start(t)
		fired := make(chan error, 1)
		go func() { fired <- h.FireTimer(t.Context(), "nightly", due, false) }()
		p.console.calls(t, 1)
		time.Sleep(p.clocks.FunctionTimeout / 2) // the message's own timeout comes after the kill
		h.Enqueue("work", `{"do": "hang once"}`)
		if err := <-fired; err == nil || !strings.Contains(err.Error(), "timeout value of 2s exceeded") {
			t.Errorf("got %v", err)
		}
		wantIdle(t, h)
		wantOutcomes(t, h, "exceeded", functionshost.Failed+" (invocation of worker: Post", functionshost.Succeeded)
	})
	t.Run("is not a crash", func(t *testing.T) {
		p := newProject(t)
		p.settings["TIMER"] = `{"millis": 60000}`
		p.write(t, "nightly/function.json", noRetry)
		p.clocks.FunctionTimeout = 50 * time.Millisecond
		h := p.start(t)
		for range 4 {
			if err := h.FireTimer(t.Context(), "nightly", due, false); err == nil {
				t.Fatal("no error")
			}
		}
		if status := post(t, h, "runs", `{}`, h.HostKey()); status != 200 {
			t.Fatalf("status %d", status)
		}
	})
	t.Run("an invocation that ends within the grace fails but costs no process", func(t *testing.T) {
		p := newProject(t)
		p.settings["TIMER"] = `{"millis": 150}`
		p.write(t, "nightly/function.json", noRetry)
		p.clocks.FunctionTimeout, p.clocks.Grace = 50*time.Millisecond, 10*time.Second
		h := p.start(t)
		first := h.PID()
		err := h.StartTimer(t.Context(), "nightly", time.Time{})
		if err == nil || !strings.Contains(err.Error(), "exceeded") {
			t.Fatalf("got %v", err)
		}
		if h.PID() != first {
			t.Error("the handler was replaced")
		}
	})
}

func TestCrashes(t *testing.T) {
	t.Run("a crashed handler is started again and the message comes back", func(t *testing.T) {
		p := newProject(t)
		h := p.start(t)
		h.Enqueue("work", `{"do": "hang once"}`)
		p.console.calls(t, 1)
		if err := h.KillHandler(); err != nil {
			t.Fatal(err)
		}
		wantIdle(t, h)
		wantOutcomes(t, h, functionshost.Failed, functionshost.Succeeded)
		if all := h.Invocations(); all[1].Attempt != 2 || all[0].ID == all[1].ID {
			t.Errorf("second delivery: %+v", all[1])
		}
	})
	t.Run("L3 the third crash stops the host, which has released the message by then", func(t *testing.T) {
		p := newProject(t)
		p.write(t, "host.json", strings.Replace(hostJSON, `"maxDequeueCount": 3`, `"maxDequeueCount": 10`, 1))
		h := p.start(t)
		h.Enqueue("work", `{"do": "exit", "code": 2}`)
		err := idle(t, h)
		if err == nil || !strings.Contains(err.Error(), "restart retry count") || !strings.Contains(err.Error(), "exit status 2") {
			t.Fatalf("got %v", err)
		}
		await(t, "the message to be released", func() bool {
			left := h.Messages("work")
			return len(left) == 1 && time.Until(left[0].Visible) < p.clocks.VisibilityTimeout
		})
		if status := post(t, h, "runs", `{}`, h.HostKey()); status != 502 {
			t.Errorf("status %d of a stopped host", status)
		}
	})
	t.Run("crashes far apart do not add up", func(t *testing.T) {
		p := newProject(t)
		p.clocks.CrashGap = time.Nanosecond
		h := p.start(t)
		for range 4 {
			before := h.PID()
			await(t, "a handler to kill", func() bool { return h.KillHandler() == nil })
			awaitAnother(t, h, before)
		}
		if status := post(t, h, "runs", `{}`, h.HostKey()); status != 200 {
			t.Errorf("status %d", status)
		}
	})
	t.Run("exit code 200 is intended and does not count", func(t *testing.T) {
		p := newProject(t)
		h := p.start(t)
		for range 4 {
			before := h.PID()
			post(t, h, "runs", `{"do": "exit", "code": 200}`, h.HostKey())
			awaitAnother(t, h, before)
		}
		if status := post(t, h, "runs", `{}`, h.HostKey()); status != 200 {
			t.Errorf("status %d", status)
		}
	})
	t.Run("after exit code 0 every invocation is refused a connection", func(t *testing.T) {
		p := newProject(t)
		h := p.start(t)
		h.Enqueue("work", `{"do": "exit", "code": 0}`)
		wantIdle(t, h)
		wantOutcomes(t, h, functionshost.Failed, "connection refused", "connection refused")
		if len(h.Poison("work")) != 1 {
			t.Error("not poison")
		}
	})
	t.Run("a handler that cannot start fails Start with its last words", func(t *testing.T) {
		p := newProject(t)
		p.settings["AT_START"] = "fail"
		_, err := functionshost.Start(t.Context(), p.options(t))
		if err == nil || !strings.Contains(err.Error(), "cannot start: no vault") {
			t.Fatalf("got %v", err)
		}
	})
	t.Run("a handler that never answers is given up", func(t *testing.T) {
		p := newProject(t)
		p.write(t, "host.json", strings.Replace(hostJSON, `"00:00:05"`, `"00:00:00.05"`, 1))
		p.settings["AT_START"] = "sleep"
		_, err := functionshost.Start(t.Context(), p.options(t))
		if err == nil || !strings.Contains(err.Error(), "timed out") {
			t.Fatalf("got %v", err)
		}
	})
}

func TestLoseHost(t *testing.T) {
	p := newProject(t)
	p.settings["TIMER"] = `{"do": "hang once"}`
	p.clocks.Window = 400 * time.Millisecond
	h := p.start(t)
	began := time.Now()
	h.Enqueue("work", `{"do": "hang once"}`)
	fired := make(chan error, 1)
	go func() { fired <- h.FireTimer(t.Context(), "nightly", due, false) }()
	p.console.calls(t, 2)
	if err := h.LoseHost(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-fired; err == nil {
		t.Error("the lost run of the timer reports success")
	}
	wantIdle(t, h)

	again := map[string]seen{}
	calls := p.console.calls(t, 4)
	for _, call := range calls[2:] {
		again[call.Function] = call
		if call.PID == calls[0].PID {
			t.Error("the new instance has the old handler")
		}
	}
	t.Run("L7 the timer fires again when the lease is over, past due, with its own Next", func(t *testing.T) {
		timer := string(again["nightly"].Data["timer"])
		if !strings.Contains(timer, `"IsPastDue":true`) || !strings.Contains(timer, `"Next":"2026-11-24T01:00:00+00:00"`) {
			t.Errorf("got %s", timer)
		}
	})
	t.Run("the message comes back when its window ends, not before", func(t *testing.T) {
		if count := string(again["worker"].Metadata["DequeueCount"]); count != `"2"` {
			t.Errorf("delivery %s", count)
		}
		for _, i := range h.Invocations() {
			if after := i.Started.Sub(began); i.Function == "worker" && i.Attempt == 2 && after < p.clocks.Window {
				t.Errorf("came back after %s", after)
			}
		}
	})
	wantOutcomes(t, h, functionshost.Lost, functionshost.Lost, functionshost.Succeeded, functionshost.Succeeded)
}

func TestConsoleKeepsLinesWhole(t *testing.T) {
	p := newProject(t)
	h := p.start(t)
	for range 20 {
		h.Enqueue("work", `{"note": "`+strings.Repeat("x", 20_000)+`"}`)
	}
	wantIdle(t, h)
	p.console.calls(t, 20)
	for line := range bytes.Lines(p.console.text.Bytes()) {
		if !bytes.HasPrefix(line, []byte("{")) || !bytes.HasSuffix(line, []byte("}\n")) {
			t.Fatalf("broken line %.40q", line)
		}
	}
}
