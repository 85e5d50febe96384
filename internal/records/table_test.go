package records

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestATableWithoutEnd(t *testing.T) {
	table := NewTable(io.Discard, nil)
	table.size = longest - 10 // what 512 MiB of pages would have written
	err := table.Add(json.NewDecoder(strings.NewReader(`[{"A":"1234567890"}]`)))
	if unfit, ok := errors.AsType[Unfit](err); !ok || unfit != "it is longer than 512 MiB" {
		t.Errorf("got %v", err)
	}
}
