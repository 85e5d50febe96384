package m365

import (
	"slices"
	"strconv"
)

// Headers that changed overnight, besides ExtraColumn and RenamedColumn.
const (
	DroppedColumn    Fault = "dropped-column"    // the third column is gone; still valid
	SwappedColumns   Fault = "swapped-columns"   // the second and the third are swapped; still valid
	DoubledColumn    Fault = "doubled-column"    // the second appears twice; still valid
	TranslatedHeader Fault = "translated-header" // every name is German
	NoHeader         Fault = "no-header"         // the first line is a record
)

// DriftFaults returns the faults of headers that are not in Faults, in the order of
// their declaration: three that leave a valid report, and two that don't.
func DriftFaults() []Fault {
	return []Fault{DroppedColumn, SwappedColumns, DoubledColumn, TranslatedHeader, NoHeader}
}

// drifted returns the columns as a fault leaves them.
func drifted(columns []string, f Fault) []string {
	changed := slices.Clone(columns)
	switch f {
	case ExtraColumn:
		return slices.Insert(changed, len(changed)-1, extraColumn)
	case DroppedColumn:
		return slices.Delete(changed, 2, 3)
	case SwappedColumns:
		changed[1], changed[2] = changed[2], changed[1]
		return changed
	case DoubledColumn:
		return slices.Insert(changed, len(changed)-1, changed[1])
	}
	return columns
}

// title is how the header writes column i.
func title(name string, i int, f Fault) string {
	switch {
	case f == RenamedColumn && i == 1:
		return name + " (New)"
	case f == TranslatedHeader && i == 0:
		return "Aktualisierungsdatum des Berichts"
	case f == TranslatedHeader:
		return "Spalte " + strconv.Itoa(i+1)
	}
	return name
}
