// Command demo runs a whole night on this machine: 250 customers of a simulated
// Microsoft, the real handler, Azurite, and the nightly trigger. At the end it
// shows what a partner would look at: the counts, the files, and the customers
// without data with their remedies. With -stay it keeps running, with the page of
// the runs for your browser. With -by-hand it needs neither host nor Azurite.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"tenantrollup/internal/standin"
	"tenantrollup/internal/standin/functionshost"
	"tenantrollup/internal/standin/m365"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var o options
	flag.IntVar(&o.customers, "customers", 250, "how many customers the partner has")
	flag.IntVar(&o.concurrency, "concurrency", 64, "how many customers are in flight at once")
	flag.IntVar(&o.nights, "nights", 0, "how many earlier nights to invent, based on tonight's results")
	flag.IntVar(&o.reports, "reports", 1, "how many reports there are; those that are not run are invented")
	flag.BoolVar(&o.quick, "quick", false, "no fault that takes time, no crash and no summary, for the tests of the page")
	flag.BoolVar(&o.stay, "stay", false, "keep running after the night, until interrupted")
	hand := flag.Bool("by-hand", false, "make the night by hand, without host and storage")
	flag.Parse()
	how := demo
	if *hand {
		how = byHand
	}
	if err := how(ctx, os.Stdout, o); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// The report that the default of REPORTS names, and its call.
const (
	reportName = "mailbox-activity"
	reportCall = "getMailboxUsageMailboxCounts(period='D7')"
)

type options struct {
	customers, concurrency, nights, reports int
	quick, stay                             bool
}

func demo(ctx context.Context, out io.Writer, o options) error {
	root, err := standin.Repository()
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "tenant-rollup-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	handler, loop, err := prepare(ctx, root, scratch, out)
	if err != nil {
		return err
	}
	began := time.Now()
	place, err := standin.Start(ctx, standin.Options{
		Root: root, Handler: handler, Settings: o.settings,
		// Ten seconds and two minutes in Azure: see night.kill.
		Clocks: functionshost.Clocks{MaxPollingInterval: 100 * time.Millisecond, VisibilityTimeout: time.Second},
		Cloud: m365.Options{
			Customers: o.customers, Seed: 2015, Today: began, Faults: o.faults(),
			Tuning:  m365.Tuning{HugeRows: 400}, // of some 2,000 rows
			Latency: m365.Latency{Token: 80 * time.Millisecond, Report: 250 * time.Millisecond, Download: 150 * time.Millisecond},
		},
	})
	if err != nil {
		return err
	}
	defer place.Close()
	n := night{place: place, reports: o.tonights(), customers: o.customers, out: out, terminal: isTerminal(out), root: root, began: began}
	n.read = func(ctx context.Context, name string) ([]byte, error) {
		text, err := place.Blob(ctx, name)
		if err != nil {
			err = fmt.Errorf("%w\n%s", err, place.Console())
		}
		return text, err
	}
	if err := n.reserve(ctx, o.madeUp()); err != nil {
		return err
	}
	tonight := n.run
	if o.quick {
		tonight = n.fire
	}
	if err := tonight(ctx); err != nil {
		return err
	}
	if err := n.writePast(ctx, o.nights, o.madeUp()); err != nil {
		return err
	}
	if o.stay {
		return n.stay(ctx, os.Stdin)
	}
	if o.quick {
		return nil
	}
	return n.compare(ctx, loop)
}

func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// settings leave one customer out, as partners do with their own test tenants.
// It has a name with markup, to test the page.
func (o options) settings(cloud *m365.Cloud) map[string]string {
	settings := map[string]string{"CONCURRENCY": fmt.Sprint(o.concurrency), "REPORTS": o.setting()}
	for index, customer := range slices.Backward(cloud.Customers()) {
		if customer.Fault != m365.None {
			continue
		}
		cloud.SetFault(index, m365.HostileNames)
		if strings.Contains(cloud.Customers()[index].OrganizationName, "<script>") {
			settings["CUSTOMERS_EXCLUDE"] = customer.TenantID
			break
		}
		cloud.SetFault(index, m365.None)
	}
	return settings
}

// prepare builds the handler and its rival, the loop of 2015, and installs Azurite.
func prepare(ctx context.Context, root, scratch string, out io.Writer) (handler, loop string, err error) {
	fmt.Fprintln(out, "Building the handler with go build: a minute the first time …")
	var preparing sync.WaitGroup
	var installed error
	preparing.Go(func() { installed = installAzurite(ctx, filepath.Join(root, "test"), out) })
	handler, err = standin.Build(ctx, root, scratch, "./handler")
	if err == nil {
		loop, err = standin.Build(ctx, root, scratch, "./test/rivals/loop2015")
	}
	preparing.Wait()
	return handler, loop, errors.Join(err, installed)
}

func installAzurite(ctx context.Context, dir string, out io.Writer) error {
	if _, err := os.Stat(filepath.Join(dir, "node_modules", ".package-lock.json")); err == nil {
		return nil
	}
	fmt.Fprintln(out, "Installing Azurite, the storage, with npm ci in test/: half a minute, once …")
	command := exec.CommandContext(ctx, "npm", "ci", "--no-audit", "--no-fund", "--loglevel", "error")
	command.Dir = dir
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("install azurite (npm ci in test/; needs Node 22 or later): %w\n%s", err, output)
	}
	fmt.Fprintln(out, "npm is done.")
	return nil
}

// faults distributes all faults, or those that take no time, over the customers,
// and leaves most customers without one.
func (o options) faults() map[int]m365.Fault {
	faults := map[int]m365.Fault{}
	kinds := m365.Faults()
	step := max(1, o.customers/len(kinds))
	for i, fault := range kinds {
		if index := i*step + step/2; index < o.customers && (!o.quick || slices.Contains(quick, fault)) {
			faults[index] = fault
		}
	}
	return faults
}
