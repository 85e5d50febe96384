package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"tenantrollup/internal/standin"
)

// olderCommit is the last one before a tenant's answer to one report was reused for
// the next ones.
const olderCommit = "018a005"

// build is a handler to be measured.
type build struct {
	root    string // of its sources
	handler string // the binary
	old     bool   // only lenient stand-ins accept its requests
}

func buildHandler(ctx context.Context, root, scratch string) (build, error) {
	handler, err := standin.Build(ctx, root, scratch, "./handler")
	return build{root: root, handler: handler}, err
}

// olderBuild checks out the older commit in a separate folder, once, and builds it.
func (h *harness) olderBuild(ctx context.Context) (build, error) {
	if h.older.handler != "" {
		return h.older, nil
	}
	h.say("building the handler of %s", olderCommit)
	checkout := filepath.Join(h.scratch, olderCommit)
	if h.older.root == "" {
		if err := h.git(ctx, "worktree", "add", "--detach", checkout, olderCommit); err != nil {
			return build{}, err
		}
		h.older.root = checkout
	}
	bin := filepath.Join(h.scratch, "older")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return build{}, err
	}
	b, err := buildHandler(ctx, checkout, bin)
	if err != nil {
		return build{}, err
	}
	b.old = true
	h.older = b
	return b, nil
}

func (h *harness) removeOlder() error {
	if h.older.root == "" {
		return nil
	}
	return h.git(context.Background(), "worktree", "remove", "--force", h.older.root)
}

func (h *harness) git(ctx context.Context, args ...string) error {
	if text, err := h.command(ctx, "git", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("git %s: %w: %s", strings.Join(args, " "), err, text)
	}
	return nil
}

// olderFile is a file of the repository that a benchmark of the older build needs.
type olderFile struct {
	name, source string // where it goes, and where it is
	without      string // what the older build doesn't have, and the benchmark doesn't need
}

// olderTest runs a benchmark of one of the older build's packages.
func (h *harness) olderTest(ctx context.Context, pkg string, files []olderFile, args ...string) (figures, error) {
	older, err := h.olderBuild(ctx)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(h.root, f.source))
		if err == nil {
			text = bytes.ReplaceAll(inPackage(text, filepath.Base(pkg)), []byte(f.without), nil)
			err = os.WriteFile(filepath.Join(older.root, f.name), text, 0o644)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("copy %s into %s", f.source, olderCommit), err)
		}
	}
	return h.goTestIn(ctx, older.root, pkg, args...)
}

var packageClause = regexp.MustCompile(`(?m)^package \w+?(_test)?$`)

// inPackage turns a Go file into one of another package, or of its tests.
func inPackage(text []byte, name string) []byte {
	return packageClause.ReplaceAll(text, []byte("package "+name+"$1"))
}
