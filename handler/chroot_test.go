//go:build chroot

package main_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"tenantrollup/internal/standin/m365"
)

// TestNightInAContainerFromScratch makes a night where there is only the static binary
// and the roots: no shell, no libraries, no /tmp, no list of users. It needs the right
// to chroot.
func TestNightInAContainerFromScratch(t *testing.T) {
	root := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", filepath.Join(root, "handler"), ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	faults := map[int]m365.Fault{3: m365.NotConsented, 5: m365.Huge} // which is spooled to a file
	p := openByHand(t, m365.Options{Customers: few, Seed: 71, Faults: faults}, always(nil))
	night := exec.CommandContext(t.Context(), "/handler", "night", "-report", "details="+detailCall)
	for _, line := range p.hands.env {
		name, value, _ := strings.Cut(line, "=")
		switch name {
		case "SSL_CERT_FILE":
			roots, err := os.ReadFile(value)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(root, "roots.pem"), roots, 0o600); err != nil {
				t.Fatal(err)
			}
			night.Env = append(night.Env, "SSL_CERT_FILE=/roots.pem")
		case "PATH", "HOME":
		default:
			night.Env = append(night.Env, line)
		}
	}
	var said bytes.Buffer
	night.Dir, night.Stdout, night.Stderr = "/", &said, &said
	night.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
	err := night.Run()
	p.answers = append(p.answers, said.String())
	if night.ProcessState.ExitCode() != 2 || !strings.Contains(said.String(), "= 11 with data") {
		t.Errorf("%v: %s", err, said.String())
	}
	if _, err := os.Stat(filepath.Join(root, "reports", "details", p.today, "details_"+p.today+".csv")); err != nil {
		t.Error(err)
	}
}
