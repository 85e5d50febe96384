package internal_test

import (
	"bytes"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// mayImport is the architecture: which of our packages each one knows. Packages of one
// level don't know each other; lower ones know nothing about higher ones. Tests may
// import what they test with.
var mayImport = map[string][]string{
	// Level 0: what may be asked, the host's protocol, the merge, records as CSV.
	"internal/report":        {},
	"internal/customhandler": {},
	"internal/csvmerge":      {},
	"internal/records":       {},
	// Level 1: what happened, and the settings.
	"internal/run":    {"internal/report"},
	"internal/config": {"internal/report"},
	// Level 1½: what refusals mean, for every package above.
	"internal/refusal": {"internal/run"},
	// Level 2: a call to Microsoft.
	"internal/msapi": {"internal/refusal", "internal/run"},
	// Level 3: technologies, side by side, and the run itself, which declares
	// what it needs of them.
	"internal/signin":          {"internal/refusal", "internal/run", "internal/msapi"},
	"internal/customers":       {"internal/report", "internal/run", "internal/msapi"},
	"internal/graphreport":     {"internal/report", "internal/refusal", "internal/run", "internal/msapi"},
	"internal/graphcollection": {"internal/report", "internal/records", "internal/refusal", "internal/run", "internal/msapi"},
	"internal/exchange":        {"internal/report", "internal/records", "internal/refusal", "internal/run", "internal/msapi"},
	"internal/access":          {"internal/report", "internal/run", "internal/msapi"},
	"internal/runstore":        {"internal/report", "internal/refusal", "internal/run"},
	"internal/rollup":          {"internal/report", "internal/run", "internal/csvmerge"},
	"internal/web":             {"internal/report", "internal/run"},
	"internal/notify":          {"internal/refusal", "internal/report", "internal/run"},
	// The memory double of storage, next to what it doubles.
	"internal/runstore/runstoretest": {"internal/run", "internal/runstore"},
	// What tests of these share.
	"internal/run/runtest":     {"internal/run"},
	"internal/msapi/msapitest": {"internal/run"},
	// Level 4: wiring.
	"handler": {
		"internal/report", "internal/customhandler", "internal/run", "internal/refusal", "internal/config", "internal/msapi",
		"internal/signin", "internal/customers", "internal/graphreport", "internal/graphcollection", "internal/exchange", "internal/access", "internal/runstore", "internal/rollup", "internal/web",
		"internal/notify",
	},
	// Next to the levels: everything around the handler that a laptop lacks. The
	// handler never links it.
	"internal/standin/m365":          {},
	"internal/standin/azurite":       {},
	"internal/standin/functionshost": {},
	"internal/standin":               {"internal/standin/m365", "internal/standin/azurite", "internal/standin/functionshost"},
	// The programs of the Makefile.
	"internal/cmd/demo": {
		"internal/report", "internal/run", "internal/standin", "internal/standin/functionshost", "internal/standin/m365",
	},
	"internal/cmd/bench": {
		"internal/run", "internal/standin", "internal/standin/functionshost", "internal/standin/m365",
	},
	"internal/cmd/chaos": {
		"internal/report", "internal/run", "internal/standin", "internal/standin/functionshost", "internal/standin/m365",
	},
	"internal/cmd/cmdlets": {},
	"internal/cmd/dist":    {},
	// Other ways to do the work, to be measured against.
	"test/rivals/loop2015":         {"test/rivals/rival"},
	"test/rivals/pool10":           {"test/rivals/rival"},
	"test/rivals/floor":            {"test/rivals/rival"},
	"test/rivals/sharedcredential": {"test/rivals/rival"},
	"test/rivals/rival":            {},
}

const module = "tenantrollup/"

type source struct {
	name       string // from the repository's root, with slashes
	lines      int
	imports    []string // ours, from the repository's root
	documented bool
}

func (s source) folder() string { return path.Dir(s.name) }

func (s source) isTest() bool { return strings.HasSuffix(s.name, "_test.go") }

func sources(t *testing.T) []source {
	t.Helper()
	var found []source
	root := os.DirFS("..")
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if base := entry.Name(); base == "node_modules" || base == "testdata" || name == "dist" || base != "." && base[0] == '.' {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		s := source{name: name, lines: bytes.Count(text, []byte("\n")), documented: file.Doc != nil}
		for _, spec := range file.Imports {
			if imported, ours := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), module); ours {
				s.imports = append(s.imports, imported)
			}
		}
		found = append(found, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestImports(t *testing.T) {
	for _, s := range sources(t) {
		if s.isTest() {
			continue
		}
		allowed, known := mayImport[s.folder()]
		if !known {
			t.Errorf("%s: package %s has no place in the architecture; give it one in mayImport", s.name, s.folder())
		}
		for _, imported := range s.imports {
			if !slices.Contains(allowed, imported) {
				t.Errorf("%s imports %s; it may import %q", s.name, imported, allowed)
			}
		}
	}
}

func TestFileLength(t *testing.T) {
	const most = 400
	for _, s := range sources(t) {
		if s.lines > most {
			t.Errorf("%s has %d lines; split what has more than %d", s.name, s.lines, most)
		}
	}
}

func TestPackageComments(t *testing.T) {
	documented := map[string]int{}
	for _, s := range sources(t) {
		if s.isTest() {
			continue
		}
		documented[s.folder()] += 0
		if s.documented {
			documented[s.folder()]++
		}
	}
	for folder, n := range documented {
		if n != 1 {
			t.Errorf("package %s has %d package comments, want one that says what it promises", folder, n)
		}
	}
}
