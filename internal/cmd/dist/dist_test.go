package main

import (
	"archive/zip"
	"bytes"
	"debug/elf"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// clone copies what the package is made from, without git.
func clone(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for _, folder := range []string{"function", "handler", "internal"} {
		if err := os.CopyFS(filepath.Join(root, folder), os.DirFS(filepath.Join("..", "..", "..", folder))); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"go.mod", "go.sum", "host.json"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "..", name))
		if err == nil {
			err = os.WriteFile(filepath.Join(root, name), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func dist(t *testing.T, root string, args ...string) {
	t.Helper()
	var stderr bytes.Buffer
	if err := run(t.Context(), root, args, io.Discard, &stderr); err != nil {
		t.Fatal(err, stderr.String())
	}
}

func read(t *testing.T, elements ...string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(elements...))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestDist(t *testing.T) {
	root, other := clone(t), t.TempDir()
	if err := os.CopyFS(other, os.DirFS(root)); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(root, "dist")
	dist(t, root)

	t.Run("the same sources make the same bytes in any folder", func(t *testing.T) {
		elsewhere := filepath.Join(t.TempDir(), "new")
		dist(t, other, "-o", elsewhere)
		for _, name := range []string{zipName, sbomName} {
			if !bytes.Equal(read(t, out, name), read(t, elsewhere, name)) {
				t.Errorf("%s differs", name)
			}
		}
	})
	t.Run("what was there before is gone", func(t *testing.T) {
		if err := os.WriteFile(filepath.Join(out, "old.json"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		dist(t, root)
		if _, err := os.Stat(filepath.Join(out, "old.json")); err == nil {
			t.Error("old.json is still there")
		}
	})
	t.Run("the zip holds the handler, host.json and the functions", func(t *testing.T) {
		want := []string{"handler", "host.json"}
		functions, err := os.ReadDir(filepath.Join(root, "function"))
		if err != nil {
			t.Fatal(err)
		}
		for _, function := range functions {
			want = append(want, function.Name()+"/function.json")
		}
		var got []string
		for _, entry := range unzip(t, read(t, out, zipName)) {
			got = append(got, entry.Name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
	t.Run("only the handler may be executed", func(t *testing.T) {
		for _, entry := range unzip(t, read(t, out, zipName)) {
			want := fs.FileMode(0o644)
			if entry.Name == "handler" {
				want = 0o755
			}
			const unix = 3 // whose modes are looked at
			if entry.Mode() != want || entry.CreatorVersion>>8 != unix {
				t.Errorf("%s: mode %v of system %d, want %v", entry.Name, entry.Mode(), entry.CreatorVersion>>8, want)
			}
		}
	})
	t.Run("the zip holds what is staged", func(t *testing.T) {
		for _, entry := range unzip(t, read(t, out, zipName)) {
			content, err := entry.Open()
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(content)
			if staged := read(t, out, filepath.FromSlash(entry.Name)); err != nil || !bytes.Equal(text, staged) {
				t.Errorf("%s differs, %v", entry.Name, err)
			}
		}
	})
	t.Run("the handler is static, for linux on amd64", func(t *testing.T) {
		handler, err := elf.Open(filepath.Join(out, handlerName))
		if err != nil {
			t.Fatal(err)
		}
		defer handler.Close()
		static := !slices.ContainsFunc(handler.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP })
		if handler.Machine != elf.EM_X86_64 || !static {
			t.Errorf("machine %v, static %v", handler.Machine, static)
		}
	})
	t.Run("the list of modules is what go version finds in the handler", func(t *testing.T) {
		var b bill
		if err := json.Unmarshal(read(t, out, sbomName), &b); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range b.Components {
			if c.Name != "std" {
				got = append(got, c.Name+" "+c.Version)
			}
			if c.Name != "std" && (len(c.Hashes) != 1 || len(c.Hashes[0].Content) != 64) {
				t.Errorf("%s: hashes %v", c.Name, c.Hashes)
			}
		}
		if want := modules(t, filepath.Join(out, handlerName)); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if b.Components[0].Purl == "pkg:golang/std@" || b.Metadata.Component.Name != "tenantrollup" {
			t.Errorf("standard library %+v, application %+v", b.Components[0], b.Metadata.Component)
		}
	})
}

func unzip(t *testing.T, archive []byte) []*zip.File {
	t.Helper()
	reader, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	return reader.File
}

// modules asks the Go command.
func modules(t *testing.T, binary string) []string {
	t.Helper()
	output, err := exec.CommandContext(t.Context(), "go", "version", "-m", binary).Output()
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for line := range strings.Lines(string(output)) {
		if fields := strings.Fields(line); len(fields) > 2 && fields[0] == "dep" {
			found = append(found, fields[1]+" "+fields[2])
		}
	}
	return found
}
