package run

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// BlockID names one staged block of a file by its run, the slice that staged it
// and its place among that slice's blocks. All ids have the same length, and
// always will: Azure refuses an id of another length on a blob that has staged
// blocks.
func BlockID(run string, slice, sequence int) string {
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%s-%04d-%06d", run, slice, sequence))
}

// IsBlockOf reports whether BlockID made the id for this run.
func IsBlockOf(id, run string) bool {
	raw, err := base64.StdEncoding.DecodeString(id)
	return err == nil && strings.HasPrefix(string(raw), run+"-")
}
