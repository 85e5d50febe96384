package main

import (
	"runtime/debug"
	"strings"
)

// release is the newest heading of CHANGELOG.md, or, with -dev, the one that comes next.
const release = "0.2.0"

// version names the release, and the commit with its date, but not when it was
// built, because a package has the same bytes on every build of a commit.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return release
	}
	return versionOf(info.Settings)
}

func versionOf(settings []debug.BuildSetting) string {
	said := map[string]string{}
	for _, setting := range settings {
		said[setting.Key] = setting.Value
	}
	commit := said["vcs.revision"]
	if commit == "" {
		return release + " (built without git: the commit is unknown)"
	}
	date, _, _ := strings.Cut(said["vcs.time"], "T")
	changed := ""
	if said["vcs.modified"] == "true" {
		changed = ", with changes"
	}
	return release + " (commit " + commit[:min(12, len(commit))] + " of " + date + changed + ")"
}
