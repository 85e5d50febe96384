package internal_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// The recipes of CONTRIBUTING.md lead to files that are there.
func TestContributingNamesWhatIsThere(t *testing.T) {
	text, err := os.ReadFile("../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`([\\w./-]+/[\\w./-]*|\\w+\\.\\w+)`").FindAllSubmatch(text, -1)
	if len(named) < 20 {
		t.Fatalf("only %d files and folders are named", len(named))
	}
	for _, m := range named {
		name := string(m[1])
		// What the plan names is in internal/; everything else is named from the root.
		if _, err := os.Stat(filepath.Join("..", name)); err != nil {
			if _, err := os.Stat(name); err != nil && name != "dist/functionapp.zip" {
				t.Errorf("CONTRIBUTING.md names %s, which is not there", name)
			}
		}
	}
}
