package rollup_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// mutant is the protocol with one of its rules taken away.
type mutant struct {
	rule    string // in the words of the contract
	file    string // from here
	anchor  string // stands there once
	instead string
}

// source returns the mutant's text of its file.
func (m mutant) source(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(m.file)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), m.anchor); n != 1 {
		t.Fatalf("mutant does not apply any more: %s has its anchor %d times, want once:\n%s", m.file, n, m.anchor)
	}
	return strings.Replace(string(text), m.anchor, m.instead, 1)
}

func TestMutantsApply(t *testing.T) {
	for _, m := range mutants {
		t.Run(m.rule, func(t *testing.T) { m.source(t) })
	}
}

// hunters are the tests which must find every mutant.
const hunters = "^(TestEveryRequestMeetsWithEveryFault|TestASliceComesBackLateAtEveryRequest|TestABlockIsStagedOnceMoreMuchLater|TestTwoSlicesPublish|TestRerunOfTheFailed)$"

// TestMutants takes away each rule in turn and shows that the tests above find
// out: they are able to fail. It takes minutes, and runs where MUTANTS is set.
func TestMutants(t *testing.T) {
	if os.Getenv("MUTANTS") == "" {
		t.Skip("make test-mutants runs this")
	}
	for _, m := range mutants {
		t.Run(m.rule, func(t *testing.T) {
			t.Parallel()
			output, err := m.test(t)
			switch {
			case err == nil:
				t.Errorf("nobody notices that the rule is gone:\n%s", m.instead)
			case !strings.Contains(output, "--- FAIL: Test"):
				t.Errorf("the tests did not run: %v\n%s", err, output)
			default:
				t.Logf("found by %s", foundBy(output))
			}
		})
	}
}

// test runs the hunters on the mutant.
func (m mutant) test(t *testing.T) (output string, err error) {
	dir := t.TempDir()
	original, err := filepath.Abs(m.file)
	if err != nil {
		t.Fatal(err)
	}
	mutated := filepath.Join(dir, "mutated.go")
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {original: mutated}})
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "overlay.json")
	for name, text := range map[string]string{mutated: m.source(t), list: string(overlay)} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.CommandContext(t.Context(), "go", "test", "-vet=off", "-count=1", "-failfast", "-timeout=2m", "-overlay="+list, "-run="+hunters, ".")
	text, err := command.CombinedOutput()
	return string(text), err
}

var finding = regexp.MustCompile(`(?m)^ +(?:watch|world|faults|zombie|harness|failed)_test\.go:\d+: (.*)$`)

// foundBy is the first thing that a failed test says, and where.
func foundBy(output string) string {
	failed, _, _ := strings.Cut(output[strings.Index(output, "--- FAIL: ")+len("--- FAIL: "):], " ")
	for _, says := range finding.FindAllStringSubmatch(output, -1) {
		if !strings.HasPrefix(says[1], "slice of run") && !strings.HasPrefix(says[1], "request ") {
			return fmt.Sprintf("%s: %.120s", failed, says[1])
		}
	}
	return failed
}
