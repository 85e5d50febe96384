package main_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
	"tenantrollup/internal/runstore"
	"tenantrollup/internal/standin"
	"tenantrollup/internal/standin/m365"
)

// everywhere are the places in which the stories of kills, slices, held runs and
// reruns are told.
var everywhere = map[string]func(*testing.T, m365.Options, func(*m365.Cloud) map[string]string) *place{
	"in storage, under the host": func(t *testing.T, cloud m365.Options, settings func(*m365.Cloud) map[string]string) *place {
		t.Helper()
		return openFor(t, clocks, cloud, settings)
	},
	"in a folder, by hand": openByHand,
}

func always(settings map[string]string) func(*m365.Cloud) map[string]string {
	return func(*m365.Cloud) map[string]string { return settings }
}

// hands work on a laptop without host, queue and storage: what the queue does
// elsewhere, they do by starting handler night again.
type hands struct {
	t   *testing.T
	dir string // of the reports
	env []string

	mu      sync.Mutex
	console bytes.Buffer
	command *exec.Cmd
	args    []string
	ended   chan struct{}
	broken  bool // the process was killed or told to stop
}

// openByHand opens a place without host and storage.
func openByHand(t *testing.T, cloud m365.Options, settings func(*m365.Cloud) map[string]string) *place {
	t.Helper()
	cloud.Authority, cloud.Auth = authority, m365.SecretOnly
	if cloud.Today.IsZero() {
		cloud.Today = begin()
	}
	microsoft, err := m365.Start(cloud)
	if err != nil {
		t.Fatal(err)
	}
	h := &hands{t: t, dir: t.TempDir(), env: append(microsoft.EnvByHand(), "PATH="+os.Getenv("PATH"), "HOME="+t.TempDir())}
	for name, value := range settings(microsoft) {
		h.env = append(h.env, name+"="+value)
	}
	p := newPlace(t, &standin.Place{Cloud: microsoft}, cloud.Today)
	p.hands = h
	t.Cleanup(func() {
		h.kill()
		p.searchForSecrets()
		if t.Failed() {
			t.Log(h.said())
		}
		if err := microsoft.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// Write implements io.Writer for what the processes print.
func (h *hands) Write(text []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.console.Write(text)
}

func (h *hands) said() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.console.String()
}

// start starts handler night with these arguments.
func (h *hands) start(args ...string) {
	h.t.Helper()
	h.args, h.broken, h.ended = args, false, make(chan struct{})
	h.command = exec.Command(binary, slices.Concat([]string{"night", "-out", h.dir}, args)...)
	h.command.Env, h.command.Stdout, h.command.Stderr = h.env, h, h
	if err := h.command.Start(); err != nil {
		h.t.Fatal(err)
	}
	command, ended := h.command, h.ended
	go func() {
		defer close(ended)
		command.Wait()
	}()
}

// wait waits until the process has ended by itself, and starts it again if it was
// interrupted. It returns the exit code.
func (h *hands) wait() int {
	h.t.Helper()
	for {
		select {
		case <-h.ended:
		case <-time.After(90 * time.Second):
			h.t.Fatalf("handler night %q does not end", h.args)
		}
		if !h.broken {
			return h.command.ProcessState.ExitCode()
		}
		h.start(h.args...)
	}
}

// signal kills the process, or asks it to end. It waits for the process.
func (h *hands) signal(signal os.Signal) {
	if h.command == nil {
		return
	}
	h.broken = true
	h.command.Process.Signal(signal)
	<-h.ended
}

func (h *hands) kill() { h.signal(os.Kill) }

// status reads a run's record, as a person who opens the folder meanwhile does.
func (h *hands) status(name, date string) run.Status {
	h.t.Helper()
	folder, err := runstore.OpenFolder(h.t.Context(), h.dir)
	if err != nil {
		h.t.Fatal(err)
	}
	defer folder.Close()
	status, err := runstore.New(folder).Status(h.t.Context(), run.Key{Report: name, Date: report.Date(date)})
	if err != nil {
		h.t.Fatal(err)
	}
	return status
}

// files are all files in the folder by their names, with their content.
func (h *hands) files() map[string]string {
	h.t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(h.dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		name, _ = filepath.Rel(h.dir, name)
		files[filepath.ToSlash(name)] = string(text)
		return err
	})
	if err != nil {
		h.t.Error(err)
	}
	return files
}

// ask does by hand what a request over HTTP asks for.
func (h *hands) ask(body string) {
	h.t.Helper()
	var wanted struct {
		Reports []string
		Scope   string
		Accept  any
	}
	if err := json.Unmarshal([]byte(body), &wanted); err != nil {
		h.t.Fatal(err)
	}
	args := []string{"-scope", "all"}
	switch {
	case wanted.Accept != nil:
		args = []string{"-accept"}
	case wanted.Scope != "":
		args[1] = wanted.Scope
	}
	for _, name := range wanted.Reports {
		args = append(args, "-report", name)
	}
	h.start(args...)
	h.wait()
}

// queue requests a run with that name, and doesn't wait for it.
func (p *place) queue(name string) {
	p.t.Helper()
	if p.hands != nil {
		p.hands.start("-report", name+"="+countsCall)
		return
	}
	p.Host.Enqueue("rollup-runs", p.message(name))
}

// kill ends the process that works on a run.
func (p *place) kill() {
	p.t.Helper()
	if p.hands != nil {
		p.hands.kill()
		p.asked = p.reportCalls()
		p.hands.start(p.hands.args...)
		return
	}
	if err := p.Host.KillHandler(); err != nil {
		p.t.Fatal(err)
	}
	p.asked = p.reportCalls()
}

// Console returns all that the program has printed.
func (p *place) Console() string {
	if p.hands != nil {
		return p.hands.said()
	}
	return p.Place.Console()
}
