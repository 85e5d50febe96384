package standin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"

	"tenantrollup/internal/standin/functionshost"
)

// AzureOptions say what to start next to a Microsoft that is already running,
// possibly in another process. Root, Handler, Package, Clocks and Console are as in
// Options.
type AzureOptions struct {
	Root, Handler, Package string
	Settings               map[string]string // Microsoft's, and those that override the defaults
	Storage                *Storage          // required; Close leaves it running
	// StorageReady is called with the host:port that StorageHost must lead to.
	StorageReady func(addr string) error
	Clocks       functionshost.Clocks
	Console      io.Writer
}

// Azure is what runs the handler: blob storage and the Functions host.
type Azure struct {
	Host *functionshost.Host

	app     string // the folder that was made for the function app, if any
	console console
	hosting functionshost.Options
}

// StartAzure returns when the handler serves. It runs until Close.
func StartAzure(ctx context.Context, o AzureOptions) (*Azure, error) {
	a := &Azure{console: console{also: o.Console}}
	if err := a.open(ctx, o); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

func (a *Azure) open(ctx context.Context, o AzureOptions) (err error) {
	if err := o.StorageReady(o.Storage.Addr()); err != nil {
		return err
	}
	if o.Package == "" {
		if a.app, err = stage(o.Root); err != nil {
			return err
		}
	}
	settings := map[string]string{
		"AzureWebJobsStorage__accountName": StorageAccount,
		"NIGHTLY_SCHEDULE":                 "0 0 1 * * *",
	}
	maps.Copy(settings, o.Settings)
	a.hosting = functionshost.Options{
		ScriptRoot: cmp.Or(o.Package, a.app), Binary: o.Handler, Settings: settings,
		Stdout: &a.console, Stderr: &a.console, BlobAddr: o.Storage.Addr(), Clocks: o.Clocks,
	}
	a.Host, err = a.StartHost(ctx)
	return err
}

// StartHost starts another host on the same storage, with its own empty queue. The
// caller closes it.
func (a *Azure) StartHost(ctx context.Context) (*functionshost.Host, error) {
	return functionshost.Start(ctx, a.hosting)
}

// stage lays out a script root as make package does, without the binary.
func stage(root string) (string, error) {
	dir, err := os.MkdirTemp("", "tenant-rollup-app-")
	if err != nil {
		return "", fmt.Errorf("stage the function app: %w", err)
	}
	text, err := os.ReadFile(filepath.Join(root, "host.json"))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "host.json"), text, 0o600)
	}
	if err == nil {
		err = os.CopyFS(dir, os.DirFS(filepath.Join(root, "function")))
	}
	if err != nil {
		return dir, fmt.Errorf("stage the function app: %w", err)
	}
	return dir, nil
}

// Console returns all that the handler has printed.
func (a *Azure) Console() string { return a.console.text() }

// Close ends everything that StartAzure began.
func (a *Azure) Close() error {
	var errs []error
	if a.Host != nil {
		errs = append(errs, a.Host.Close())
	}
	if a.app != "" {
		errs = append(errs, os.RemoveAll(a.app))
	}
	return errors.Join(errs...)
}
