package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tenantrollup/internal/report"
)

// docs/from-the-2015-script.md is copied from: its settings are accepted, and
// what it points to is there.
func TestPageOfThe2015Script(t *testing.T) {
	docs := filepath.Join("..", "docs")
	page := string(readFile(t, os.DirFS(docs), "from-the-2015-script.md"))

	t.Run("its settings are accepted", func(t *testing.T) {
		settings := regexp.MustCompile(`(?m)^REPORTS=(.+)$`).FindAllStringSubmatch(page, -1)
		if len(settings) == 0 {
			t.Fatal("it has none")
		}
		for _, setting := range settings {
			if _, err := report.ParseList(setting[1]); err != nil {
				t.Errorf("%s: %v", setting[1], err)
			}
		}
	})
	t.Run("its links lead somewhere", func(t *testing.T) {
		links := regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(page, -1)
		if len(links) == 0 {
			t.Fatal("it has none")
		}
		for _, link := range links {
			if strings.HasPrefix(link[1], "https://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(docs, filepath.FromSlash(link[1]))); err != nil {
				t.Error(err)
			}
		}
	})
}
