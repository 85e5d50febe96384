package refusal

import (
	"regexp"
	"strings"

	"tenantrollup/internal/run"
)

const (
	longestDetail = 500
	longestName   = 100
)

// Sentence joins what happened and a service's own words, which are cleared of
// secrets and cut to 500 characters on one line.
func Sentence(what, detail string) string {
	detail = clip(hideSecrets(detail), longestDetail)
	if detail == "" {
		return what + "."
	}
	return what + ": " + strings.TrimSuffix(detail, ".") + "."
}

var (
	tokenForm = regexp.MustCompile(`eyJ[\w-]{10,}(\.[\w-]*)*`) // {" in base64: a JWT's beginning
	queryForm = regexp.MustCompile(`(https?://[^\s?"'<>]*\?)[^\s"'<>]+`)
)

// hideSecrets takes tokens out, and the queries of addresses: a service may
// quote what it was sent.
func hideSecrets(s string) string {
	return queryForm.ReplaceAllString(tokenForm.ReplaceAllString(s, "[token]"), "${1}…")
}

// clip returns s on one line of so many characters at most.
func clip(s string, most int) string { return run.Clip(strings.Join(strings.Fields(s), " "), most) }
