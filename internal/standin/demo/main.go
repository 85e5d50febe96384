// Command demo runs a whole night on this machine: 250 customers of a
// simulated Microsoft, the real handler, Azurite, and the nightly trigger. It
// ends with what a partner would look at: the counts, the files, and the
// customers without data with what to do. With -stay it leaves everything
// running, the runs API with it.
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
	"runtime"
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
	customers := flag.Int("customers", 250, "how many customers the partner has")
	stay := flag.Bool("stay", false, "stay up after the night, until interrupted")
	flag.Parse()
	if err := demo(ctx, os.Stdout, *customers, *stay); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// reportName is the report that the default of REPORTS names.
const reportName = "mailbox-activity"

func demo(ctx context.Context, out io.Writer, customers int, stay bool) error {
	root, err := standin.Repository()
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "tenant-rollup-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	fmt.Fprintln(out, "Building the handler, and installing Azurite where it is missing …")
	if err := prepare(ctx, root, scratch); err != nil {
		return err
	}
	place, err := standin.Start(ctx, standin.Options{
		Root: root, Handler: filepath.Join(scratch, executable("handler")), Settings: excludeOne,
		Clocks: functionshost.Clocks{VisibilityTimeout: time.Second}, // two minutes in earnest: see night.kill
		Cloud: m365.Options{
			Customers: customers, Seed: 2015, Faults: faults(customers),
			Latency: m365.Latency{Token: 80 * time.Millisecond, Report: 250 * time.Millisecond, Download: 150 * time.Millisecond},
		},
	})
	if err != nil {
		return err
	}
	defer place.Close()
	n := night{place: place, customers: customers, out: out, terminal: isTerminal(out), root: root}
	if err := n.run(ctx); err != nil {
		return err
	}
	if err := n.compare(ctx, filepath.Join(scratch, executable("loop2015"))); err != nil {
		return err
	}
	if stay {
		return n.stay(ctx)
	}
	return nil
}

func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// excludeOne leaves the last customer out, as partners do with their own test
// tenants.
func excludeOne(cloud *m365.Cloud) map[string]string {
	customers := cloud.Customers()
	if len(customers) == 0 {
		return nil
	}
	return map[string]string{"CUSTOMERS_EXCLUDE": customers[len(customers)-1].TenantID}
}

// prepare builds the handler and its rival, and installs Azurite beside.
func prepare(ctx context.Context, root, scratch string) error {
	var preparing sync.WaitGroup
	var installed error
	preparing.Go(func() { installed = installAzurite(ctx, filepath.Join(root, "test")) })
	build := exec.CommandContext(ctx, "go", "build", "-o", scratch+string(filepath.Separator), "./handler", "./test/rivals/loop2015")
	build.Dir = root
	output, err := build.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("build the handler: %w\n%s", err, output)
	}
	preparing.Wait()
	return errors.Join(err, installed)
}

func executable(name string) string {
	if runtime.GOOS == "windows" {
		return name + ".exe"
	}
	return name
}

func installAzurite(ctx context.Context, dir string) error {
	if _, err := os.Stat(filepath.Join(dir, "node_modules", ".package-lock.json")); err == nil {
		return nil
	}
	command := exec.CommandContext(ctx, "npm", "ci", "--no-audit", "--no-fund", "--loglevel", "error")
	command.Dir = dir
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("install azurite (npm ci in test/; needs Node 20 or later): %w\n%s", err, output)
	}
	return nil
}

// faults spreads every fault over the customers, and leaves most of them
// without one.
func faults(customers int) map[int]m365.Fault {
	faults := map[int]m365.Fault{}
	kinds := m365.Faults()
	step := max(1, customers/len(kinds))
	for i, fault := range kinds {
		if index := i*step + step/2; index < customers {
			faults[index] = fault
		}
	}
	return faults
}
