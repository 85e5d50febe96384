package csvmerge_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"testing"
	"time"

	"tenantrollup/internal/csvmerge"
)

// realistic returns a mailbox usage report: 15 columns, 200 rows, 40 KB, every
// seventh row with a quoted name, as Microsoft writes it.
func realistic() []byte {
	var b bytes.Buffer
	b.WriteString("\uFEFFReport Refresh Date,User Principal Name,Display Name,Is Deleted,Deleted Date,Created Date,Last Activity Date," +
		"Item Count,Storage Used (Byte),Issue Warning Quota (Byte),Prohibit Send Quota (Byte),Prohibit Send/Receive Quota (Byte)," +
		"Deleted Item Count,Has Archive,Report Period\r\n")
	for i := range 200 {
		name := fmt.Sprintf("Contoso Meeting Room %03d Building East", i)
		if i%7 == 0 {
			name = fmt.Sprintf(`"Contoso, ""East"" Meeting Room %03d"`, i)
		}
		fmt.Fprintf(&b, "2026-11-22,meeting-room-%03d@contoso.onmicrosoft.com,%s,False,,2019-03-0%d,2026-11-%02d,%d,%d,53150220288,53687091200,53687091200,%d,True,7\r\n",
			i, name, i%9+1, i%28+1, 1000+i*37, 123456789+i*7919, i*3)
	}
	return b.Bytes()
}

var contoso = csvmerge.Customer{TenantID: "11111111-2222-3333-4444-555555555555", Name: "Contoso, Ltd.", Domain: "contoso.onmicrosoft.com"}

// BenchmarkMerge measures a customer's way through this package: both passes,
// all checks and the guard. Its metric "x" is how many times longer
// encoding/csv takes to read and write the same bytes, without any of these,
// measured in turns: load on the machine then slows both equally.
func BenchmarkMerge(b *testing.B) {
	body := realistic()
	b.Run("same columns", func(b *testing.B) { benchMerge(b, body) })
	b.Run("other columns", func(b *testing.B) { benchMerge(b, body, "A", "Report Period", "Display Name") })
	b.Run("formulas", func(b *testing.B) { benchMerge(b, bytes.ReplaceAll(body, []byte("7,True"), []byte("7,=1+1"))) })
	b.Run("semicolons", func(b *testing.B) { benchMerge(b, bytes.ReplaceAll(body, []byte("7,True"), []byte("7,a;b"))) })
}

func benchMerge(b *testing.B, body []byte, learned ...string) {
	layout := csvmerge.NewLayout(learned...)
	var ours, theirs time.Duration
	for b.Loop() {
		start := time.Now()
		if err := merge(io.Discard, layout, body); err != nil {
			b.Fatal(err)
		}
		middle := time.Now()
		if err := rewrite(io.Discard, body); err != nil {
			b.Fatal(err)
		}
		ours += middle.Sub(start)
		theirs += time.Since(middle)
	}
	b.ReportMetric(0, "ns/op") // of both together, it would mislead
	b.ReportMetric(float64(ours.Nanoseconds())/float64(b.N), "ns/customer")
	b.ReportMetric(float64(theirs)/float64(ours), "x")
}

func merge(w io.Writer, layout *csvmerge.Layout, body []byte) error {
	table, err := csvmerge.Check(bytes.NewReader(body))
	if err != nil {
		return err
	}
	layout.Add(table.Columns)
	return layout.Append(w, contoso, table, bytes.NewReader(body))
}

func rewrite(w io.Writer, body []byte) error {
	in := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(body, []byte("\uFEFF"))))
	in.ReuseRecord = true
	out := csv.NewWriter(w)
	lead := []string{contoso.TenantID, contoso.Name, contoso.Domain}
	var row []string
	for {
		record, err := in.Read()
		if err == io.EOF {
			out.Flush()
			return out.Error()
		}
		if err != nil {
			return err
		}
		row = append(append(row[:0], lead...), record...)
		if err := out.Write(row); err != nil {
			return err
		}
	}
}
