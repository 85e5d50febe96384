package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

const module = "module tenantrollup"

// file is one file of the function app.
type file struct {
	name string // from the root of the app, with slashes
	mode fs.FileMode
	text []byte
}

// stage writes the file below dir.
func (f file) stage(dir string) error {
	name := filepath.Join(dir, filepath.FromSlash(f.name))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(name, f.text, f.mode); err != nil {
		return err
	}
	return os.Chmod(name, f.mode) // the umask may have removed a bit
}

// checkRoot refuses any folder but the repository's root.
func checkRoot(root string) error {
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return fmt.Errorf("run it in the root of the repository, this is another folder: %w", err)
	}
	for line := range bytes.Lines(text) {
		if string(bytes.TrimSpace(line)) == module {
			return nil
		}
	}
	return fmt.Errorf("run it in the root of the repository, this is another folder: go.mod does not say %q", module)
}

// functionFiles are host.json and the functions, one folder each. Anything else in
// their folders is refused, because the host considers a single file next to
// function.json the function's script.
func functionFiles(root string) ([]file, error) {
	host, err := os.ReadFile(filepath.Join(root, "host.json"))
	if err != nil {
		return nil, fmt.Errorf("read the host's settings: %w", err)
	}
	files := []file{{"host.json", 0o644, host}}
	functions, err := os.ReadDir(filepath.Join(root, "function"))
	if err != nil {
		return nil, fmt.Errorf("read the functions: %w", err)
	}
	for _, function := range functions {
		if !function.IsDir() {
			return nil, fmt.Errorf("function/%s: only folders belong here, one for each function; move it away", function.Name())
		}
		f, err := readFunction(root, function.Name())
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	if len(files) == 1 {
		return nil, errors.New("function: there is no function in it")
	}
	return files, nil
}

func readFunction(root, name string) (file, error) {
	folder := filepath.Join(root, "function", name)
	entries, err := os.ReadDir(folder)
	if err != nil {
		return file{}, fmt.Errorf("read function %s: %w", name, err)
	}
	for _, entry := range entries {
		if entry.Name() != "function.json" {
			return file{}, fmt.Errorf("function/%s/%s: only function.json belongs here; move it away", name, entry.Name())
		}
	}
	text, err := os.ReadFile(filepath.Join(folder, "function.json"))
	if err != nil {
		return file{}, fmt.Errorf("read function %s: %w", name, err)
	}
	return file{path.Join(name, "function.json"), 0o644, text}, nil
}
