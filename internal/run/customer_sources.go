package run

import (
	"encoding/json"
	"slices"
)

// SourceSet says which sources know a customer.
type SourceSet uint8

// The sources of CUSTOMERS_FROM.
const (
	SourceGDAP SourceSet = 1 << iota
	SourceContracts
	SourceTenantIDs
)

// sourceNames are as people know them, in the order of the bits.
var sourceNames = []string{"gdap", "contracts", "tenant ids"}

// Names returns the names of the sources.
func (s SourceSet) Names() []string {
	names := []string{}
	for i, name := range sourceNames {
		if s&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}

// MarshalJSON implements json.Marshaler: it is the list of names.
func (s SourceSet) MarshalJSON() ([]byte, error) { return json.Marshal(s.Names()) }

// UnmarshalJSON implements json.Unmarshaler. It ignores the sources of a later
// version.
func (s *SourceSet) UnmarshalJSON(text []byte) error {
	var names []string
	if err := json.Unmarshal(text, &names); err != nil {
		return err
	}
	*s = 0
	for i, name := range sourceNames {
		if slices.Contains(names, name) {
			*s |= 1 << i
		}
	}
	return nil
}
