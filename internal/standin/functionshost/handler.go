package functionshost

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	probeEvery    = 25 * time.Millisecond
	crashLimit    = 3
	intendedExit  = 200
	outputDrained = time.Second
)

// worker is the handler process of one instance: it is started, probed, and restarted
// on the same port for as long as the host's rules say so
// (azure-functions-host, HttpFunctionInvocationDispatcher).
type worker struct {
	start       func() (*process, error)
	url         string
	initTimeout time.Duration
	crashGap    time.Duration
	client      *http.Client
	bell        *bell
	restarts    chan struct{}

	mu      sync.Mutex
	process *process
	ready   bool
	left    bool  // behind: the process outlives the worker
	err     error // why it was given up
}

// run returns why the handler is given up: because ctx has ended, or because it
// crashed too often.
func (w *worker) run(ctx context.Context) error {
	crashes, last := 0, time.Time{}
	for ctx.Err() == nil {
		err := w.once(ctx)
		if err == nil {
			continue
		}
		if time.Since(last) > w.crashGap {
			crashes = 0
		}
		crashes, last = crashes+1, time.Now()
		if crashes == crashLimit {
			return fmt.Errorf("%w: it stopped: exceeded http worker restart retry count: %w", errLost, err)
		}
	}
	return context.Cause(ctx)
}

// once runs one process to its end. An error is a crash that counts.
func (w *worker) once(ctx context.Context) error {
	select {
	case <-w.restarts: // meant for the previous process
	default:
	}
	p, err := w.start()
	if err != nil {
		return fmt.Errorf("start handler: %w", err)
	}
	defer func() {
		if !w.isLeft() {
			p.kill()
		}
		w.set(nil, false, nil)
	}()
	w.set(p, false, nil)
	err = w.probe(ctx, p)
	if err != nil && !p.crashed() {
		return err
	}
	if err == nil {
		// A connection to the previous process would fail the next invocation.
		w.client.CloseIdleConnections()
		w.set(p, true, nil)
	}
	select {
	case <-ctx.Done():
		return nil
	case <-w.restarts:
		return nil
	case <-p.exited:
	}
	switch p.cmd.ProcessState.ExitCode() {
	case 0:
		// The real host only forgets the process: it stays "ready", and every invocation
		// from now on fails to connect.
		select {
		case <-ctx.Done():
		case <-w.restarts:
		}
		return nil
	case intendedExit:
		return nil
	}
	return fmt.Errorf("handler ended with %s\n%s", p.cmd.ProcessState, p.stderr.tail())
}

// probe asks GET / until anything answers.
func (w *worker) probe(ctx context.Context, p *process) error {
	limit, cancel := context.WithTimeout(ctx, w.initTimeout)
	defer cancel()
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	for {
		request, err := http.NewRequestWithContext(limit, http.MethodGet, w.url, nil)
		if err != nil {
			return err
		}
		if answer, err := w.client.Do(request); err == nil {
			answer.Body.Close()
			return nil
		}
		select {
		case <-tick.C:
			if p.crashed() {
				return errors.New("handler ended before it answered GET /")
			}
		case <-limit.Done():
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("initializing HttpWorker timed out: no answer to GET / within %s", w.initTimeout)
		}
	}
}

// leave lets the process live on when the worker ends, and closes its pipes. It
// returns nil if none runs.
func (w *worker) leave() *process {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.left = true
	if w.process != nil {
		w.process.closePipes()
	}
	return w.process
}

func (w *worker) isLeft() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.left
}

func (w *worker) set(p *process, ready bool, err error) {
	w.mu.Lock()
	if w.err == nil {
		w.process, w.ready, w.err = p, ready, err
	}
	w.mu.Unlock()
	w.bell.ring()
}

func (w *worker) state() (p *process, ready bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.process, w.ready, w.err
}

// await waits until the handler answers or is given up.
func (w *worker) await(ctx context.Context) error {
	for {
		rung := w.bell.next()
		if _, ready, err := w.state(); ready || err != nil {
			return err
		}
		select {
		case <-rung:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// restart replaces the process by SIGKILL; that does not count as a crash.
func (w *worker) restart() {
	w.mu.Lock()
	w.ready = false
	w.mu.Unlock()
	select {
	case w.restarts <- struct{}{}:
	default:
	}
}

// newWorker prepares the handler on a free port of 127.0.0.1.
func newWorker(h *Host) (*worker, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := listener.Addr().(*net.TCPAddr)
	listener.Close()
	w := &worker{
		url:         "http://" + address.String() + "/",
		initTimeout: time.Duration(h.config.CustomHandler.InitializationTimeout),
		crashGap:    h.opts.Clocks.CrashGap,
		client:      &http.Client{Transport: &http.Transport{}},
		bell:        h.bell,
		restarts:    make(chan struct{}, 1),
	}
	env := h.HandlerEnv(address.Port)
	description := h.config.CustomHandler.Description
	args, _ := expand(strings.Join(description.Arguments, " "), h.opts.Settings)
	var streams sync.Mutex
	w.start = func() (*process, error) {
		cmd := exec.Command(h.binary, strings.Fields(args)...)
		cmd.Dir = filepath.Join(h.opts.ScriptRoot, description.WorkingDirectory)
		cmd.Env = env
		return startProcess(cmd, &console{mu: &streams, out: h.opts.Stdout}, &console{mu: &streams, out: h.opts.Stderr})
	}
	return w, nil
}

// passedOn are the machine's variables that a process needs to run at all. All others
// that the handler sees are settings or the host's own.
var passedOn = []string{"PATH", "HOME", "TMPDIR", "TEMP", "TMP", "USERPROFILE", "SystemRoot"}

// HandlerEnv is the environment, NAME=value, that the host gives the handler, for a
// handler that is started by hand and listens on the port.
func (h *Host) HandlerEnv(port int) []string {
	var env []string
	for _, name := range passedOn {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	settings, id := map[string]string{}, newGUID()
	maps.Copy(settings, h.opts.Settings)
	h.settings.Range(func(name, value any) bool {
		settings[name.(string)] = value.(string)
		return true
	})
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		env = append(env, name+"="+settings[name])
	}
	return append(env,
		fmt.Sprintf("FUNCTIONS_CUSTOMHANDLER_PORT=%d", port), "FUNCTIONS_CUSTOMHANDLER_WORKER_ID="+id,
		fmt.Sprintf("FUNCTIONS_HTTPWORKER_PORT=%d", port), "FUNCTIONS_HTTPWORKER_ID="+id,
		"FUNCTIONS_APP_ROOT_PATH="+h.opts.ScriptRoot)
}
