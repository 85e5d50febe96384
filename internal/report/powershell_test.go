package report_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"tenantrollup/internal/report"
)

// reading is how PowerShell's own parser reads a line. Where it says TODAYqq,
// {today} was in the line, and {today-3} where it says TODAYqm3q.
type reading struct {
	Line       string   `json:"line"`
	Parameters [][2]any `json:"parameters"`
	Positional []any    `json:"positional"`
	PipedTo    int      `json:"pipedTo"`
	Statements int      `json:"statements"`
	Redirected bool     `json:"redirected"`
	Error      string   `json:"error"`
	Other      string   `json:"other"`
}

func readings(t *testing.T) []reading {
	file, err := os.Open("testdata/lines.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var all []reading
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var r reading
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// means reports whether a value that we send is what PowerShell reads. A number that
// JSON cannot write is sent as it is written.
func means(line string, ours, theirs any) bool {
	switch theirs := theirs.(type) {
	case string:
		if theirs == "(alone)" {
			return ours == true
		}
		return ours == atDay(theirs)
	case bool:
		return ours == theirs
	case []any:
		list, ok := ours.([]any)
		if !ok || len(list) != len(theirs) {
			return false
		}
		for i := range list {
			if !means(line, list[i], theirs[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		want, err := strconv.ParseFloat(fmt.Sprint(theirs["number"]), 64)
		switch ours := ours.(type) {
		case json.Number:
			got, _ := ours.Float64()
			return err == nil && got == want
		case string:
			return theirs["number"] != nil && strings.HasSuffix(line, " "+ours)
		}
	}
	return false
}

// atDay fills a reading's placeholders in for 2026-11-24.
func atDay(text string) string {
	return strings.NewReplacer("TODAYqq", "2026-11-24", "TODAYqm1q", "2026-11-23", "TODAYqm3q", "2026-11-21").Replace(text)
}

func (r reading) plain() bool {
	names := map[string]bool{}
	for _, p := range r.Parameters {
		name := strings.ToLower(p[0].(string))
		if value, is := p[1].(map[string]any); names[name] || name == "verbose" || name == "erroraction" || is && value["number"] == nil {
			return false
		}
		names[name] = true
	}
	chooses := strings.Contains(r.Line, "| Where") || strings.Contains(r.Line, "ForEach") || strings.Contains(r.Line, " a|b")
	return r.Error == "" && r.Other == "" && r.Statements == 0 && !r.Redirected && r.Positional == nil && !chooses
}

// TestPowerShell compares each line with what PowerShell's parser makes of it: the same
// meaning, or a refusal that says what to write.
func TestPowerShell(t *testing.T) {
	plain, accepted := 0, 0
	for _, r := range readings(t) {
		if r.plain() {
			plain++
		}
		t.Run(r.Line, func(t *testing.T) {
			call, err := report.Parse(r.Line)
			if err != nil {
				if !strings.Contains(err.Error(), "want ") && !strings.Contains(err.Error(), "is given twice") && !strings.Contains(err.Error(), "is not closed") {
					t.Errorf("it doesn't say what to write: %v", err)
				}
				if r.plain() {
					t.Logf("refused: %v", err)
				}
				return
			}
			if !r.plain() {
				t.Fatalf("accepted as %s", call)
			}
			accepted++
			_, ours := call.Cmdlet("2026-11-24")
			if len(ours) != len(r.Parameters) {
				t.Fatalf("%v, want %v", ours, r.Parameters)
			}
			for _, p := range r.Parameters {
				if !means(r.Line, ours[p[0].(string)], p[1]) {
					t.Errorf("-%s is %#v, want %#v", p[0], ours[p[0].(string)], p[1])
				}
			}
			if r.PipedTo > 0 && call.Selected() == nil && call.Notes() == nil {
				t.Error("a pipe is silently dropped")
			}
			again := mustParse(t, call.String())
			if _, parameters := again.Cmdlet("2026-11-24"); again != call || !reflect.DeepEqual(parameters, ours) {
				t.Errorf("%s asks for %v, want %v", call, parameters, ours)
			}
		})
	}
	t.Logf("%d of %d plain lines are accepted", accepted, plain)
	if accepted < 150 {
		t.Errorf("%d of %d plain lines are accepted, want 150 at least", accepted, plain)
	}
}

// TestExamples asks for what the examples in Microsoft's documentation ask for.
func TestExamples(t *testing.T) {
	text, err := os.ReadFile("testdata/examples.txt")
	if err != nil {
		t.Fatal(err)
	}
	all, accepted := 0, 0
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") {
			continue
		}
		all++
		_, err := report.Parse(line)
		if err == nil {
			accepted++
		} else if !strings.Contains(err.Error(), "want ") && !strings.Contains(err.Error(), "is given twice") {
			t.Errorf("%s: it doesn't say what to write: %v", line, err)
		} else {
			t.Logf("refused: %v", err)
		}
	}
	t.Logf("%d of %d examples are accepted", accepted, all)
	if accepted*100 < all*78 {
		t.Errorf("%d of %d examples are accepted, want 78 %% at least", accepted, all)
	}
}
