package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tenantrollup/internal/standin"
	"tenantrollup/internal/standin/m365"
)

// rival is another way to do a night's work, and what it took.
type rival struct {
	name     string // its folder in test/rivals
	args     []string
	binary   string
	inFlight int
	reached  int // the least that the simulator must have seen at once

	customers int
	wall, cpu time.Duration
	memory    int64         // most resident at any time, bytes; zero if it doesn't say
	simulator time.Duration // processor time of the simulator meanwhile
	counts    tally
	rows      int // in its file
	wanted    int
}

// buildRivals builds the rivals, in the order in which they run.
func (h *harness) buildRivals(ctx context.Context) (err error) {
	h.contenders = []*rival{
		{name: "loop2015", inFlight: 1, reached: 1},
		{name: "pool10", inFlight: 10, reached: 10},
		{name: "sharedcredential", inFlight: 64, reached: 1}, // it is here to show one at a time
	}
	for _, r := range h.contenders {
		if r.binary, err = standin.Build(ctx, h.root, h.scratch, "./test/rivals/"+r.name); err != nil {
			return err
		}
	}
	return nil
}

// runRivals runs them one after another on the same simulator, which also speaks
// HTTP/2 if that is wanted.
func (h *harness) runRivals(ctx context.Context, rivals []*rival, customers, rows int, http2 bool) error {
	cloud, err := startCloud(ctx, m365.Options{
		Customers: customers, Seed: 2015, Rows: rows, Latency: nominal, Auth: m365.SecretOnly, HTTP2: http2,
	})
	if err != nil {
		return err
	}
	defer cloud.close()
	for _, r := range rivals {
		h.say("%s: %d customers, %d in flight", r.name, cloud.Contracts, r.inFlight)
		r.customers, r.wanted = cloud.Contracts, cloud.Contracts*rows
		if err := cloud.reset(ctx); err != nil {
			return err
		}
		if err := h.runRival(ctx, r, cloud); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		h.rivals = append(h.rivals, r)
	}
	return nil
}

func (h *harness) runRival(ctx context.Context, r *rival, cloud *cloud) error {
	file := filepath.Join(h.scratch, "rival.csv")
	command := h.command(ctx, r.binary, append(r.args, file)...)
	command.Env = append(os.Environ(), "PARTNER_CLIENT_SECRET="+cloud.Secret, "REPORT="+reportCall)
	for name, value := range cloud.Settings {
		command.Env = append(command.Env, name+"="+value)
	}
	var told bytes.Buffer
	var complaints strings.Builder
	command.Stdout, command.Stderr = &told, &complaints
	before := usageOf(cloud.process.Process.Pid)
	begin := time.Now()
	err := command.Run()
	r.wall = time.Since(begin)
	if complaints.Len() > 0 {
		err = errors.Join(err, errors.New(complaints.String()))
	}
	if err != nil {
		return err
	}
	r.cpu = command.ProcessState.UserTime() + command.ProcessState.SystemTime()
	r.memory, _ = peakMemory(told.Bytes())
	r.simulator = usageOf(cloud.process.Process.Pid).cpu - before.cpu
	if r.counts, err = cloud.counts(ctx); err != nil {
		return err
	}
	r.rows, err = countRows(file)
	return err
}

func countRows(file string) (rows int, err error) {
	in, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	reader := csv.NewReader(in)
	reader.ReuseRecord = true
	for {
		if _, err := reader.Read(); err == io.EOF {
			return rows - 1, nil // without the header
		} else if err != nil {
			return 0, err
		}
		rows++
	}
}

// perCustomer is the processor time of one customer.
func (r *rival) perCustomer() time.Duration { return r.cpu / time.Duration(max(1, r.customers)) }

func (r *rival) misfits() []string {
	l := load{
		tokens: r.customers, reports: r.customers, downloads: r.customers, report: nominal.Report,
		inFlight: r.inFlight, reached: min(r.reached, r.customers),
	}
	found := l.misfits(r.counts)
	if r.rows != r.wanted {
		found = append(found, fmt.Sprintf("its file has %d rows, want %d", r.rows, r.wanted))
	}
	return found
}
