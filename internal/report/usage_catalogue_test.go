package report

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestCatalogue(t *testing.T) {
	text := map[parameters]string{nothing: "", period: "(period='D7')", periodOrDate: "(date={today})", periodAndVersion: "(period='D7')", copilotDetail: "(date={today})"}
	for name, f := range catalogue {
		if name == Access {
			continue // it is under no path, and has its own columns
		}
		t.Run(name+" parses, and is under its path", func(t *testing.T) {
			call, err := Parse(name + text[f.takes])
			if err != nil {
				t.Fatal(err)
			}
			if got, want := call.Path("2026-11-24", "2026-11-24"), f.under+name; !strings.HasPrefix(got, want) {
				t.Errorf("Path() = %s, want %s…", got, want)
			}
			if strings.Contains(name, "Copilot") != (f.under == copilot) {
				t.Errorf("it is under %s", f.under)
			}
			if columns := call.Columns(); len(columns) == 0 || columns[0] != "Report Refresh Date" {
				t.Errorf("Columns() = %q, want \"Report Refresh Date\" first", columns)
			}
		})
	}
}

func TestNearest(t *testing.T) {
	for name := range catalogue {
		if got := nearest(strings.ToUpper(name)); got != name {
			t.Errorf("nearest to %s in capitals is %q", name, got)
		}
	}
}

// calls are those that the table of retired cmdlets tells people to write.
var calls = regexp.MustCompile(`get[A-Za-z0-9]+\(period='D[0-9]+'\)|^Get-[^,]+`)

func TestRetirements(t *testing.T) {
	for name, r := range retirements {
		t.Run(name+" has a successor that runs, or says what to write", func(t *testing.T) {
			if (r.runs == "") == (r.instead == "") {
				t.Fatalf("runs %q, instead %q: want one of them", r.runs, r.instead)
			}
			if r.runs != "" && !slices.Contains(catalogue[r.runs].parameters(), "period") {
				t.Errorf("%s is no report of a period", r.runs)
			}
			for _, text := range calls.FindAllString(r.instead, -1) {
				if _, err := Parse(text); err != nil {
					t.Error(err)
				}
			}
			if documented[strings.ToLower(name)].name != "" {
				t.Error("Microsoft documents it still")
			}
		})
	}
	for name, instead := range retiredReports {
		if _, err := Parse(instead); err != nil {
			t.Errorf("instead of %s: %v", name, err)
		}
	}
}
