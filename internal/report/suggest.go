package report

import (
	"maps"
	"slices"
	"strings"
)

// maxNear is the longest name that may be meant for another: comparing takes the
// product of the lengths.
const maxNear = 100

// nearest returns the function or short name that takes the fewest edits to reach,
// ignoring case, or nothing if that is more than a third of its letters.
func nearest(name string) string {
	if len(name) > maxNear {
		return ""
	}
	best, least := "", len(name)
	for _, known := range append(slices.Sorted(maps.Keys(catalogue)), shortNames.names()...) {
		edits := distance(strings.ToLower(name), strings.ToLower(known))
		if edits < least && edits <= len(known)/3 {
			best, least = known, edits
		}
	}
	return best
}

// distance is Levenshtein's: insertions, deletions and replacements of bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}

// oneOf writes a list of words as in a sentence: "D7, D30 or D90".
func oneOf(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
