// Package runtest holds errors to what package run promises of them.
package runtest

import (
	"errors"
	"testing"

	"tenantrollup/internal/run"
)

// WantFailure returns the failure that err is, and ends the test where it is
// none, or one of another class.
func WantFailure(t *testing.T, err error, class run.Class) *run.Failure {
	t.Helper()
	f, ok := errors.AsType[*run.Failure](err)
	if !ok {
		t.Fatalf("got error %v, want a *run.Failure", err)
	}
	if f.Class != class {
		t.Fatalf("class %s (%s), want %s", f.Class, f.Message, class)
	}
	return f
}
