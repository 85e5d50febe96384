package functionshost_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/standin/functionshost"
)

var due = time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC)

func TestQueueEnvelope(t *testing.T) {
	p := newProject(t)
	h := p.start(t)
	h.Enqueue("work", `{"note":"a \"b\"","run":"x","millis":1,"id":"mine","list":[1],"none":null,"myTrigger":"t"}`)
	wantIdle(t, h)
	call := p.console.calls(t, 1)[0]

	t.Run("the text is a JSON string within a JSON string", func(t *testing.T) {
		var once, text string
		if err := json.Unmarshal(call.Data["msg"], &once); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(once), &text); err != nil || !strings.HasPrefix(text, `{"note":"a \"b\""`) {
			t.Errorf("%v: %s", err, once)
		}
	})
	t.Run("numbers are strings, strings are quoted twice, dates once", func(t *testing.T) {
		if got := string(call.Metadata["DequeueCount"]); got != `"1"` {
			t.Errorf("DequeueCount %s", got)
		}
		if got := string(call.Metadata["PopReceipt"]); !strings.HasPrefix(got, `"\"`) {
			t.Errorf("PopReceipt %s", got)
		}
		if got := string(call.Metadata["InsertionTime"]); !strings.HasSuffix(got, `+00:00"`) {
			t.Errorf("InsertionTime %s", got)
		}
	})
	t.Run("a message's fields are laid over the metadata", func(t *testing.T) {
		for name, want := range map[string]string{"run": `"\"x\""`, "id": `"\"mine\""`, "millis": `"1"`, "Id": "", "list": "", "none": "", "myTrigger": ""} {
			if got := string(call.Metadata[name]); got != want {
				t.Errorf("%s is %s, want %s", name, got, want)
			}
		}
	})
	t.Run("headers and a chunked body, as the host sends them", func(t *testing.T) {
		id := call.Header.Get("X-Azure-Functions-InvocationId")
		if id == "" || id != h.Invocations()[0].ID || call.Header.Get("X-Azure-Functions-HostVersion") == "" {
			t.Errorf("headers %v", call.Header)
		}
		if !call.Chunked || !strings.HasPrefix(call.Header.Get("Content-Type"), "application/json") {
			t.Errorf("chunked %v, headers %v", call.Chunked, call.Header)
		}
	})
}

func TestTimerEnvelope(t *testing.T) {
	p := newProject(t)
	h := p.start(t)
	if err := h.FireTimer(t.Context(), "nightly", due, false); err != nil {
		t.Fatal(err)
	}
	if err := h.FireTimer(t.Context(), "nightly", due.AddDate(0, 0, 1), true); err != nil {
		t.Fatal(err)
	}
	for _, next := range []time.Time{due.AddDate(0, 0, 2), {}} {
		if err := h.StartTimer(t.Context(), "nightly", next); err != nil {
			t.Fatal(err)
		}
	}
	var infos []string
	for _, call := range p.console.calls(t, 4) {
		infos = append(infos, string(call.Data["timer"]))
	}
	for i, test := range []struct {
		rule  string
		parts []string
	}{
		{"E3 the first run: year 1, with the zone", []string{`"Last":"0001-01-01T00:00:00+00:00"`, `"Next":"2026-11-24T01:00:00+00:00"`, `"IsPastDue":false`}},
		{"a late one: the occurrence that was missed", []string{`"Last":"2026-11-24T01:00:00+00:00"`, `"Next":"2026-11-25T01:00:00+00:00"`, `"IsPastDue":true`}},
		{"by hand: the coming occurrence", []string{`"Last":"2026-11-25T01:00:00+00:00"`, `"Next":"2026-11-26T01:00:00+00:00"`, `"IsPastDue":false`}},
		{"by hand if no status was ever written: null", []string{`"ScheduleStatus":null`, `"AdjustForDST":true`}},
	} {
		for _, part := range test.parts {
			if !strings.Contains(infos[i], part) {
				t.Errorf("%s: %s lacks %s", test.rule, infos[i], part)
			}
		}
	}
}

func TestTimerRetries(t *testing.T) {
	t.Run("E1 E2 every attempt has a RetryContext, and those of a scheduled run share an id", func(t *testing.T) {
		p := newProject(t)
		p.settings["TIMER"] = `{"do": "fail once"}`
		h := p.start(t)
		if err := h.FireTimer(t.Context(), "nightly", due, false); err != nil {
			t.Fatal(err)
		}
		wantOutcomes(t, h, functionshost.Failed, functionshost.Succeeded)
		all, calls := h.Invocations(), p.console.calls(t, 2)
		if all[0].ID != all[1].ID || all[1].Attempt != 1 {
			t.Errorf("attempts %+v", all)
		}
		first, second := string(calls[0].Metadata["RetryContext"]), string(calls[1].Metadata["RetryContext"])
		if first != `{"Exception":null,"Instance":null,"MaxRetryCount":2,"RetryCount":0,"State":{}}` {
			t.Errorf("first %s", first)
		}
		if !strings.Contains(second, `"RetryCount":1`) || !strings.Contains(second, `"Exception":{"ClassName"`) || len(second) < 2<<10 {
			t.Errorf("second %s", second)
		}
	})
	t.Run("E2 each attempt of a start by hand has its own id", func(t *testing.T) {
		p := newProject(t)
		p.settings["TIMER"] = `{"do": "fail once"}`
		h := p.start(t)
		if err := h.StartTimer(t.Context(), "nightly", due); err != nil {
			t.Fatal(err)
		}
		if all := h.Invocations(); len(all) != 2 || all[0].ID == all[1].ID {
			t.Errorf("attempts %+v", all)
		}
	})
	t.Run("they end with maxRetryCount", func(t *testing.T) {
		p := newProject(t)
		p.settings["TIMER"] = `{"do": "fail"}`
		h := p.start(t)
		if err := h.FireTimer(t.Context(), "nightly", due, false); err == nil {
			t.Fatal("no error")
		}
		wantOutcomes(t, h, functionshost.Failed, functionshost.Failed, functionshost.Failed)
		wantIdle(t, h)
	})
}

func TestE3TimerStartedByHand(t *testing.T) {
	p := newProject(t)
	h := p.start(t)
	if err := h.FireTimer(t.Context(), "nightly", due, false); err != nil {
		t.Fatal(err)
	}
	if err := h.StartTimer(t.Context(), "nightly", due.AddDate(0, 0, 1)); err != nil {
		t.Fatal(err)
	}
	call := p.console.calls(t, 2)[1]
	if timer := string(call.Data["timer"]); !strings.Contains(timer, `"IsPastDue":false`) || !strings.Contains(timer, `"Last":"2026-11-24`) || !strings.Contains(timer, `"Next":"2026-11-25`) {
		t.Errorf("timer %s", timer)
	}
	if got := string(call.Metadata["timer"]); got != `"\"\""` {
		t.Errorf("Metadata.timer %s", got)
	}
	t.Run("sub-minute schedules have no status", func(t *testing.T) {
		p := newProject(t)
		p.settings["NIGHTLY_SCHEDULE"] = "*/10 * * * * *"
		if err := p.start(t).FireTimer(t.Context(), "nightly", due, false); err != nil {
			t.Fatal(err)
		}
		if timer := string(p.console.calls(t, 1)[0].Data["timer"]); !strings.Contains(timer, `"ScheduleStatus":null`) {
			t.Errorf("timer %s", timer)
		}
	})
}

func TestE7MessageOverwritesTheHostsMetadata(t *testing.T) {
	p := newProject(t)
	h := p.start(t)
	h.Enqueue("work", `{"Id":"mine","dequeuecount":7,"sys":{"a":1},"RetryContext":"x","at":"2024-04-06T15:30:00Z","list":[1],"none":null}`)
	wantIdle(t, h)
	metadata := p.console.calls(t, 1)[0].Metadata
	for name, want := range map[string]string{
		"Id": `"\"mine\""`, "dequeuecount": `"7"`, "DequeueCount": "", "sys": `{"a":1}`, "RetryContext": `"\"x\""`,
		"at": `"\"04/06/2024 15:30:00\""`, "list": "", "none": "",
	} {
		if string(metadata[name]) != want {
			t.Errorf("%s is %s, want %s", name, metadata[name], want)
		}
	}
}

func TestQueueOutput(t *testing.T) {
	for _, test := range []struct {
		name, value string
		want        []string
	}{
		{"Q1 a JSON object in a string is rewritten", `"{\"b\":1, \"a\":[1e3,1.50,\"2024-04-06T15:30:00Z\"]}"`,
			[]string{"{\n  \"b\": 1,\n  \"a\": [\n    1000.0,\n    1.5,\n    \"2024-04-06T15:30:00Z\"\n  ]\n}"}},
		{"Q2 in an array it is unchanged", `["{\"b\":1, \"a\":1e3}"]`, []string{`{"b":1, "a":1e3}`}},
		{"Q3 a JSON array in a string is one message per element, rewritten", `"[{\"a\":1},2]"`, []string{"{\n  \"a\": 1\n}", "2"}},
		{"Q4 a string that decodes as base64 arrives as its bytes", `"dGVuYW50"`, []string{"tenant"}},
		{"Q4 tenant01 decodes, too", `"tenant01"`, []string{"\xb5\xe9\xda\x9e\xdd5"}},
		{"Q4 and true", `"true"`, []string{"\xb6\xbb\x9e"}},
		{"Q4 in an array it is unchanged", `["tenant01","true"]`, []string{"tenant01", "true"}},
		{"Q5 a date is printed", `"2024-04-06T15:30:00Z"`, []string{"04/06/2024 15:30:00"}},
		{"Q6 an empty string is no message", `""`, nil},
		{"Q6 null is no message", `null`, nil},
		{"Q6 an empty array is no message", `[]`, nil},
		{"Q6 nor is null or an empty string in an array", `[null,"","a"]`, []string{"a"}},
		{"Q6 names are case-sensitive", `null,"Out":"{}"`, nil},
		{"Q7 true", `true`, []string{"True"}},
		{"Q7 a number", `5`, []string{"5"}},
		{"Q7 an object is indented", `{"a":{}}`, []string{"{\n  \"a\": {}\n}"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := newProject(t).start(t)
			h.Enqueue("work", `{"outputs":{"ignored":"x","out":`+test.value+`}}`)
			wantIdle(t, h)
			var got []string
			for _, m := range h.Messages("results") {
				got = append(got, m.Text)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	t.Run("Q8 49,152 bytes fit", func(t *testing.T) {
		h := newProject(t).start(t)
		body := `{"outputs":{"out":["` + strings.Repeat("-", 49_152) + `"]}}`
		if got := post(t, h, "runs", body, h.HostKey()); got != 200 || len(h.Messages("results")) != 1 {
			t.Errorf("status %d, %d messages", got, len(h.Messages("results")))
		}
	})
	t.Run("Q8 one byte more fails the invocation, and earlier elements stay queued", func(t *testing.T) {
		h := newProject(t).start(t)
		body := `{"outputs":{"out":["first","` + strings.Repeat("-", 49_153) + `"]}}`
		if got := post(t, h, "runs", body, h.HostKey()); got != 500 || len(h.Messages("results")) != 1 {
			t.Errorf("status %d, %d messages", got, len(h.Messages("results")))
		}
	})
	t.Run("Q9 a message that is not UTF-8 never reaches the handler", func(t *testing.T) {
		p := newProject(t)
		h := p.start(t)
		h.Enqueue("work", "\xb6\xbb\x9e")
		wantIdle(t, h)
		wantOutcomes(t, h, "not UTF-8", "not UTF-8", "not UTF-8")
		if p.console.calls(t, 0); len(h.Poison("work")) != 1 {
			t.Errorf("poison %v", h.Poison("work"))
		}
	})
	t.Run("Q10 a message that is not base64 is poison at once, unchanged", func(t *testing.T) {
		h := newProject(t).start(t)
		h.EnqueueRaw("work", `{"a":1}`)
		wantIdle(t, h)
		if poison := h.Poison("work"); len(poison) != 1 || poison[0].Text != `{"a":1}` || len(h.Invocations()) != 0 {
			t.Errorf("poison %v after %v", poison, h.Invocations())
		}
	})
	t.Run("a timer's output starts the function that reads the queue", func(t *testing.T) {
		p := newProject(t)
		p.settings["TIMER"] = `{"outputs":{"out":["{\"outputs\":{\"out\":\"done!\"}}"]}}`
		h := p.start(t)
		if err := h.FireTimer(t.Context(), "nightly", due, false); err != nil {
			t.Fatal(err)
		}
		wantIdle(t, h)
		if got := h.Messages("results"); len(got) != 1 || got[0].Text != "done!" {
			t.Errorf("results %v", got)
		}
	})
}

func TestFunctions(t *testing.T) {
	fire := func(t *testing.T, p *project) error {
		return p.start(t).FireTimer(t.Context(), "nightly", due, false)
	}
	for _, test := range []struct {
		name, want string
		change     func(t *testing.T, p *project)
	}{
		{"a schedule whose setting is missing disables its function", "%NIGHTLY_SCHEDULE% does not resolve",
			func(t *testing.T, p *project) { delete(p.settings, "NIGHTLY_SCHEDULE") }},
		{"so does the switch in the settings", "disabled",
			func(t *testing.T, p *project) { p.settings["AzureWebJobs.nightly.Disabled"] = "true" }},
		{"so do missing storage settings", "AzureWebJobsStorage",
			func(t *testing.T, p *project) { delete(p.settings, "AzureWebJobsStorage") }},
		{"a retry policy needs its interval", "retry",
			func(t *testing.T, p *project) {
				p.write(t, "nightly/function.json", strings.Replace(functionJSON["nightly"], "delayInterval", "delay", 1))
			}},
		{"an unknown binding is named", `"blob"`,
			func(t *testing.T, p *project) {
				p.write(t, "nightly/function.json", strings.Replace(functionJSON["nightly"], `"queue"`, `"blob"`, 1))
			}},
		{"queues need the extension bundle", "extensionBundle",
			func(t *testing.T, p *project) {
				p.write(t, "host.json", strings.Replace(hostJSON, "extensionBundle", "noBundle", 1))
			}},
		{"a deeper folder is not found", "no function",
			func(t *testing.T, p *project) {
				p.write(t, "function/deep/function.json", functionJSON["nightly"])
				if err := os.RemoveAll(filepath.Join(p.root, "nightly")); err != nil {
					t.Fatal(err)
				}
			}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newProject(t)
			test.change(t, p)
			if err := fire(t, p); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
	t.Run("the identity form of the storage settings is enough", func(t *testing.T) {
		p := newProject(t)
		delete(p.settings, "AzureWebJobsStorage")
		p.settings["AzureWebJobsStorage__accountName"] = "contoso"
		if err := fire(t, p); err != nil {
			t.Error(err)
		}
	})
	t.Run("Idle says which function keeps a message waiting", func(t *testing.T) {
		p := newProject(t)
		p.settings["AzureWebJobs.worker.Disabled"] = "true"
		h := p.start(t)
		h.Enqueue("work", "{}")
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		if err := h.Idle(ctx); err == nil || !strings.Contains(err.Error(), "function worker does not run: disabled") {
			t.Errorf("got %v", err)
		}
	})
}

func TestHostJSON(t *testing.T) {
	for name, test := range map[string]struct{ old, new, want string }{
		"another version":        {`"2.0"`, `"1.0"`, "version"},
		"forwarding of requests": {`"customHandler": {`, `"customHandler": {"enableForwardingHttpRequest": true, `, "enableForwardingHttpRequest"},
		"no executable":          {"defaultExecutablePath", "path", "defaultExecutablePath"},
		"a batch too large":      {`"batchSize": 1`, `"batchSize": 33`, "batchSize is 33"},
		"no delivery at all":     {`"maxDequeueCount": 3`, `"maxDequeueCount": -1`, "maxDequeueCount"},
		"a negative threshold":   {`"newBatchThreshold": 0`, `"newBatchThreshold": -1`, "newBatchThreshold"},
		"a broken time span":     {"00:10:00", "10m", `"10m" is not a time span`},
	} {
		t.Run(name+" is refused by name", func(t *testing.T) {
			p := newProject(t)
			p.write(t, "host.json", strings.Replace(hostJSON, test.old, test.new, 1))
			_, err := functionshost.Start(t.Context(), p.options(t))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
