package records

import (
	"bytes"
	"io"
	"testing"
)

// BenchmarkRecords is comparable with the table that package exchange had in commit
// 018a005. In a checkout of that commit, testdata/bench_018a005.txt is the file
// internal/exchange/bench_test.go, and benchdata_test.go, as a file of package
// exchange, is next to it.
func BenchmarkRecords(b *testing.B) {
	text := benchRecords(benchCount)
	for _, bm := range []struct {
		name string
		Options
	}{{"json", Options{}}, {"spread", Options{Spread: true}}} {
		b.Run(bm.name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				makeTable(b, text, bm.Options)
			}
		})
	}
}

const benchCount = 20_000

func makeTable(t testing.TB, text []byte, o Options) {
	table := NewTable(io.Discard, o)
	if err := table.Add(NewDecoder(bytes.NewReader(text))); err != nil || table.Rows() != benchCount {
		t.Fatal(table.Rows(), err)
	}
}

func TestRecordsCostNoAllocations(t *testing.T) {
	text := benchRecords(benchCount)
	for _, spread := range []bool{false, true} {
		if n := testing.AllocsPerRun(1, func() { makeTable(t, text, Options{Spread: spread}) }); n > 200 {
			t.Errorf("%d records cost %.0f allocations", benchCount, n)
		}
	}
}
