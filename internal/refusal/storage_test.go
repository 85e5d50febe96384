package refusal

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestStorageTable(t *testing.T) {
	seen := slices.Clone(lostRaces)
	for _, row := range storageTable {
		for _, code := range row.codes {
			if slices.Contains(seen, code) {
				t.Errorf("%s has two meanings", code)
			}
			seen = append(seen, code)
		}
		if strings.HasSuffix(row.says, ".") || row.says == "" {
			t.Errorf("%s: %q must be a sentence without its full stop", row.codes, row.says)
		}
		if !strings.HasSuffix(row.todo, ".") {
			t.Errorf("%s: %q must be a sentence", row.codes, row.todo)
		}
	}
}

func TestStoragesCode(t *testing.T) {
	const body = "<Error><Code>BlobArchived</Code><Message>m</Message></Error>"
	for _, c := range []struct {
		rule   string
		header map[string]string
		text   string
		want   string
	}{
		{"is in a header", map[string]string{"x-ms-error-code": "LeaseIdMissing"}, body, "LeaseIdMissing"},
		{"or else in the body", map[string]string{"x-ms-request-id": "1"}, body, "BlobArchived"},
		{"is read only from storage's own answers", nil, body, ""},
		{"is one word", map[string]string{"x-ms-error-code": "see https://x.example/?sig=s3cr3t"}, "", ""},
		{"may be missing", map[string]string{"x-ms-request-id": "1"}, "", ""},
	} {
		t.Run(c.rule, func(t *testing.T) {
			a := StorageAnswer{Answer: Answer{Status: 409, Header: http.Header{}, Text: []byte(c.text)}}
			for name, value := range c.header {
				a.Header.Set(name, value)
			}
			if got := a.Code(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestStoragesVersionIsNamedEvenIfStorageDoesNotNameIt(t *testing.T) {
	head := StorageAnswer{Answer: Answer{Status: 400, Header: http.Header{"X-Ms-Error-Code": {"InvalidHeaderValue"}}}, Version: "2026-12-06"}
	if f := head.Failure(); !strings.Contains(f.Message, "the request's x-ms-version 2026-12-06.") {
		t.Errorf("got %s", f.Message)
	}
}
