package main_test

import (
	"archive/zip"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"tenantrollup/internal/run"
	"tenantrollup/internal/standin"
	"tenantrollup/internal/standin/m365"
)

func TestNightFromThePackage(t *testing.T) {
	t.Parallel()
	const customers = 10
	p := openPackage(t, m365.Options{Customers: customers, Seed: 5})
	p.night()
	record := p.record("mailbox-activity", p.today)
	if record.State != run.StatePublished || record.WithData != customers || len(p.published("mailbox-activity").rows) != customers {
		t.Errorf("record: %+v", record)
	}
}

// openPackage makes the host run what is deployed: the packager's zip, unpacked, with
// the modes in the zip.
func openPackage(t *testing.T, cloud m365.Options) *place {
	t.Helper()
	packed, unpacked := filepath.Join(t.TempDir(), "dist"), t.TempDir()
	packager := exec.CommandContext(t.Context(), "go", "run", "./internal/cmd/dist", "-o", packed)
	packager.Dir = ".."
	if output, err := packager.CombinedOutput(); err != nil {
		t.Fatalf("go run ./internal/cmd/dist: %v\n%s", err, output)
	}
	unpack(t, filepath.Join(packed, "functionapp.zip"), unpacked)
	return start(t, standin.Options{Package: unpacked, Cloud: cloud, Clocks: clocks})
}

func unpack(t *testing.T, archive, dir string) {
	t.Helper()
	reader, err := zip.OpenReader(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	for _, entry := range reader.File {
		content, err := entry.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(content) // to the end, where the checksum is compared
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(dir, filepath.FromSlash(entry.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, text, entry.Mode()); err != nil {
			t.Fatal(err)
		}
	}
}
