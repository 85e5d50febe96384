// Package runtest checks that errors are what package run promises.
package runtest

import (
	"errors"
	"testing"

	"tenantrollup/internal/run"
)

// WantFailure returns err as a failure, and ends the test if it is not one, or is
// one of another class.
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
