package run_test

import (
	"testing"

	"tenantrollup/internal/run"
)

func TestClip(t *testing.T) {
	for _, c := range []struct {
		rule, text, want string
	}{
		{"a short text stays", "Größe", "Größe"},
		{"a long one ends in an ellipsis", "Größen", "Größ…"},
		{"an empty text stays empty", "", ""},
		{"no character is split", "企業企業企業", "企業企業…"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if got := run.Clip(c.text, 5); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
