package exchange

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"tenantrollup/internal/run"
)

func TestAReportWithoutEnd(t *testing.T) {
	table := newTable(io.Discard, nil)
	table.size = longest - 10 // what 512 MiB of pages would have written
	err := table.addPage(json.NewDecoder(strings.NewReader(`[{"A":"1234567890"}]`)))
	f, ok := errors.AsType[*run.Failure](err)
	if !ok || f.Class != run.MalformedReport || f.Transient || !strings.Contains(f.Message, "longer than 512 MiB") {
		t.Errorf("got %v", err)
	}
}
