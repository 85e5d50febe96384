package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"tenantrollup/internal/config"
	"tenantrollup/internal/report"
	"tenantrollup/internal/runstore"
)

// folderByHand is where runs by hand are if no other place is named.
const folderByHand = "reports"

// wireByHand connects what handler night works with: no Functions host, and a
// folder if one is named or no storage is set.
func wireByHand(ctx context.Context, from console, out string) (*app, error) {
	c, err := config.LoadByHand(from.getenv, variables(), report.DateOf(time.Now()))
	if err != nil {
		return nil, withoutSecrets(err)
	}
	a, options, err := connect(c, from.getenv, from.secrets)
	if err != nil {
		return nil, err
	}
	os.MkdirAll(os.TempDir(), 0o700) // a container from scratch has none; whatever needs it says what is wrong
	if out == "" && c.Storage == (config.Storage{}) {
		out = folderByHand
	}
	if out == "" {
		return a, a.useStorage(options)
	}
	if strings.Contains(out, "://") {
		return nil, fmt.Errorf("-out %s: want a folder; the files go to storage if REPORTS_STORAGE is set and -out is not", out)
	}
	folder, err := runstore.OpenFolder(ctx, out)
	if err != nil {
		return nil, err
	}
	a.blobs, a.store = folder, runstore.New(folder)
	return a, nil
}

func wireFor(ctx context.Context, byHand bool, from console, out string) (*app, error) {
	if byHand {
		return wireByHand(ctx, from, out)
	}
	return wire(from.getenv, from.secrets)
}

// underHost reports whether this is a Functions host.
func underHost(getenv func(string) string) bool {
	return slices.ContainsFunc(config.HostVariables, func(name string) bool { return getenv(name) != "" })
}

// folder is where the files are, or empty if they are in storage.
func (a *app) folder() string {
	if folder, ok := a.blobs.(*runstore.Folder); ok {
		return folder.Path()
	}
	return ""
}

func (a *app) folderNote() string {
	if folder := a.folder(); folder != "" {
		return " in folder " + folder
	}
	return ""
}

func (a *app) close() {
	if folder, ok := a.blobs.(*runstore.Folder); ok {
		folder.Close()
	}
}
