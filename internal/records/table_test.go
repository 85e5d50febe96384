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

func TestASelectionHasItsColumnsAlone(t *testing.T) {
	var out strings.Builder
	table := NewSelection(&out, []string{"Größe", "nobody's", "Class"})
	err := table.Add(json.NewDecoder(strings.NewReader(`[{"claſs":1,"B":2},{"C":3},{"GRÖßE":4,"Class":5}]`)))
	if want := "Größe,nobody's,Class\r\n,,1\r\n,,\r\n4,,5\r\n"; err != nil || out.String() != want || !table.Complete() || table.Rows() != 3 {
		t.Errorf("got %q, %v, complete: %t", out.String(), err, table.Complete())
	}
}

func TestAColumnIsOneWhateverItsCase(t *testing.T) {
	var out strings.Builder
	table := NewTable(&out, []string{"displayName"})
	err := table.Add(json.NewDecoder(strings.NewReader(`[{"DisplayName":1,"DISPLAYNAME":2,"Kind":3},{"kind":4,"displayName":5}]`)))
	if want := "displayName,Kind\r\n2,3\r\n5,4\r\n"; err != nil || out.String() != want || !table.Complete() {
		t.Errorf("got %q, %v, complete: %t", out.String(), err, table.Complete())
	}
}
