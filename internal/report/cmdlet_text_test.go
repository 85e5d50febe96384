package report

import (
	"reflect"
	"testing"
	"unicode/utf8"
)

// FuzzCanonical checks that the canonical text asks for the same as the original.
func FuzzCanonical(f *testing.F) {
	for _, seed := range []string{
		"-A x -B 'it''s' -C:$false -D", "-A 1,-2,'3' -B (-4) -C @(5,'-6')", "-A \"a`u{20}`u{20}b\" -B Ä`,b", "-A 0x1F,1kb -B ‘a“’ -C {today-007}T1 -D a'b'\"c\"", "-A ('a') -B @('a') -C @() -D $true,$FALSE",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tokens, err := lex(text)
		if err != nil || !utf8.ValidString(text) {
			return // Parse refuses such a text
		}
		parameters, err := parseParameters(cmdlet{}, tokens)
		if err != nil {
			return
		}
		again, _ := lex(canonical(parameters))
		if got, err := parseParameters(cmdlet{}, again); err != nil || len(got)+len(parameters) > 0 && !reflect.DeepEqual(got, parameters) {
			t.Errorf("%q is %v, canonical %q is %v, %v", text, parameters, canonical(parameters), got, err)
		}
	})
}
