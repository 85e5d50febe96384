package runstore_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/run"
	"tenantrollup/internal/runstore"
	"tenantrollup/internal/runstore/runstoretest"
)

func openFolder(t *testing.T, path string) *runstore.Folder {
	t.Helper()
	f, err := runstore.OpenFolder(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestFolder(t *testing.T) {
	runstoretest.Contract(t, func(t *testing.T) runstore.Container { return openFolder(t, t.TempDir()) })
}

// visible returns the files that people see, with their content.
func visible(t *testing.T, path string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
		if entry != nil && entry.IsDir() && entry.Name() == ".tenant-rollup" {
			return fs.SkipDir
		}
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		name, _ = filepath.Rel(path, name)
		files[filepath.ToSlash(name)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// left counts the hidden files, staged or unfinished.
func left(t *testing.T, path, kind string) int {
	t.Helper()
	return len(visible(t, filepath.Join(path, ".tenant-rollup", kind)))
}

func TestRunInAFolder(t *testing.T) {
	path := t.TempDir()
	s := runstore.New(openFolder(t, path))
	night(t, s)
	t.Run("uses the same names as a container", func(t *testing.T) {
		files := visible(t, path)
		if files[csvName] != nightText || len(files) != 3 {
			t.Errorf("files: %q", files)
		}
	})
	t.Run("leaves nothing staged", func(t *testing.T) {
		if n := left(t, path, "staged") + left(t, path, "unfinished"); n > 0 {
			t.Errorf("%d files are left", n)
		}
	})
}

// TestFolderKilledAtEachStep ends the process before each step of each write, and
// the next one goes on with what it finds.
func TestFolderKilledAtEachStep(t *testing.T) {
	old, next := "one", "two"
	writes := map[string]func(t *testing.T, f *runstore.Folder, etag string) error{
		"put": func(t *testing.T, f *runstore.Folder, etag string) error {
			_, err := f.Put(t.Context(), "r/a", []byte(next), runstore.Write{IfMatch: etag, Metadata: map[string]string{"is": next}})
			return err
		},
		"commit": func(t *testing.T, f *runstore.Folder, etag string) error {
			id := run.BlockID("0badcafe", 1, 0)
			if err := f.Stage(t.Context(), "r/a", id, []byte(next)); err != nil {
				return err
			}
			return f.Commit(t.Context(), "r/a", []string{id}, runstore.Write{IfMatch: etag, Metadata: map[string]string{"is": next}})
		},
	}
	for name, write := range writes {
		t.Run(name, func(t *testing.T) {
			for step := 0; ; step++ {
				path := t.TempDir()
				f, other := openFolder(t, path), openFolder(t, path)
				etag, err := f.Put(t.Context(), "r/a", []byte(old), runstore.Write{Metadata: map[string]string{"is": old}})
				if err != nil {
					t.Fatal(err)
				}
				steps := []string{}
				runstore.BeforeEachStep(f, func(what string) error {
					if steps = append(steps, what); len(steps) > step {
						return errors.New("killed")
					}
					return nil
				})
				err = write(t, f, etag)
				killed := steps[len(steps)-1]
				whole := func(who string, f *runstore.Folder) {
					is, err := f.Head(t.Context(), "r/a")
					if err != nil {
						t.Fatal(err)
					}
					if got := visible(t, path)["r/a"]; got != is.Metadata["is"] || (got == old) != (is.ETag == etag) {
						t.Errorf("killed before %q: %s finds content %q, metadata %q", killed, who, got, is.Metadata)
					}
				}
				whole("a process that was already running", other)
				whole("the next process", openFolder(t, path))
				staged, unfinished := left(t, path, "staged"), left(t, path, "unfinished")
				if unfinished > 0 || staged > 0 && visible(t, path)["r/a"] == next {
					t.Errorf("killed before %q: %d files are staged, and %d unfinished", killed, staged, unfinished)
				}
				if err == nil {
					if step < 4 {
						t.Errorf("only %d steps: %q", step, steps)
					}
					return
				}
			}
		})
	}
}

func TestFileOfSomebodyElse(t *testing.T) {
	path := t.TempDir()
	f := openFolder(t, path)
	id := run.BlockID("0badcafe", 1, 0)
	stageCommit := func(t *testing.T, etag string) error {
		if err := f.Stage(t.Context(), "r/a", id, []byte("ours")); err != nil {
			t.Fatal(err)
		}
		return f.Commit(t.Context(), "r/a", []string{id}, runstore.Write{IfMatch: etag, Metadata: map[string]string{"run": "1"}})
	}
	edit := func(t *testing.T, text string) {
		os.MkdirAll(filepath.Join(path, "r"), 0o755)
		if err := os.WriteFile(filepath.Join(path, "r", "a"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("is not overwritten", func(t *testing.T) {
		edit(t, "theirs")
		if err := stageCommit(t, ""); !errors.Is(err, run.ErrRefused) {
			t.Error(err)
		}
	})
	t.Run("has neither metadata nor blocks, even where it was ours", func(t *testing.T) {
		os.Remove(filepath.Join(path, "r", "a"))
		if err := stageCommit(t, ""); err != nil {
			t.Fatal(err)
		}
		edit(t, "ours, and more")
		is, err := f.Head(t.Context(), "r/a")
		blocks, errBlocks := f.Blocks(t.Context(), "r/a")
		if err != nil || errBlocks != nil || len(is.Metadata)+len(blocks.Committed) > 0 || blocks.ETag != is.ETag || is.ETag == "" {
			t.Errorf("%+v, %v; blocks %+v, %v", is, err, blocks, errBlocks)
		}
	})
	t.Run("is gone when somebody deletes it", func(t *testing.T) {
		os.Remove(filepath.Join(path, "r", "a"))
		if _, err := f.Head(t.Context(), "r/a"); !errors.Is(err, runstore.ErrNotFound) {
			t.Error(err)
		}
	})
	t.Run("is ours again when the folder is copied", func(t *testing.T) {
		if err := stageCommit(t, ""); err != nil {
			t.Fatal(err)
		}
		elsewhere := filepath.Join(t.TempDir(), "copy")
		if err := os.CopyFS(elsewhere, os.DirFS(path)); err != nil {
			t.Fatal(err)
		}
		is, err := openFolder(t, elsewhere).Head(t.Context(), "r/a")
		if err != nil || is.Metadata["run"] != "1" {
			t.Errorf("%+v, %v", is, err)
		}
	})
}

func TestStagedBlocksAreKeptForAWeek(t *testing.T) {
	path := t.TempDir()
	f := openFolder(t, path)
	for sequence, age := range []time.Duration{time.Hour, 8 * 24 * time.Hour} {
		if err := f.Stage(t.Context(), "r/a", run.BlockID("0badcafe", 1, sequence), []byte("A")); err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(path, ".tenant-rollup", "staged", "r", "a", fmt.Sprintf("%x", run.BlockID("0badcafe", 1, sequence)))
		then := time.Now().Add(-age)
		if err := os.Chtimes(name, then, then); err != nil {
			t.Fatal(err)
		}
	}
	openFolder(t, path)
	if n := left(t, path, "staged"); n != 1 {
		t.Errorf("%d blocks are left, want the younger one", n)
	}
}

func TestFolderThatRefuses(t *testing.T) {
	path := t.TempDir()
	f := openFolder(t, path)
	if err := os.WriteFile(filepath.Join(path, "r"), nil, 0o644); err != nil { // where a folder must be
		t.Fatal(err)
	}
	_, err := f.Put(t.Context(), "r/a", nil, runstore.Write{})
	failure, ok := errors.AsType[*run.Failure](err)
	if !ok || !strings.HasPrefix(failure.Message, "Can't write blob r/a: ") || failure.Remedy == "" || !failure.Transient {
		t.Errorf("%#v", err)
	}
}

// TestFolderLock makes another process hold the lock: this test again, with the folder
// in its environment.
func TestFolderLock(t *testing.T) {
	const variable = "TEST_FOLDER_LOCK"
	if path := os.Getenv(variable); path != "" {
		f := openFolder(t, path)
		runstore.BeforeEachStep(f, func(string) error {
			fmt.Println("locked")
			select {} // until it is killed
		})
		f.Put(t.Context(), "a", nil, runstore.Write{})
		return
	}
	path := t.TempDir()
	f := openFolder(t, path)
	other := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestFolderLock$")
	other.Env = append(os.Environ(), variable+"="+path)
	out, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan() && lines.Text() != "locked"; {
	}

	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := f.Head(ctx, "a"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("while another process has the lock: %v", err)
	}
	other.Process.Kill()
	other.Wait()
	if _, err := f.Head(t.Context(), "a"); !errors.Is(err, runstore.ErrNotFound) {
		t.Errorf("after that process was killed: %v", err)
	}
}
