package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// buildHandler builds the handler into dir. GOFLAGS is the builder's own: if git can't
// be asked, -buildvcs=false leaves the commit out of the version.
func buildHandler(ctx context.Context, root, dir string, stderr io.Writer) (file, error) {
	binary := filepath.Join(dir, handlerName)
	command := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s", "-o", binary, "./handler")
	command.Dir = root
	// GOAMD64: the plan does not say which processors it runs on.
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64", "GOAMD64=v1")
	command.Stdout, command.Stderr = stderr, stderr
	if err := command.Run(); err != nil {
		return file{}, fmt.Errorf("build the handler: %w", err)
	}
	text, err := os.ReadFile(binary)
	if err != nil {
		return file{}, fmt.Errorf("read the handler: %w", err)
	}
	return file{handlerName, 0o755, text}, nil
}
