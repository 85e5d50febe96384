package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"tenantrollup/internal/standin"
	"tenantrollup/internal/standin/m365"
)

// byHand runs the same night without host and storage: handler night, killed once
// in the middle and started again, with its files in a folder. It needs only Go.
func byHand(ctx context.Context, out io.Writer, o options) error {
	root, err := standin.Repository()
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "tenant-rollup-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	fmt.Fprintln(out, "Building the handler …")
	handler, err := standin.Build(ctx, root, scratch, "./handler")
	if err != nil {
		return err
	}
	cloud, err := m365.Start(m365.Options{
		Customers: o.customers, Seed: 2015, Faults: o.faults(), Auth: m365.SecretOnly,
		Latency: m365.Latency{Token: 80 * time.Millisecond, Report: 250 * time.Millisecond, Download: 150 * time.Millisecond},
		Tuning:  m365.Tuning{HugeRows: 400}, // of some 2,000 rows
	})
	if err != nil {
		return err
	}
	defer cloud.Close()
	folder := filepath.Join(scratch, "reports")
	n := night{place: &standin.Place{Cloud: cloud}, reports: o.tonights()[:1], customers: o.customers, out: out, root: root, began: time.Now()}
	n.read = func(_ context.Context, name string) ([]byte, error) {
		return os.ReadFile(filepath.Join(folder, filepath.FromSlash(name)))
	}
	environment := o.environment(cloud)
	var console bytes.Buffer // for a night that has no terminal to draw on
	start := func() *exec.Cmd {
		command := exec.CommandContext(ctx, handler, "night", "-report", reportName, "-out", folder)
		command.Env, command.Stdout, command.Stderr = environment, &console, &console
		if isTerminal(out) {
			command.Stdout, command.Stderr = os.Stdout, os.Stderr
		}
		fmt.Fprintf(out, "\n$ handler night -report %s -out reports\n", reportName)
		return command
	}
	if err := n.killed(ctx, start()); err != nil {
		return err
	}
	if err := start().Run(); !ended(err) {
		return fmt.Errorf("handler night: %w\n%s", err, console.Bytes())
	}
	n.took = time.Since(n.began)
	fmt.Fprintln(out)
	return n.tell(ctx)
}

// environment is what a person at a laptop sets.
func (o options) environment(cloud *m365.Cloud) []string {
	env := append(cloud.EnvByHand(), "PATH="+os.Getenv("PATH"), "HOME="+os.Getenv("HOME"))
	for name, value := range o.settings(cloud) {
		env = append(env, name+"="+value)
	}
	return env
}

// killed starts the command and kills it in the middle of its work.
func (n *night) killed(ctx context.Context, command *exec.Cmd) error {
	if err := command.Start(); err != nil {
		return fmt.Errorf("start handler night: %w", err)
	}
	n.killedAt = n.customers * 117 / 250
	err := n.place.Cloud.Await(ctx, m365.KindDownload, n.killedAt)
	command.Process.Kill()
	command.Wait()
	fmt.Fprintln(n.out, "\nKilled.")
	return err
}

// someFailed is the exit code of a night that was published although customers
// failed.
const someFailed = 2

func ended(err error) bool {
	failed, ok := errors.AsType[*exec.ExitError](err)
	return err == nil || ok && failed.ExitCode() == someFailed
}
