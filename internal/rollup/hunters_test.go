//go:build mutants

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

// hunters are the tests which must find every mutant.
const hunters = "^(TestEveryStorageCallMeetsEveryFault|TestASliceComesBackLateAtEveryStorageCall|TestABlockIsStagedOnceMoreMuchLater|TestTwoSlicesPublish|TestRestart|TestRunThatMustEnd|TestAMessageThatCannotClaimItsRun|TestRerunOfTheFailed|TestRerunOfSomeOfTheFailed|TestRequestsForSomeAreJudged|TestEveryStorageCallOfAHeldRunMeetsEveryFault|TestARunThatFallsShortIsHeld|TestAHeldRunThatIsAccepted|TestAHeldRunThatIsAskedForAgain|TestNobodyAcceptsWhatIsNotHeld|TestACallThatNobodyAnswers|TestABodyWhoseColumnsAreNamedLast)$"

// folderHunters are the tests, in package runstore, which must find every mutant of
// the folder.
const folderHunters = "^(TestFolder|TestFolderKilledAtEachStep|TestFolderLock|TestFileOfSomebodyElse)$"

// missedHunters are the tests which must find every mutant of the search for missed
// nights.
const missedHunters = "^(TestMissedNightsAreFoundInTheRecords|TestTenMissedNightsTakeTwoNights)$"

// TestMutants takes away each rule in turn and shows that the tests above notice, so
// they are able to fail. It takes minutes: make test-mutants runs it.
func TestMutants(t *testing.T) {
	for _, m := range mutants {
		t.Run(m.rule, func(t *testing.T) {
			t.Parallel()
			output, err := m.test(t)
			switch {
			case err == nil:
				t.Errorf("nobody notices that %s lacks the rule", m.function)
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
	name, mutated, err := m.apply()
	if err != nil {
		t.Fatal(err)
	}
	original, err := filepath.Abs(name)
	if err != nil {
		t.Fatal(err)
	}
	replacement, list := filepath.Join(dir, "mutated.go"), filepath.Join(dir, "overlay.json")
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {original: replacement}})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{replacement: mutated, list: string(overlay)} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run, pkg := hunters, "."
	switch {
	case strings.HasPrefix(m.function, "runstore.Folder."), strings.HasPrefix(m.function, "runstore.properties."):
		run, pkg = folderHunters, folders["runstore"]
	case m.function == "rollup.Rollup.missedDates", m.function == "rollup.canMakeUp":
		run = missedHunters
	}
	command := exec.CommandContext(t.Context(), "go", "test", "-vet=off", "-count=1", "-failfast", "-timeout=2m", "-overlay="+list, "-run="+run, pkg)
	text, err := command.CombinedOutput()
	return string(text), err
}

var finding = regexp.MustCompile(`(?m)^ +[a-z]+_test\.go:\d+: (.*)$`)

// foundBy is the first thing that a failed test says, and where.
func foundBy(output string) string {
	failed, _, _ := strings.Cut(output[strings.Index(output, "--- FAIL: ")+len("--- FAIL: "):], " ")
	for _, says := range finding.FindAllStringSubmatch(output, -1) {
		if !strings.HasPrefix(says[1], "slice of run") && !strings.HasPrefix(says[1], "call ") {
			return fmt.Sprintf("%s: %.120s", failed, says[1])
		}
	}
	return failed
}
