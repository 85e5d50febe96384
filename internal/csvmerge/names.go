package csvmerge

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// fold returns the text that all spellings of a name share, by Unicode's simple
// folding: they are one name to Power BI, DuckDB and PowerShell.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z':
			return r - 'a' + 'A' // the least of its spellings, as below
		case r < utf8.RuneSelf:
			return r
		}
		least := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			least = min(least, next)
		}
		return least
	}, name)
}

// position returns where the columns have a name, whatever its case, or -1.
func position(columns []string, name string) int {
	return slices.IndexFunc(columns, func(column string) bool { return strings.EqualFold(column, name) })
}

// Distinct returns the names of which no spelling comes earlier or is a customer
// column's.
func Distinct(columns []string) []string {
	known := make(map[string]bool, len(columns))
	for _, name := range customerColumns {
		known[fold(name)] = true
	}
	var distinct []string
	for _, name := range columns {
		if key := fold(name); !known[key] {
			known[key] = true
			distinct = append(distinct, name)
		}
	}
	return distinct
}

// named returns the names of a header so that none is empty, occurs twice or is a
// customer column's: X, x, X become X, x (2), X (3).
func named(header []string) []string {
	bearers := make(map[string]int, len(header)) // of a name, in any spelling
	for _, name := range customerColumns {
		bearers[fold(name)] = 1
	}
	names := slices.Clone(header)
	keys, taken := make([]string, len(header)), make(map[string]bool, len(header))
	for i, name := range names {
		if name == "" {
			names[i] = fmt.Sprintf("Column %d", i+1)
		}
		keys[i] = fold(names[i])
		taken[keys[i]] = true
	}
	for i, key := range keys {
		name, n := names[i], bearers[key]+1
		for ; n > 1; n++ {
			names[i] = fmt.Sprintf("%s (%d)", name, n)
			if other := fold(names[i]); !taken[other] {
				taken[other] = true
				break
			}
		}
		bearers[key] = n
	}
	return names
}
