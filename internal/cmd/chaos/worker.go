package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"tenantrollup/internal/standin"
	"tenantrollup/internal/standin/functionshost"
	"tenantrollup/internal/standin/m365"
)

// nightsOfPlace is how many nights run in one place: Azurite has been seen to hang
// after long work.
const nightsOfPlace = 20

// call is the call of every report.
const call = "getMailboxUsageMailboxCounts(period='D7')"

// worker makes one night after the other.
type worker struct {
	options
	root, binary string
	sum          *summary
}

func (w worker) work(ctx context.Context, random *rand.Rand) error {
	for !w.sum.enough() {
		place := w.place
		if w.folder {
			place = w.folderPlace
		}
		if err := place(ctx, random); err != nil {
			return err
		}
	}
	return nil
}

// place makes some nights in a new place.
func (w worker) place(ctx context.Context, random *rand.Rand) (err error) {
	place, err := standin.Start(ctx, standin.Options{
		Root: w.root, Handler: w.binary,
		Cloud:    w.cloud(random),
		Settings: func(*m365.Cloud) map[string]string { return settings() },
		// What takes minutes in Azure takes milliseconds here.
		Clocks: functionshost.Clocks{
			MaxPollingInterval: 20 * time.Millisecond, Lease: 50 * time.Millisecond, StopLimit: 50 * time.Millisecond,
			VisibilityTimeout: 100 * time.Millisecond, RetryDelay: 50 * time.Millisecond, Window: time.Second, CrashGap: time.Millisecond,
		},
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, place.Close()) }()
	for i := 0; i < nightsOfPlace && !w.sum.enough(); i++ {
		n := night{place: place, random: random, name: nightName(i), date: time.Now().UTC().Format(time.DateOnly), read: place.Blob}
		err := n.run(ctx)
		w.sum.add(n)
		if err != nil {
			return w.keep(place, fmt.Errorf("%s: %w", n.name, err))
		}
	}
	return nil
}

func (w worker) cloud(random *rand.Rand) m365.Options {
	return m365.Options{
		Customers: w.customers, Seed: random.Uint64(), CallLimit: 1e6, Vary: true,
		Latency: m365.Latency{Token: 10 * time.Millisecond, Report: 30 * time.Millisecond, Download: 20 * time.Millisecond},
	}
}

// settings make two to three slices of a night.
func settings() map[string]string {
	return map[string]string{"CONCURRENCY": "4", "EXECUTION_BUDGET": "2s", "REPORTS": reports()}
}

func nightName(i int) string { return fmt.Sprintf("night-%d", i) }

// reports is REPORTS for all nights of a place.
func reports() string {
	var all []string
	for i := range nightsOfPlace {
		all = append(all, nightName(i)+"="+call)
	}
	return strings.Join(all, ";")
}

// keep leaves the handler's log where it can be read.
func (w worker) keep(place *standin.Place, cause error) error {
	file, err := os.CreateTemp("", "tenant-rollup-chaos-*.log")
	if err != nil {
		return errors.Join(cause, err)
	}
	_, err = file.WriteString(place.Console())
	return errors.Join(fmt.Errorf("%w; the handler's log is %s", cause, file.Name()), err, file.Close())
}
