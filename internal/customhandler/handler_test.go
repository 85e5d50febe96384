package customhandler_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tenantrollup/internal/customhandler"
)

// call posts an envelope to the only function and returns the answer,
// which must be a JSON object with its content type whatever happened.
func call(t *testing.T, log io.Writer, method, path, body string, f customhandler.Func) (int, map[string]any) {
	t.Helper()
	logger := slog.New(slog.NewJSONHandler(log, nil))
	h := customhandler.New(logger, map[string]customhandler.Func{"nightly": f})
	r := httptest.NewRequest(method, "http://127.0.0.1"+path, strings.NewReader(body))
	r.Header.Set("X-Azure-Functions-InvocationId", "7d2f0c4e")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if got := w.Header().Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type = %q, want application/json", got)
	}
	var answer map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || answer == nil {
		t.Fatalf("answer %q is not a JSON object: %v", w.Body, err)
	}
	return w.Code, answer
}

func succeed(context.Context, *customhandler.Invocation) (customhandler.Result, error) {
	return customhandler.Result{}, nil
}

func TestAnswers(t *testing.T) {
	tests := []struct {
		rule, method, path, body string
		status                   int
		says                     string
	}{
		{"the host's probe is answered at once", "GET", "/", "", 200, ""},
		{"an invocation that succeeds is answered with 200", "POST", "/nightly", `{"Data":{},"Metadata":{}}`, 200, ""},
		{"an unknown function is answered with the known ones", "POST", "/nightlY", `{}`, 404, "there are nightly"},
		{"a trailing slash is unknown, not redirected", "POST", "/nightly/", `{}`, 404, `no function at "/nightly/"`},
		{"a doubled slash is unknown, not redirected", "POST", "//nightly", `{}`, 404, `no function at`},
		{"a dotted path is unknown, not redirected", "POST", "/x/../nightly", `{}`, 404, `no function at`},
		{"a function can't be called with GET", "GET", "/nightly", "", 405, "invoked by POST"},
		{"the root accepts no invocations", "POST", "/", `{}`, 404, "no function"},
		{"an empty body is refused", "POST", "/nightly", "", 400, "read the invocation of nightly: the body must be an object"},
		{"a null body is refused", "POST", "/nightly", "null", 400, "it is empty"},
		{"an array is refused", "POST", "/nightly", "[]", 400, "not a JSON object"},
		{"a torn body is refused", "POST", "/nightly", `{"Data":{`, 400, "unexpected end of JSON"},
		{"two bodies are refused", "POST", "/nightly", `{}{}`, 400, "after top-level value"},
		{"data that is not an object is named", "POST", "/nightly", `{"Data":[1]}`, 400, "member Data: not a JSON object"},
		{"metadata that is not an object is named", "POST", "/nightly", `{"Metadata":"x"}`, 400, "member Metadata: not a JSON object"},
		{"4 MiB are read", "POST", "/nightly", `{"Data":"` + strings.Repeat(" ", 4<<20-11) + `"}`, 200, ""},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			var log bytes.Buffer
			status, answer := call(t, &log, tt.method, tt.path, tt.body, succeed)
			if status != tt.status {
				t.Errorf("status = %d, want %d", status, tt.status)
			}
			message, _ := answer["error"].(string)
			if !strings.Contains(message, tt.says) || (message == "") != (status == 200) {
				t.Errorf("error = %q, want one with %q", message, tt.says)
			}
			if lines := strings.Count(log.String(), "\n"); status != 200 && lines != 1 {
				t.Errorf("%d log lines, want 1: the host throws the answer's text away\n%s", lines, &log)
			}
		})
	}
}

func TestAnEnvelopeThatIsTooLarge(t *testing.T) {
	envelope := `{"Data":"` + strings.Repeat(" ", 4<<20-10) + `"}`
	triggers := map[string]func(*customhandler.Invocation) error{
		"timer": func(inv *customhandler.Invocation) error { _, err := inv.Timer("timer"); return err },
		"queue": func(inv *customhandler.Invocation) error { _, err := inv.Queue("message"); return err },
		"HTTP":  func(inv *customhandler.Invocation) error { _, err := inv.HTTP("req"); return err },
	}
	for trigger, read := range triggers {
		t.Run("is reported to the reader of the "+trigger+" trigger", func(t *testing.T) {
			status, _ := call(t, io.Discard, "POST", "/nightly", envelope, func(_ context.Context, inv *customhandler.Invocation) (customhandler.Result, error) {
				if err := read(inv); !errors.Is(err, customhandler.ErrTooLarge) {
					t.Errorf("error %v, want ErrTooLarge", err)
				}
				return customhandler.Result{}, nil
			})
			if status != http.StatusOK {
				t.Errorf("status %d, want the function to decide", status)
			}
		})
	}
}

func respondWith(header string) customhandler.Func {
	return func(context.Context, *customhandler.Invocation) (customhandler.Result, error) {
		var result customhandler.Result
		result.Respond("res", customhandler.Response{Header: map[string]string{"X-Name": header}})
		return result, nil
	}
}

func TestFailures(t *testing.T) {
	type fields = map[string]any
	tests := []struct {
		rule string
		f    customhandler.Func
		says string
	}{
		{"an error is answered with its text", func(context.Context, *customhandler.Invocation) (customhandler.Result, error) {
			return customhandler.Result{}, errors.New("read vault contoso: no such secret")
		}, "read vault contoso: no such secret"},
		{"a panic is a failure", func(context.Context, *customhandler.Invocation) (customhandler.Result, error) {
			panic("second checkpoint")
		}, "function nightly panicked: second checkpoint"},
		{"a run-time error is a panic too", func(_ context.Context, inv *customhandler.Invocation) (customhandler.Result, error) {
			panic([]string{}[len(inv.Function)-len("nightly")])
		}, "function nightly panicked: runtime error: index out of range [0]"},
		{"a bare string output could be taken for base64", func(context.Context, *customhandler.Invocation) (customhandler.Result, error) {
			return customhandler.Result{Outputs: fields{"messages": "tenant01"}}, nil
		}, `output "messages" is a bare string`},
		{"a header with a line break", respondWith("a\r\nX-Other: b"), "header X-Name holds a character"},
		{"a header that is not ASCII", respondWith("Škoda"), "header X-Name holds a character"},
		{"an output that does not encode", func(context.Context, *customhandler.Invocation) (customhandler.Result, error) {
			return customhandler.Result{Outputs: fields{"messages": make(chan int)}}, nil
		}, "answer of nightly"},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			var log bytes.Buffer
			status, answer := call(t, &log, "POST", "/nightly", "{}", tt.f)
			if message, _ := answer["error"].(string); status != http.StatusInternalServerError || !strings.Contains(message, tt.says) {
				t.Errorf("answer %d %v, want 500 with %q", status, answer, tt.says)
			}
			var line fields
			if err := json.Unmarshal(log.Bytes(), &line); err != nil {
				t.Fatalf("want one JSON log line: %v\n%s", err, &log)
			}
			if line["level"] != "ERROR" || line["invocation"] != "7d2f0c4e" || line["function"] != "nightly" || line["error"] != answer["error"] {
				t.Errorf("log line %v, want an error with invocation, function and the answer's text", line)
			}
			stack, _ := line["stack"].(string)
			if panicked := strings.Contains(tt.says, "panicked"); panicked != strings.Contains(stack, "handler_test.go") {
				t.Errorf("stack = %q, want the place of a panic and nothing else", stack)
			}
		})
	}
}

func TestInvocation(t *testing.T) {
	var log bytes.Buffer
	body := `{"Data":{},"Metadata":{"RetryContext":{"RetryCount":"2","MaxRetryCount":"5","Exception":null},"sys":{"MethodName":"nightly"}}}`
	call(t, &log, "POST", "/nightly", body, func(_ context.Context, inv *customhandler.Invocation) (customhandler.Result, error) {
		if inv.Function != "nightly" {
			t.Errorf("invocation of %q, want nightly", inv.Function)
		}
		inv.Log.Info("ran")
		return customhandler.Result{}, nil
	})
	if got := log.String(); !strings.Contains(got, `"msg":"ran","invocation":"7d2f0c4e","function":"nightly"`) {
		t.Errorf("log %s, want the invocation and the function on the line", got)
	}
}

func TestResult(t *testing.T) {
	t.Run("an empty result is still an object with all three members", func(t *testing.T) {
		_, answer := call(t, io.Discard, "POST", "/nightly", "{}", succeed)
		got, _ := json.Marshal(answer)
		if want := `{"Logs":[],"Outputs":{},"ReturnValue":null}`; string(got) != want {
			t.Errorf("answer %s, want %s", got, want)
		}
	})
	t.Run("messages are texts in an array, a response is an object with a text", func(t *testing.T) {
		_, answer := call(t, io.Discard, "POST", "/nightly", "{}", func(context.Context, *customhandler.Invocation) (customhandler.Result, error) {
			var result customhandler.Result
			for _, date := range []string{"2026-11-23", "2026-11-24"} {
				if err := result.Enqueue("messages", map[string]string{"date": date}); err != nil {
					t.Error(err)
				}
			}
			result.Respond("res", customhandler.Response{Status: 202, Header: map[string]string{"Content-Type": "application/json"}, Body: `{"at":"2026-11-24T01:00:00Z"}`})
			return result, nil
		})
		got, _ := json.Marshal(answer["Outputs"])
		want := `{"messages":["{\"date\":\"2026-11-23\"}","{\"date\":\"2026-11-24\"}"],` +
			`"res":{"body":"{\"at\":\"2026-11-24T01:00:00Z\"}","headers":{"Content-Type":"application/json"},"statusCode":202}}`
		if string(got) != want {
			t.Errorf("outputs\n%s\nwant\n%s", got, want)
		}
	})
	for rule, message := range map[string]any{
		"a text is not a message":   "tenant01",
		"a list is not a message":   []int{1},
		"a channel does not encode": make(chan int),
	} {
		t.Run(rule, func(t *testing.T) {
			var result customhandler.Result
			if err := result.Enqueue("messages", message); err == nil || !strings.Contains(err.Error(), "message for messages") {
				t.Errorf("error %v, want one that names the binding", err)
			}
			if len(result.Outputs) != 0 {
				t.Errorf("outputs %v, want none", result.Outputs)
			}
		})
	}
}
