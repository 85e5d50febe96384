package report

import (
	"strings"
	"testing"
)

func TestCatalogue(t *testing.T) {
	text := map[parameters]string{nothing: "", period: "(period='D7')", periodOrDate: "(date={today})", periodAndVersion: "(period='D7')"}
	for name, f := range catalogue {
		if name == Access {
			continue // it lies under no path, and has columns of its own
		}
		t.Run(name+" parses, and lies under its path", func(t *testing.T) {
			call, err := Parse(name + text[f.takes])
			if err != nil {
				t.Fatal(err)
			}
			if got, want := call.Path("2026-11-24"), f.under+name; !strings.HasPrefix(got, want) {
				t.Errorf("Path() = %s, want %s…", got, want)
			}
			if strings.Contains(name, "Copilot") != (f.under == copilot) {
				t.Errorf("it lies under %s", f.under)
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
