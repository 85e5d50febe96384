package rollup

import (
	"encoding/csv"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func TestABodyWithoutAHeaderLine(t *testing.T) {
	for _, tt := range []struct {
		rule    string
		columns []string
		body    string
		want    string
	}{
		{"gets one", []string{"a", "b"}, "1,2\r\n", "\"a\",\"b\"\r\n1,2\r\n"},
		{"whatever the names", []string{"a,b", `"x"`, ""}, "1,2,3\r\n", "\"a,b\",\"\"\"x\"\"\",\"\"\r\n1,2,3\r\n"},
		{"shorter records are padded", []string{"a", "b", "c"}, "1\r\n1,2\r\n1,2,3\r\n", "\"a\",\"b\",\"c\"\r\n1,,\r\n1,2,\r\n1,2,3\r\n"},
		{"commas and line ends within quotes belong to the cell", []string{"a", "b"}, "\"1,2\r\n\"\"3\"\",\r\n\"\r\n\"\",\"x,\r\n\"\r\n", "\"a\",\"b\"\r\n\"1,2\r\n\"\"3\"\",\r\n\",\r\n\"\",\"x,\r\n\"\r\n"},
		{"a record with more cells is unchanged", []string{"a"}, "1,2\r\n", "\"a\"\r\n1,2\r\n"},
		{"a body without records has only the header line", []string{"a", "b"}, "", "\"a\",\"b\"\r\n"},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			for name, body := range map[string]io.Reader{"at once": strings.NewReader(tt.body), "byte by byte": iotest.OneByteReader(strings.NewReader(tt.body))} {
				if got, err := io.ReadAll(headed(tt.columns, body)); err != nil || string(got) != tt.want {
					t.Errorf("%s: got %q, %v\nwant %q", name, got, err, tt.want)
				}
			}
		})
	}
	t.Run("errors of the body are passed on", func(t *testing.T) {
		_, err := io.ReadAll(headed([]string{"a"}, io.MultiReader(strings.NewReader("1\r\n2"), iotest.ErrReader(io.ErrClosedPipe))))
		if err != io.ErrClosedPipe {
			t.Errorf("got %v", err)
		}
	})
}

// Cells of any length, at any position in the padder's buffer.
func TestPaddedRecordsAreTheSameRecords(t *testing.T) {
	for seed := range uint64(60) {
		random := rand.New(rand.NewPCG(seed, 5))
		cell := func() string {
			text := strings.Repeat([]string{"x", "\"", ",", "\r\n", "é"}[random.IntN(5)], random.IntN(3)*random.IntN(6000)+random.IntN(4))
			return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
		}
		columns := []string{"a", "b", "c", "d"}
		var body strings.Builder
		var want [][]string
		for range 20 {
			record := make([]string, 1+random.IntN(len(columns)))
			for i := range record {
				record[i] = cell()
			}
			body.WriteString(strings.Join(record, ",") + "\r\n")
			want = append(want, append(record, slices.Repeat([]string{""}, len(columns)-len(record))...))
		}
		text, err := io.ReadAll(headed(columns, strings.NewReader(body.String())))
		if err != nil {
			t.Fatal(err)
		}
		records, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
		if err != nil || len(records) != len(want)+1 || !slices.Equal(records[0], columns) {
			t.Fatalf("seed %d: %d records, %v", seed, len(records), err)
		}
		for i, record := range want {
			for at, c := range record {
				c = strings.ReplaceAll(strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(c, `"`), `"`), `""`, `"`), "\r\n", "\n")
				if records[i+1][at] != c {
					t.Fatalf("seed %d: record %d, cell %d is %.50q, want %.50q", seed, i, at, records[i+1][at], c)
				}
			}
		}
	}
}
