package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// target is a system that the handler is built for.
type target struct{ os, arch string }

// appTarget is where the function app runs.
var appTarget = target{"linux", "amd64"}

// handTargets are where people also run nights by hand.
var handTargets = []target{{"windows", "amd64"}, {"windows", "arm64"}, {"darwin", "amd64"}, {"darwin", "arm64"}}

// binary is the name of the target's handler.
func (t target) binary() string {
	name := handlerName
	if t != appTarget {
		name += "-" + t.os + "-" + t.arch
	}
	if t.os == "windows" {
		name += ".exe"
	}
	return name
}

// command builds the target's handler into dir. GOFLAGS is the builder's own: if git
// can't be asked, -buildvcs=false leaves the commit out of the version.
func (t target) command(ctx context.Context, root, dir string) *exec.Cmd {
	command := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s", "-o", filepath.Join(dir, t.binary()), "./handler")
	command.Dir = root
	// For the oldest processors: nobody says which ones it will run on.
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+t.os, "GOARCH="+t.arch, "GOAMD64=v1", "GOARM64=v8.0")
	return command
}

func (t target) build(ctx context.Context, root, dir string, stderr io.Writer) error {
	command := t.command(ctx, root, dir)
	command.Stdout, command.Stderr = stderr, stderr
	if err := command.Run(); err != nil {
		return fmt.Errorf("build the handler for %s/%s: %w", t.os, t.arch, err)
	}
	return nil
}

// buildHandler builds the function app's handler into dir.
func buildHandler(ctx context.Context, root, dir string, stderr io.Writer) (file, error) {
	if err := appTarget.build(ctx, root, dir, stderr); err != nil {
		return file{}, err
	}
	text, err := os.ReadFile(filepath.Join(dir, appTarget.binary()))
	if err != nil {
		return file{}, fmt.Errorf("read the handler: %w", err)
	}
	return file{handlerName, 0o755, text}, nil
}
