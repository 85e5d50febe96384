package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
	"tenantrollup/internal/standin"
	"tenantrollup/internal/standin/m365"
)

// night is one report and what was done to it.
type night struct {
	place  *standin.Place
	read   func(ctx context.Context, name string) ([]byte, error) // what was published
	random *rand.Rand
	name   string
	date   string

	done []done // at each kill

	killed, lostHosts, leftBehind, reruns, askedAgain, rows, lines int
	cost                                                           cost
}

const (
	mostKills   = 8 // of one run: after ten deliveries its message is given up
	nightLimit  = 2 * time.Minute
	askedLimit  = 5
	hostsShare  = 20 // of this many kills, one takes the whole machine, and two only the host
	rollupQueue = "rollup-runs"
)

// run runs the night, and after every second one also asks its failed customers
// again. Both are checked.
func (n *night) run(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, nightLimit, errors.New("the night did not end in time"))
	defer cancel()
	n.enqueue()
	if err := n.disturb(ctx); err != nil {
		return err
	}
	if n.random.IntN(2) == 0 {
		return nil
	}
	n.reruns++
	if err := n.askFailed(ctx); err != nil {
		return err
	}
	return n.disturb(ctx)
}

// enqueue asks for the run as the nightly function does. Asking again restarts a run
// whose message was given up.
func (n *night) enqueue() {
	text, err := json.Marshal(run.Message{
		Run: run.NewID(n.random.Uint32), Turn: run.FirstTurn(n.random.Uint32),
		Report: n.name, Call: call, Date: report.Date(n.date), Scope: run.ScopeMissing,
	})
	if err != nil {
		panic(err) // the message has only texts
	}
	n.place.Host.Enqueue(rollupQueue, string(text))
}

// askFailed asks for the failed customers until the answer comes.
func (n *night) askFailed(ctx context.Context) error {
	body := fmt.Sprintf(`{"reports":[%q],"date":%q,"scope":"failed"}`, n.name, n.date)
	var last string
	for range askedLimit {
		status, answer, err := n.place.Host.Call(ctx, http.MethodPost, "/api/runs", "rerun", body)
		if err != nil {
			return fmt.Errorf("ask for the failed customers: %w", err)
		}
		if status == http.StatusAccepted {
			return nil
		}
		last = fmt.Sprintf("%d %s", status, answer)
	}
	return fmt.Errorf("ask for the failed customers: answered %s", last)
}

// disturb kills the handler at random moments until the host has nothing left
// to do, and compares what was published.
func (n *night) disturb(ctx context.Context) error {
	for range n.random.IntN(mostKills + 1) {
		if err := n.moment(ctx); err != nil {
			return err
		}
		if len(n.place.Host.Messages(rollupQueue)) == 0 {
			break // it is done already
		}
		if err := n.kill(ctx); err != nil {
			return err
		}
		if err := n.doneBefore(ctx); err != nil {
			return err
		}
	}
	for range askedLimit {
		if err := n.place.Host.Idle(ctx); err != nil {
			return err
		}
		if err := n.doneBefore(ctx); err != nil {
			return err
		}
		record, err := n.record(ctx)
		if err != nil {
			return err
		}
		if record.State == run.StatePublished {
			return n.check(ctx)
		}
		n.askedAgain++
		n.enqueue()
	}
	return errors.New("the run was never published")
}

// moment waits for the next kill: at a random customer, or soon after something has
// begun, when state is written.
func (n *night) moment(ctx context.Context) error {
	if n.random.IntN(3) == 0 {
		return pause(ctx, time.Duration(n.random.IntN(250))*time.Millisecond)
	}
	customers := len(n.place.Cloud.Customers())
	now := n.place.Cloud.Counts().Kinds[m365.KindReport].Requests
	limited, cancel := context.WithTimeout(ctx, 2*time.Second) // the run may end first
	defer cancel()
	if n.place.Cloud.Await(limited, m365.KindReport, now+1+n.random.IntN(customers)) != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return pause(ctx, time.Duration(n.random.IntN(100))*time.Millisecond)
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// kill ends the handler, and sometimes its host, too, or the host alone: a busy
// handler is left behind then, with its connection and its pipes closed.
func (n *night) kill(ctx context.Context) error {
	switch n.random.IntN(hostsShare) {
	case 0:
		n.lostHosts++
		return n.place.Host.LoseHost(ctx)
	case 1:
		n.leftBehind++
		return n.place.Host.StopHost(ctx)
	case 2:
		n.leftBehind++
		return n.place.Host.KillHost(ctx)
	}
	if n.place.Host.PID() == 0 {
		return nil // it is just starting
	}
	err := n.place.Host.KillHandler()
	if errors.Is(err, os.ErrProcessDone) {
		return nil // it was killed a moment ago, and the host has not noticed
	}
	n.killed++
	return err
}

// record is the run's, and empty if there is none yet.
func (n *night) record(ctx context.Context) (run.Checkpoint, error) {
	properties, err := n.place.Reports.NewBlobClient(n.blob("run.json")).GetProperties(ctx, nil)
	if bloberror.HasCode(err, bloberror.BlobNotFound, bloberror.ContainerNotFound) {
		return run.Checkpoint{}, nil
	}
	if err != nil {
		return run.Checkpoint{}, fmt.Errorf("read the record: %w", err)
	}
	metadata := map[string]string{}
	for key, value := range properties.Metadata {
		metadata[strings.ToLower(key)] = *value
	}
	return run.ParseCheckpoint(metadata)
}

func (n *night) blob(name string) string { return n.name + "/" + n.date + "/" + name }
