package main

import (
	"bytes"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

func TestRefusals(t *testing.T) {
	tests := []struct {
		rule    string
		changes map[string]string // text by name; "-" takes the file away
		args    []string
		want    string
	}{
		{"a stray file next to function.json", map[string]string{"function/runs/notes.txt": ""}, nil, "function/runs/notes.txt: only function.json"},
		{"a folder in a function", map[string]string{"function/runs/old/function.json": ""}, nil, "function/runs/old: only function.json"},
		{"a file between the functions", map[string]string{"function/README.md": ""}, nil, "function/README.md: only folders"},
		{"a function without function.json", map[string]string{"function/runs/function.json": "-"}, nil, "read function runs"},
		{"no host.json", map[string]string{"host.json": "-"}, nil, "host.json"},
		{"a folder without go.mod", map[string]string{"go.mod": "-"}, nil, "root of the repository"},
		{"another module", map[string]string{"go.mod": "module contoso\n"}, nil, `go.mod does not say "module tenantrollup"`},
		{"an unknown argument", nil, []string{"linux"}, `unknown argument "linux"`},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			root := repository(t, tt.changes)
			err := run(t.Context(), root, tt.args, io.Discard, io.Discard)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q in it", err, tt.want)
			}
			if _, err := os.Stat(filepath.Join(root, "dist")); err == nil {
				t.Error("it has begun to write")
			}
		})
	}
	t.Run("a folder with something in it, which is kept", func(t *testing.T) {
		home := t.TempDir()
		kept := filepath.Join(home, "kept.txt")
		if err := os.WriteFile(kept, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		err := run(t.Context(), repository(t, nil), []string{"-o", home}, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), "new or empty") {
			t.Errorf("got %v", err)
		}
		if _, err := os.Stat(kept); err != nil {
			t.Error(err)
		}
	})
	t.Run("a handler that does not compile, with the compiler's words", func(t *testing.T) {
		var stderr bytes.Buffer
		root := repository(t, map[string]string{"handler/main.go": "package main\n\nfunc main() { missing() }\n"})
		err := run(t.Context(), root, nil, io.Discard, &stderr)
		if err == nil || !strings.Contains(stderr.String(), "undefined: missing") {
			t.Errorf("got %v, %s", err, &stderr)
		}
		if _, err := os.Stat(filepath.Join(root, "dist", zipName)); err == nil {
			t.Error("there is a zip")
		}
	})
}

// repository is one with a handler that does nothing.
func repository(t *testing.T, changes map[string]string) string {
	t.Helper()
	root := t.TempDir()
	files := map[string]string{
		"go.mod": "module tenantrollup\r\n\r\ngo 1.26.0\r\n", "handler/main.go": "package main\n\nfunc main() {}\n",
		"host.json": "{}", "function/nightly/function.json": "{}", "function/runs/function.json": "{}",
	}
	maps.Copy(files, changes)
	for name, text := range files {
		name = filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if text == "-" {
			continue
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestZippedInWhateverOrder(t *testing.T) {
	files := []file{{"handler", 0o755, []byte("one")}, {"host.json", 0o644, []byte("two")}, {"runs/function.json", 0o644, []byte("three")}}
	first, err := zipped(files)
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(files)
	second, err := zipped(files)
	if err != nil || !bytes.Equal(first, second) {
		t.Errorf("the bytes depend on the order, %v", err)
	}
}

func TestBillOfMaterials(t *testing.T) {
	const sum = "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
	t.Run("a replaced module is named as its replacement", func(t *testing.T) {
		c, err := moduleComponent(&debug.Module{Path: "contoso.example/a", Version: "v1.0.0", Replace: &debug.Module{Path: "fabrikam.example/a", Version: "v1.0.1+incompatible", Sum: sum}})
		if err != nil || c.Purl != "pkg:golang/fabrikam.example/a@v1.0.1%2Bincompatible" {
			t.Errorf("got %+v, %v", c, err)
		}
	})
	t.Run("a module that is not in go.sum is refused", func(t *testing.T) {
		_, err := moduleComponent(&debug.Module{Path: "contoso.example/a", Version: "(devel)"})
		if err == nil || !strings.Contains(err.Error(), "contoso.example/a") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a file that was not written by a Go linker is refused", func(t *testing.T) {
		name := filepath.Join(t.TempDir(), "handler")
		if err := os.WriteFile(name, []byte("#!/bin/sh\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := sbom(name); err == nil {
			t.Error("it has a list of modules")
		}
	})
}
