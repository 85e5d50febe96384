package main_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/report"
)

// printed runs the program with only these words and variables, and returns what it
// prints.
func printed(t *testing.T, variables []string, words ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	command := exec.CommandContext(ctx, binary, words...)
	command.Env = variables
	var out, complaints bytes.Buffer
	command.Stdout, command.Stderr = &out, &complaints
	if err := command.Run(); err != nil {
		t.Fatalf("handler %q: %v: %s", words, err, complaints.String())
	}
	return out.String()
}

func document(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// quoted are the names of the permissions that a call needs besides what every report
// needs, as the documents list them.
func quoted(t *testing.T, text string) string {
	t.Helper()
	call, err := report.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	needs, _ := call.Needs()
	var names []string
	for _, p := range needs {
		if p.Name != report.NameAndDomain.Name {
			names = append(names, "`"+p.Name+"`")
		}
	}
	return strings.Join(names, ", ")
}

func TestEveryShortNameIsListed(t *testing.T) {
	t.Parallel()
	listed, readme := printed(t, nil, "reports"), document(t, "README.md")
	for _, short := range report.ShortNames() {
		permissions := quoted(t, short.Call)
		line := strings.Join(strings.Fields(strings.Join([]string{short.Question, short.Name, short.Gives, strings.ReplaceAll(permissions, "`", ""), short.Licence}, " ")), " ")
		if !strings.Contains(strings.ReplaceAll(strings.Join(strings.Fields(listed), " "), " - ", " "), line) {
			t.Errorf("handler reports does not have %q:\n%s", line, listed)
		}
		row := fmt.Sprintf("| %s | `%s` | %s | %s |\n", short.Question, short.Name, permissions, short.Licence)
		if row = strings.ReplaceAll(strings.ReplaceAll(row, "|  |", "| |"), "|  |", "| |"); !strings.Contains(readme, row) {
			t.Errorf("README.md does not have the row\n%s", row)
		}
	}
}
