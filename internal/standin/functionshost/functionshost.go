// Package functionshost is a realistic Azure Functions host for one script root with a
// custom handler, without Azure: it does to the handler what the real host does, and
// refuses what the real host refuses.
//
// It reads host.json and the function.json files of the folders directly below
// the root, starts the handler with the host's environment, posts timer, queue
// and HTTP envelopes with the host's own quoting, applies the outputs, serves
// the routes and enforces the keys. Invocations fail, hang, are killed and
// come back by the rules of azure-functions-host 4.1052 and azure-webjobs-sdk:
//
//   - only a 2xx answer with a JSON object under a JSON content type is a
//     success; a null or empty one leaves the invocation open
//   - two seconds after functionTimeout the handler is killed and restarted on its
//     port
//   - an exit code other than 0 is a crash, and the third crash stops the host; after
//     exit code 0 nothing is restarted
//   - a queue message in progress is invisible for ten minutes, renewed at half time;
//     after a failed invocation it comes back after visibilityTimeout, and after a
//     lost host when the ten minutes end; after maxDequeueCount deliveries it moves
//     to <queue>-poison
//
// Timers fire only when FireTimer is called, never by their schedule.
//
// What the real host also does, and this one does not simulate:
//
//   - The handler's environment is the host's whole one, including its connection
//     strings. The probe is one GET / with only a Host header.
//   - Storage that refuses connections for about 25 seconds ends the host, at the
//     next poll or when it deletes a message. A changed host.json starts the next host
//     before the old one lets go, so for a minute nobody has the timer's lease.
//   - A line on stderr that contains "warn" anywhere ("warnings":{} is enough) becomes
//     a warning, and any other line an error: alarms must read the line, never the
//     severity. As long as a queue does not exist, each poll logs a warning of
//     Azure.Core (404).
package functionshost

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// errLost ends everything that ran on an instance that died.
var errLost = errors.New("the host instance was lost")

// Options say what to host. ScriptRoot is required.
type Options struct {
	ScriptRoot string            // folder of host.json and one folder for each function
	Binary     string            // the handler to start instead of host.json's defaultExecutablePath
	Settings   map[string]string // application settings: with the host's own variables, the handler's environment
	Stdout     io.Writer         // the handler's standard output in whole lines; default discarded
	Stderr     io.Writer         // the handler's standard error; may be the same writer
	BlobAddr   string            // where *.blob.core.windows.net listens: a redirect there is sent to https://BlobAddr/account/…
	Clocks     Clocks
}

// Clocks shorten the host's durations in tests; zero means the real one.
type Clocks struct {
	FunctionTimeout    time.Duration // host.json's functionTimeout
	Grace              time.Duration // from functionTimeout to SIGKILL: 2 s
	MaxPollingInterval time.Duration // host.json's maxPollingInterval: the longest pause between looks at an idle queue
	VisibilityTimeout  time.Duration // host.json's visibilityTimeout
	Window             time.Duration // a message in progress is invisible that long: 10 min
	RetryDelay         time.Duration // pause of a timer's retry policy
	CrashGap           time.Duration // crashes further apart don't add up: 30 min
	StopLimit          time.Duration // a host that is told to stop waits this long for work in progress: 10 s
	Lease              time.Duration // until another instance fires the timers of one that is gone: 1 min
}

// Host is one running host. Its methods may be called from any goroutine.
type Host struct {
	opts      Options
	config    *hostConfig
	binary    string
	functions map[string]*function
	hostKey   string
	masterKey string
	keys      map[string]string // by function
	bell      *bell
	queues    *queues
	journal   journal
	timers    timers
	address   string
	server    *http.Server

	settings  sync.Map   // application settings that Configure has changed
	replacing sync.Mutex // held while an instance replaces another

	mu         sync.Mutex
	instance   *instance
	closed     bool
	leftBehind map[Handler]*process // by instances that have ended
}

// Start returns when the handler answers GET /. The host runs until Close or
// until ctx is done. A function that cannot run does not stop the others: FireTimer
// and Idle say why.
func Start(ctx context.Context, opts Options) (*Host, error) {
	h, err := newHost(opts)
	if err != nil {
		return nil, fmt.Errorf("start functions host: %w", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start functions host: %w", err)
	}
	h.address = listener.Addr().String()
	first, err := h.newInstance()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start functions host: %w", err), listener.Close())
	}
	h.instance = first
	first.begin()
	h.server = &http.Server{Handler: http.HandlerFunc(h.serve)}
	go h.server.Serve(listener)
	context.AfterFunc(ctx, func() { h.Close() })
	if err := first.worker.await(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start functions host: %w", err), h.Close())
	}
	return h, nil
}

func newHost(opts Options) (*Host, error) {
	root, err := filepath.Abs(opts.ScriptRoot)
	if err != nil {
		return nil, err
	}
	opts.ScriptRoot = root
	config, err := readHostJSON(root, opts.Clocks)
	if err != nil {
		return nil, err
	}
	binary := filepath.Join(root, config.CustomHandler.Description.DefaultExecutablePath)
	if opts.Binary != "" {
		if binary, err = filepath.Abs(opts.Binary); err != nil {
			return nil, err
		}
	}
	functions, err := readFunctions(root, config, opts.Settings)
	if err != nil {
		return nil, err
	}
	opts.Clocks.Grace = cmp.Or(opts.Clocks.Grace, 2*time.Second)
	opts.Clocks.Window = cmp.Or(opts.Clocks.Window, 10*time.Minute)
	opts.Clocks.StopLimit = cmp.Or(opts.Clocks.StopLimit, 10*time.Second)
	opts.Clocks.Lease = cmp.Or(opts.Clocks.Lease, time.Minute)
	opts.Clocks.CrashGap = cmp.Or(opts.Clocks.CrashGap, 30*time.Minute)
	bell := new(bell)
	h := &Host{
		opts: opts, config: config, functions: functions, bell: bell, queues: newQueues(bell),
		hostKey: newKey(), masterKey: newKey(), keys: map[string]string{}, leftBehind: map[Handler]*process{},
		binary:  binary,
		journal: journal{bell: bell}, timers: timers{bell: bell, byName: map[string]*timer{}},
	}
	for name := range functions {
		h.keys[name] = newKey()
		h.timers.byName[name] = &timer{turn: make(chan struct{}, 1)}
	}
	return h, nil
}

// URL is the host's address, http://127.0.0.1:port.
func (h *Host) URL() string { return "http://" + h.address }

// HostKey is accepted by every function of authLevel function.
func (h *Host) HostKey() string { return h.hostKey }

// MasterKey is also accepted by /admin/functions, where functions are started by
// hand.
func (h *Host) MasterKey() string { return h.masterKey }

// FunctionKey is accepted by that function only.
func (h *Host) FunctionKey(function string) string { return h.keys[function] }

// Enqueue puts a message into a queue.
func (h *Host) Enqueue(queue, text string) { h.queues.put(queue, text) }

// EnqueueRaw puts what another program wrote into a queue: the host looks for
// base64 there.
func (h *Host) EnqueueRaw(queue, raw string) { h.queues.putRaw(queue, raw) }

// Messages are those of a queue, oldest first, including those in progress and those
// hidden.
func (h *Host) Messages(queue string) []Message { return h.queues.messages(queue) }

// Poison has the messages of a queue that were given up.
func (h *Host) Poison(queue string) []Message { return h.queues.messages(queue + "-poison") }

// Invocations are all attempts since Start, in the order in which they began.
func (h *Host) Invocations() []Invocation { return h.journal.all() }

// Idle waits until no invocation runs, no timer is left to run or retry, and
// no queue with a trigger holds a message, visible or not. Its error says what is
// left, or why the host has stopped.
func (h *Host) Idle(ctx context.Context) error {
	for {
		rung := h.bell.next()
		if _, _, err := h.current().worker.state(); err != nil {
			return err
		}
		// In this order, because a message is not gone before what it led to is queued.
		running := h.journal.running() + h.timers.due()
		if running == 0 && h.queues.count(h.triggerQueues()) == 0 {
			return nil
		}
		select {
		case <-rung:
		case <-ctx.Done():
			return fmt.Errorf("wait for the host to be idle: %w: %s", context.Cause(ctx), h.left())
		}
	}
}

func (h *Host) triggerQueues() []string {
	var names []string
	for _, f := range h.functions {
		if f.trigger.Type == "queueTrigger" {
			names = append(names, f.trigger.QueueName)
		}
	}
	return names
}

func (h *Host) left() string {
	parts := []string{fmt.Sprintf("%d invocations, %d messages", h.journal.running(), h.queues.count(h.triggerQueues()))}
	for _, name := range slices.Sorted(maps.Keys(h.functions)) {
		if problem := h.functions[name].problem; problem != nil {
			parts = append(parts, fmt.Sprintf("function %s does not run: %v", name, problem))
		}
	}
	return strings.Join(parts, "; ")
}

// PID is the handler's process id, or 0 while none runs.
func (h *Host) PID() int {
	if p, _, _ := h.current().worker.state(); p != nil {
		return p.cmd.Process.Pid
	}
	return 0
}

// KillHandler ends the handler by SIGKILL, as a crash would: its invocations fail and
// it is restarted. As with any crash, the third one within Clocks.CrashGap stops the
// host, until LoseHost starts another.
func (h *Host) KillHandler() error {
	p, _, err := h.current().worker.state()
	if err != nil {
		return fmt.Errorf("kill handler: %w", err)
	}
	if p == nil {
		return errors.New("kill handler: none is running")
	}
	return p.cmd.Process.Kill()
}

func (h *Host) current() *instance {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.instance
}

func (h *Host) function(name, trigger string) (*function, error) {
	f := h.functions[name]
	switch {
	case f == nil:
		return nil, fmt.Errorf("no function %q in %s", name, h.opts.ScriptRoot)
	case f.problem != nil:
		return nil, fmt.Errorf("function %s does not run: %w", name, f.problem)
	case f.trigger.Type != trigger:
		return nil, fmt.Errorf("function %s has a %s, not a %s", name, f.trigger.Type, trigger)
	}
	return f, nil
}
