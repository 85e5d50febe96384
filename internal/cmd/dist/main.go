// Command dist makes the function app as it is deployed, on any system that has
// Go, without make:
//
//	go run ./internal/cmd/dist          into dist/, which is emptied first
//	go run ./internal/cmd/dist -o DIR   into a folder that is new or empty
//	go run ./internal/cmd/dist -hand    also the handlers of Windows and macOS, for
//	                                    nights by hand
//
// There it writes the static handler for linux/amd64, host.json and a folder for each
// function, the same again in functionapp.zip, and functionapp.cdx.json, which lists
// the modules inside the handler. The zip contains nothing else. The same commit (or
// the same sources, without git) and the same Go make the same bytes everywhere and
// at any time.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
)

const (
	handlerName = "handler" // host.json's defaultExecutablePath
	zipName     = "functionapp.zip"
	sbomName    = "functionapp.cdx.json"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, ".", os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "dist:", err)
		os.Exit(1)
	}
}

// run packages the repository at root.
func run(ctx context.Context, root string, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("dist", flag.ContinueOnError)
	flags.SetOutput(stderr)
	hand := flags.Bool("hand", false, "also build the handlers of Windows and macOS")
	out := flags.String("o", "", "a new or empty folder to write to, instead of dist")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unknown argument %q; accepted: -hand, and -o and a folder", flags.Arg(0))
	}
	if err := checkRoot(root); err != nil {
		return err
	}
	files, err := functionFiles(root)
	if err != nil {
		return err
	}
	dir, err := prepare(root, *out)
	if err != nil {
		return err
	}
	handler, err := buildHandler(ctx, root, dir, stderr)
	if err != nil {
		return err
	}
	if err := write(dir, append(files, handler)); err != nil {
		return err
	}
	fmt.Fprintln(stdout, filepath.Join(dir, zipName))
	if !*hand {
		return nil
	}
	for _, target := range handTargets {
		if err := target.build(ctx, root, dir, stderr); err != nil {
			return err
		}
		fmt.Fprintln(stdout, filepath.Join(dir, target.binary()))
	}
	return nil
}

// prepare returns the empty folder to write to. It empties only dist: another
// folder may contain something that somebody still needs.
func prepare(root, out string) (string, error) {
	dir := out
	if dir == "" {
		dir = filepath.Join(root, "dist")
		if err := os.RemoveAll(dir); err != nil {
			return "", fmt.Errorf("empty the folder: %w", err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("-o: %w", err)
	}
	if len(entries) > 0 {
		return "", fmt.Errorf("-o %s: it is not empty; name a new or empty folder", dir)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("make the folder: %w", err)
	}
	return filepath.Abs(dir)
}

func write(dir string, files []file) error {
	for _, f := range files {
		if err := f.stage(dir); err != nil {
			return fmt.Errorf("stage the function app: %w", err)
		}
	}
	archive, err := zipped(files)
	if err != nil {
		return fmt.Errorf("zip the function app: %w", err)
	}
	bill, err := sbom(filepath.Join(dir, handlerName))
	if err != nil {
		return fmt.Errorf("list the handler's modules: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, zipName), archive, 0o644); err != nil {
		return fmt.Errorf("write the function app: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, sbomName), bill, 0o644); err != nil {
		return fmt.Errorf("write the list of modules: %w", err)
	}
	return nil
}
