package run_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"tenantrollup/internal/run"
)

// warningClasses are the constants of run whose value is a warning.
func warningClasses(t *testing.T) (all []run.Class) {
	t.Helper()
	for _, match := range regexp.MustCompile(`Class += "(warning-[a-z-]+)"`).FindAllStringSubmatch(file(t, "class.go"), -1) {
		all = append(all, run.Class(match[1]))
	}
	if len(all) < 7 {
		t.Fatalf("found only %q", all)
	}
	return all
}

func file(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestWarnings(t *testing.T) {
	for _, class := range warningClasses(t) {
		t.Run(string(class)+" is explained", func(t *testing.T) {
			if w := class.Warning(); strings.Contains(w.Meaning, string(class)) || w.Remedy == "" || !class.IsWarning() {
				t.Errorf("%+v", w)
			}
		})
		t.Run(string(class)+" has the same meaning in docs/operate.md", func(t *testing.T) {
			_, chapter, found := strings.Cut(file(t, "../../docs/operate.md"), "\n### `"+string(class)+"`\n")
			chapter, _, _ = strings.Cut(chapter, "\n#")
			if meaning := class.Warning().Meaning; !found || !strings.Contains(strings.Join(strings.Fields(chapter), " "), meaning) {
				t.Errorf("its chapter does not say %q:\n%s", meaning, chapter)
			}
		})
	}
	for _, c := range []struct {
		class run.Class
		n     int
		want  string
	}{
		{run.WarnRelationshipEnding, 1, "1 customer: The last GDAP relationship ends within 14 days. Extend it in Partner Center."},
		{run.WarnRelationshipEnding, 1200, "1,200 customers: The last GDAP relationship ends within 14 days. Extend it in Partner Center."},
		{run.WarnSourceEmpty, 1, "A customer source that used to return customers is now empty. Check that the app may still read it; the function's log names the source."},
		{"warning-of-2030", 2, "2 customers: warning-of-2030."},
	} {
		if got := c.class.Warning().Text(c.n); got != c.want {
			t.Errorf("%d times %s: got %q, want %q", c.n, c.class, got, c.want)
		}
	}
}
