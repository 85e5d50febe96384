package main

import (
	"os"
	"regexp"
	"runtime/debug"
	"strings"
	"testing"
)

func TestVersion(t *testing.T) {
	commit := []debug.BuildSetting{{Key: "vcs.revision", Value: "018a0053b1c2d3e4f5061728394a5b6c7d8e9f00"}, {Key: "vcs.time", Value: "2026-11-24T23:00:35Z"}}
	for rule, c := range map[string]struct {
		settings []debug.BuildSetting
		want     string
	}{
		"names the commit and its date":    {append(commit, debug.BuildSetting{Key: "vcs.modified", Value: "false"}), release + " (commit 018a0053b1c2 of 2026-11-24)"},
		"says that the source was changed": {append(commit, debug.BuildSetting{Key: "vcs.modified", Value: "true"}), release + " (commit 018a0053b1c2 of 2026-11-24, with changes)"},
		"says what it does not know":       {nil, release + " (built without git: the commit is unknown)"},
	} {
		t.Run(rule, func(t *testing.T) {
			if got := versionOf(c.settings); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestTheChangelogKnowsTheRelease(t *testing.T) {
	text, err := os.ReadFile("../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	headings := regexp.MustCompile(`(?m)^## (.*)$`).FindAllStringSubmatch(string(text), -1)
	if len(headings) < 2 {
		t.Fatalf("headings %q", headings)
	}
	next, coming := strings.CutSuffix(release, "-dev")
	newest, _, _ := strings.Cut(headings[0][1], " ")
	if unreleased := newest == "Unreleased"; unreleased != coming || !unreleased && newest != next || strings.Contains(string(text), "## "+next) != !coming {
		t.Errorf("the program calls itself %s, and CHANGELOG.md begins with %s", release, headings[0][1])
	}
}
