//go:build calc || docs || readers

package main_test

import "tenantrollup/internal/standin/m365"

// troublesome is a cloud in which each troublesome name is that of a customer with data
// and of one without, and is in rows, too.
func troublesome() m365.Options {
	names, faults := map[int]string{}, map[int]m365.Fault{}
	withData := []m365.Fault{m365.FormulaNames, m365.HostileNames, m365.QuotedBreaks}
	without := []m365.Fault{m365.HeaderOnly, m365.NotConsented}
	for i, name := range m365.TroublesomeNames() {
		names[2*i], faults[2*i] = name, withData[i%len(withData)]
		names[2*i+1], faults[2*i+1] = name, without[i%len(without)]
	}
	return m365.Options{Customers: len(names) + 2, Seed: 8, Rows: len(names), Names: names, Faults: faults}
}
