package functionshost_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tenantrollup/internal/standin/functionshost"
)

// The test binary is its own handler: if a host starts it, it serves.
func TestMain(m *testing.M) {
	if port := os.Getenv("FUNCTIONS_CUSTOMHANDLER_PORT"); port != "" {
		os.Exit(handle(port))
	}
	goleak.VerifyTestMain(m)
}

// order is what a test asks the handler to do, as message, request body or the
// setting TIMER.
type order struct {
	Do      string          `json:"do"`
	Code    int             `json:"code,omitempty"`
	Millis  int             `json:"millis,omitempty"`
	Outputs json.RawMessage `json:"outputs,omitempty"`
	Note    string          `json:"note,omitempty"`
}

// seen is the line that the handler prints for each invocation.
type seen struct {
	Function string
	Header   http.Header
	Chunked  bool
	Data     map[string]json.RawMessage
	Metadata map[string]json.RawMessage
	PID      int
}

func handle(port string) int {
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM)
	go func() {
		fmt.Println((<-told).String(), "SIGTERM")
	}()
	switch os.Getenv("AT_START") {
	case "sleep":
		time.Sleep(time.Minute)
	case "fail":
		fmt.Fprintln(os.Stderr, "cannot start: no vault")
		return 3
	}
	http.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) })
	redirected := func(w http.ResponseWriter, r *http.Request) {
		fmt.Println("redirected: " + r.Method)
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{}`)
	}
	http.HandleFunc("GET /redirected", redirected)
	http.HandleFunc("POST /redirected", redirected)
	http.HandleFunc("POST /{function}", func(w http.ResponseWriter, r *http.Request) {
		line := seen{Function: r.PathValue("function"), Header: r.Header, Chunked: r.ContentLength < 0, PID: os.Getpid()}
		if err := json.NewDecoder(r.Body).Decode(&line); err != nil {
			panic(err)
		}
		io.Copy(io.Discard, r.Body) // net/http notices a hang-up only after the end of the body
		text, _ := json.Marshal(line)
		fmt.Println(string(text))
		if o := orderIn(line); o.Do == "until hung up" && string(line.Metadata["DequeueCount"]) == `"1"` {
			<-r.Context().Done()
			reportPipes()
			return
		}
		obey(w, line)
	})
	fmt.Fprintln(os.Stderr, http.ListenAndServe("127.0.0.1:"+port, nil))
	return 1
}

// reportPipes writes down what happens to a line.
func reportPipes() {
	signal.Ignore(syscall.SIGPIPE)
	_, err1 := fmt.Fprintln(os.Stdout, "still here")
	_, err2 := fmt.Fprintln(os.Stderr, "still here")
	text, _ := json.Marshal(map[string]string{"Stdout": fmt.Sprint(err1), "Stderr": fmt.Sprint(err2)})
	os.WriteFile(filepath.Join(os.Getenv("REPORT_TO"), "report"), text, 0o600)
}

func obey(w http.ResponseWriter, line seen) {
	o := orderIn(line)
	time.Sleep(time.Duration(o.Millis) * time.Millisecond)
	w.Header().Set("Content-Type", "application/json")
	switch o.Do {
	case "fail once":
		if strings.Contains(string(line.Metadata["RetryContext"]), `"RetryCount":0`) {
			w.WriteHeader(http.StatusInternalServerError)
		}
		io.WriteString(w, `{}`)
	case "hang once":
		if string(line.Metadata["DequeueCount"]) == `"1"` || strings.Contains(string(line.Data["timer"]), `"IsPastDue":false`) {
			time.Sleep(time.Minute)
		}
		io.WriteString(w, `{"Outputs":{}}`)
	case "fail":
		w.WriteHeader(http.StatusInternalServerError)
	case "exit":
		os.Exit(o.Code)
	case "redirect":
		w.Header().Set("Location", "/redirected")
		w.WriteHeader(o.Code)
	case "answer":
		io.WriteString(w, o.Note)
	case "null":
		io.WriteString(w, `null`)
	case "empty":
		w.WriteHeader(http.StatusNoContent)
	case "text":
		w.Header().Set("Content-Type", "text/plain")
		io.WriteString(w, `{}`)
	case "array":
		io.WriteString(w, `[]`)
	case "echo":
		json.NewEncoder(w).Encode(map[string]any{"Outputs": map[string]any{"res": map[string]any{"body": line}}})
	default:
		if o.Outputs == nil {
			o.Outputs = json.RawMessage(`{}`)
		}
		fmt.Fprintf(w, `{"Outputs":%s}`, o.Outputs)
	}
}

func orderIn(line seen) (o order) {
	var text, twice string
	var request struct{ Body string }
	switch {
	case line.Data["msg"] != nil:
		json.Unmarshal(line.Data["msg"], &twice)
		json.Unmarshal([]byte(twice), &text)
	case line.Data["req"] != nil:
		json.Unmarshal(line.Data["req"], &request)
		text = request.Body
		if text == "" || os.Getenv("ECHO") != "" {
			return order{Do: "echo"}
		}
	default:
		text = os.Getenv("TIMER")
	}
	json.Unmarshal([]byte(text), &o)
	return o
}

// project is a script root to start a host in.
type project struct {
	root     string
	settings map[string]string
	clocks   functionshost.Clocks
	console  *console
}

const hostJSON = `{
	"version": "2.0",
	"functionTimeout": "00:10:00",
	"extensionBundle": {"id": "Microsoft.Azure.Functions.ExtensionBundle", "version": "[4.*, 5.0.0)"},
	"customHandler": {"description": {"defaultExecutablePath": "handler"}, "initializationTimeout": "00:00:05"},
	"extensions": {"queues": {"batchSize": 1, "newBatchThreshold": 0, "visibilityTimeout": "00:02:00", "maxDequeueCount": 3}}
}`

var functionJSON = map[string]string{
	"nightly": `{"bindings": [
		{"type": "timerTrigger", "direction": "in", "name": "timer", "schedule": "%NIGHTLY_SCHEDULE%"},
		{"type": "queue", "direction": "out", "name": "out", "queueName": "work"}],
		"retry": {"strategy": "fixedDelay", "maxRetryCount": 2, "delayInterval": "00:05:00"}}`,
	"worker": `{"bindings": [
		{"type": "queueTrigger", "direction": "in", "name": "msg", "queueName": "work"},
		{"type": "queue", "direction": "out", "name": "out", "queueName": "results"}]}`,
	"order": `{"bindings": [
		{"type": "httpTrigger", "direction": "in", "name": "req", "route": "runs", "methods": ["post"], "authLevel": "function"},
		{"type": "queue", "direction": "out", "name": "out", "queueName": "results"},
		{"type": "http", "direction": "out", "name": "res"}]}`,
	"show": `{"bindings": [
		{"type": "httpTrigger", "direction": "in", "name": "req", "route": "runs/{*path}", "methods": ["get"], "authLevel": "function"},
		{"type": "http", "direction": "out", "name": "res"}]}`,
}

func newProject(t *testing.T) *project {
	t.Helper()
	p := &project{
		root:    t.TempDir(),
		console: new(console),
		settings: map[string]string{
			"AzureWebJobsStorage": "UseDevelopmentStorage=true",
			"NIGHTLY_SCHEDULE":    "0 0 1 * * *",
		},
		clocks: functionshost.Clocks{MaxPollingInterval: 5 * time.Millisecond, Lease: 10 * time.Millisecond, VisibilityTimeout: 50 * time.Millisecond, RetryDelay: 10 * time.Millisecond, Grace: 50 * time.Millisecond},
	}
	p.write(t, "host.json", hostJSON)
	for name, text := range functionJSON {
		p.write(t, name+"/function.json", text)
	}
	return p
}

func (p *project) write(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(p.root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (p *project) options(t *testing.T) functionshost.Options {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return functionshost.Options{
		ScriptRoot: p.root, Binary: self, Settings: maps.Clone(p.settings),
		Stdout: p.console, Stderr: p.console, Clocks: p.clocks,
		BlobAddr: "127.0.0.1:10000",
	}
}

func (p *project) start(t *testing.T) *functionshost.Host {
	t.Helper()
	h, err := functionshost.Start(t.Context(), p.options(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// console collects what the handler prints.
type console struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (c *console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.Write(p)
}

func (c *console) all() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.String()
}

// calls waits for n invocations that reached the handler: its lines come through a
// separate pipe.
func (c *console) calls(t *testing.T, n int) []seen {
	t.Helper()
	await(t, "the handler's lines", func() bool { return len(c.soFar()) >= n })
	all := c.soFar()
	if len(all) != n {
		t.Fatalf("%d invocations reached the handler, want %d: %+v", len(all), n, all)
	}
	return all
}

func (c *console) soFar() []seen {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []seen
	lines := bufio.NewScanner(strings.NewReader(c.text.String()))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line seen
		if json.Unmarshal(lines.Bytes(), &line) == nil {
			all = append(all, line)
		}
	}
	return all
}
