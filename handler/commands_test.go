package main_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// handler runs the program with these words, in a folder that is not a checkout and
// with no variable set but these.
func handler(t *testing.T, variables []string, words ...string) (stdout, stderr string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	command := exec.CommandContext(ctx, binary, words...)
	command.Dir, command.Env = t.TempDir(), append([]string{"HOME=" + t.TempDir()}, variables...)
	var out, complaints bytes.Buffer
	command.Stdout, command.Stderr = &out, &complaints
	command.Run()
	return out.String(), complaints.String(), command.ProcessState.ExitCode()
}

func TestCommandLine(t *testing.T) {
	t.Parallel()
	help, _, _ := handler(t, nil, "help")
	version, _, _ := handler(t, nil, "version")

	t.Run("help lists every command", func(t *testing.T) {
		for _, name := range []string{"serve", "check", "night", "reports", "permissions", "version", "help"} {
			if !strings.Contains(help, "\n  "+name+" ") {
				t.Errorf("no %s in\n%s", name, help)
			}
		}
	})
	for _, c := range []struct{ words, says string }{
		{"help", help}, {"--help", help}, {"-help", help}, {"-h", help}, {"check -h", "-json"}, {"check --help", "-json"}, {"permissions --help", help},
		{"serve -h", help}, {"help check", "-json"}, {"help night", "-scope"}, {"help reports", help},
		{"version", version}, {"--version", version}, {"-version", version},
	} {
		t.Run(c.words+" answers on stdout, with exit code 0", func(t *testing.T) {
			stdout, stderr, code := handler(t, nil, strings.Fields(c.words)...)
			if code != 0 || stderr != "" || stdout == "" || !strings.Contains(stdout, c.says) {
				t.Errorf("%d, %q, %q", code, stdout, stderr)
			}
		})
	}
	for _, c := range []struct{ words, says string }{
		{"chekc", `unknown command "chekc"; the commands are serve, check, night, reports, permissions, version, help`},
		{"serve now", `handler serve takes nothing more, not "now"`},
		{"reports -json", `handler reports takes nothing more, not "-json"`},
		{"version now", `handler version takes nothing more, not "now"`},
		{"help chekc", `unknown command "chekc`},
		{"night -reports licenses", "flag provided but not defined: -reports; handler night -h lists the flags"},
		{"night licenses", `"licenses" is not a flag; handler night -h lists the flags`},
		{"-verbose", "handler help lists what there is"},
		{"", "FUNCTIONS_CUSTOMHANDLER_PORT is not set"},
		{"serve", "FUNCTIONS_CUSTOMHANDLER_PORT is not set"},
		{"check now", `"now" is not a flag; handler check -h lists the flags`},
	} {
		t.Run("a wrong command says what there is: handler "+c.words, func(t *testing.T) {
			stdout, stderr, code := handler(t, nil, strings.Fields(c.words)...)
			if code != 1 || stdout != "" || !strings.Contains(stderr, c.says) || strings.Count(stderr, "\n") != 1 {
				t.Errorf("%d, %q, %q", code, stdout, stderr)
			}
		})
	}
}

func TestAPipeThatNobodyReadsIsNoError(t *testing.T) {
	t.Parallel()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer write.Close()
	read.Close()
	for _, word := range []string{"reports", "help", "version", "check"} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		command := exec.CommandContext(ctx, binary, word)
		var complaints bytes.Buffer
		command.Dir, command.Env, command.Stdout, command.Stderr = t.TempDir(), []string{"HOME=" + t.TempDir()}, write, &complaints
		if err := command.Run(); complaints.Len() > 0 {
			t.Errorf("handler %s: %v, %s", word, err, &complaints)
		}
	}
}

func TestCheckWorksAwayFromACheckout(t *testing.T) {
	t.Parallel()
	stdout, stderr, code := handler(t, []string{"PARTNER_AUTH=federated"}, "check")
	if code != 1 || !strings.Contains(stdout, "FAILED  settings  PARTNER_TENANT_ID is not set") || strings.Contains(stdout+stderr, "host.json") {
		t.Errorf("%d, %s, %s", code, stdout, stderr)
	}
}

func TestCheckSaysWhatAFileOfCertificatesHasToBe(t *testing.T) {
	t.Parallel()
	const id = "11111111-2222-4333-8444-555555555555"
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for file, says := range map[string]string{
		"/nowhere.pem": "SSL_CERT_FILE: want a file with certificates in PEM that this user may read: open /nowhere.pem",
		empty:          "SSL_CERT_FILE " + empty + ": want a file with certificates in PEM; it has none",
	} {
		stdout, stderr, code := handler(t, []string{"PARTNER_TENANT_ID=" + id, "PARTNER_CLIENT_ID=" + id, "AZURE_CLIENT_SECRET=x", "SSL_CERT_FILE=" + file}, "check")
		if code != 1 || !strings.Contains(stdout, "FAILED  settings  "+says) {
			t.Errorf("%d, %s, %s", code, stdout, stderr)
		}
	}
}

func TestCheckNamesTheCertificateFileThatCannotBeRead(t *testing.T) {
	t.Parallel()
	const id = "11111111-2222-4333-8444-555555555555"
	stdout, stderr, code := handler(t, []string{"PARTNER_TENANT_ID=" + id, "PARTNER_CLIENT_ID=" + id, "AZURE_CLIENT_CERTIFICATE_PATH=/nowhere.pem"}, "check")
	if code != 1 || !strings.Contains(stdout, "FAILED  Certificate file /nowhere.pem  Certificate file /nowhere.pem cannot be read: no such file or directory.") {
		t.Errorf("%d, %s, %s", code, stdout, stderr)
	}
}

func TestCheckSaysWhoseSettingsAreWrong(t *testing.T) {
	t.Parallel()
	const hint = "handler check -out reports"
	for _, c := range []struct {
		rule, words string
		variables   []string
		says        bool
	}{
		{"the schedule alone makes them the app's", "check", []string{"NIGHTLY_SCHEDULE=0 0 1 * * *"}, true},
		{"by hand, nothing is unclear", "check -out reports", []string{"NIGHTLY_SCHEDULE=0 0 1 * * *"}, false},
		{"nor in the app", "check", []string{"NIGHTLY_SCHEDULE=0 0 1 * * *", "FUNCTIONS_WORKER_RUNTIME=custom"}, false},
	} {
		t.Run(c.rule, func(t *testing.T) {
			stdout, stderr, code := handler(t, c.variables, strings.Fields(c.words)...)
			if code != 1 || !strings.Contains(stdout, "PARTNER_TENANT_ID is not set") || strings.Contains(stdout, hint) != c.says {
				t.Errorf("%d, %s, %s", code, stdout, stderr)
			}
		})
	}
}

func TestEveryLineOfTheServerIsJSON(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	command := exec.CommandContext(ctx, binary)
	command.Dir, command.Env = t.TempDir(), []string{"FUNCTIONS_CUSTOMHANDLER_PORT=0"}
	lines, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	command.Stderr = command.Stdout
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	var last struct{ Time, Level, Msg, Cause string }
	for scanner := bufio.NewScanner(lines); scanner.Scan(); {
		last.Msg = ""
		if err := json.Unmarshal(scanner.Bytes(), &last); err != nil || last.Time == "" || last.Msg == "" {
			t.Errorf("%q: %v", scanner.Text(), err)
		}
		if last.Msg == "the settings are wrong" { // and it listens for signals
			if err := command.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
		}
	}
	command.Wait()
	if code := command.ProcessState.ExitCode(); code != 1 || last.Msg != "stopped" || !strings.Contains(last.Cause, "terminated") {
		t.Errorf("exit code %d after %+v", code, last)
	}
}
