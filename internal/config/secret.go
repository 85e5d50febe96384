package config

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is text that printing, logging and encoding never show.
type Secret string

const redacted = "[not shown]"

// Reveal returns the text itself.
func (s Secret) Reveal() string { return string(s) }

// String redacts; it shows only whether there is a secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// GoString redacts.
func (s Secret) GoString() string { return s.String() }

// Format redacts under every verb; %x of a string type would show it.
func (s Secret) Format(f fmt.State, _ rune) { io.WriteString(f, s.String()) }

// MarshalText redacts, in JSON too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue redacts.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
