package main

import (
	"path/filepath"
	"slices"
	"testing"
)

func TestBinariesForPeople(t *testing.T) {
	names := map[target]string{
		{"windows", "amd64"}: "handler-windows-amd64.exe", {"windows", "arm64"}: "handler-windows-arm64.exe",
		{"darwin", "amd64"}: "handler-darwin-amd64", {"darwin", "arm64"}: "handler-darwin-arm64",
	}
	if len(handTargets) != len(names) {
		t.Errorf("targets %v, want %d", handTargets, len(names))
	}
	for _, target := range append(handTargets, appTarget) {
		name := names[target]
		if target == appTarget {
			name = "handler"
		}
		command := target.command(t.Context(), "root", "dir")
		for _, setting := range []string{"CGO_ENABLED=0", "GOOS=" + target.os, "GOARCH=" + target.arch, "GOAMD64=v1", "GOARM64=v8.0"} {
			if !slices.Contains(command.Env, setting) {
				t.Errorf("%v is built without %s", target, setting)
			}
		}
		if want := []string{"go", "build", "-trimpath", "-ldflags=-s", "-o", filepath.Join("dir", name), "./handler"}; !slices.Equal(command.Args, want) {
			t.Errorf("%v is built by %q, want %q", target, command.Args, want)
		}
	}
}
