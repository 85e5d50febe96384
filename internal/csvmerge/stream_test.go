package csvmerge_test

import (
	"bytes"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"tenantrollup/internal/csvmerge"
)

// mergedStream is merged for one body that read opens twice.
func mergedStream(t *testing.T, layout *csvmerge.Layout, read func() io.Reader) []byte {
	t.Helper()
	table, err := csvmerge.Check(read())
	if err != nil {
		t.Fatal(err)
	}
	layout.Add(table.Columns)
	out := bytes.NewBuffer(layout.Header())
	if err := layout.Append(out, plain, table, read()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestReadersDoNotMatter(t *testing.T) {
	body := string(realistic())
	want := merged(t, plain, csvmerge.NewLayout("x"), body)
	for name, wrap := range map[string]func(io.Reader) io.Reader{
		"a byte at a time":          iotest.OneByteReader,
		"half of what is asked for": iotest.HalfReader,
		"the end with the data":     iotest.DataErrReader,
		"the end after one byte":    func(r io.Reader) io.Reader { return iotest.DataErrReader(iotest.OneByteReader(r)) },
	} {
		t.Run(name, func(t *testing.T) {
			got := mergedStream(t, csvmerge.NewLayout("x"), func() io.Reader { return wrap(strings.NewReader(body)) })
			if string(got) != want {
				t.Error("the file depends on how the body was read")
			}
		})
	}
}

// The buffer's end passes through every position of records that have every
// kind of byte.
func TestBufferEndsDoNotMatter(t *testing.T) {
	const (
		chunk = 32 << 10
		tail  = "\"q\"\"\r\n,q\",=1\r\n\r\n2,\"-x\"\n\n\"\",ŁŁ\r\n"
		rows  = "t,Contoso,contoso.com,\"q\"\"\r\n,q\",'=1\r\nt,Contoso,contoso.com,2,\"'-x\"\r\nt,Contoso,contoso.com,\"\",ŁŁ\r\n"
	)
	for offset := range len(tail) + 2 {
		filler := "a,b\n" + strings.Repeat("x", chunk-offset-len("a,b\n")-len(",1\n")) + ",1\n"
		got := merged(t, plain, csvmerge.NewLayout(), filler+tail)
		if !strings.HasSuffix(got, ",1\r\n"+rows) {
			t.Fatalf("with the buffer's end at %d of %q: got %q", offset, tail, got[chunk:])
		}
		_, err := csvmerge.Check(strings.NewReader(filler + tail + "1\n"))
		if err == nil || !strings.Contains(err.Error(), "line 9: fields in the record: 1") {
			t.Fatalf("with the buffer's end at %d of %q: got %v", offset, tail, err)
		}
	}
}

// What a record has before the buffer's end counts also once it is read to its own.
func TestRecordsAcrossTheBuffersEnd(t *testing.T) {
	long := strings.Repeat("x", 32<<10)
	for in, want := range map[string]string{"a;=1": "a;'=1", "a\t=1": "a\t'=1"} {
		want := lead + "a,b\r\nt,Contoso,contoso.com," + want + "," + long + "\r\n"
		if got := merged(t, plain, csvmerge.NewLayout(), "a,b\n"+in+","+long+"\n"); got != want {
			t.Errorf("%q is not guarded", in)
		}
	}
	if _, err := csvmerge.Check(strings.NewReader("a,b\n\x00," + long + "\n")); err == nil || !strings.Contains(err.Error(), "NUL") {
		t.Errorf("got %v", err)
	}
}

func TestLongRecordsKeepTheirBytes(t *testing.T) {
	long := strings.Repeat("0123456789,\"\"\r\n", 60_000)
	body := "a,b\n1,\"" + long + "\"\n2,=x\n\"" + long + "\",3\n"
	want := lead + "a,b\r\n" +
		"t,Contoso,contoso.com,1,\"" + long + "\"\r\n" +
		"t,Contoso,contoso.com,2,'=x\r\n" +
		"t,Contoso,contoso.com,\"" + long + "\",3\r\n"
	if got := merged(t, plain, csvmerge.NewLayout(), body); got != want {
		t.Error("a record of 900 KB was changed")
	}
}

func TestMemoryDoesNotGrowWithTheBody(t *testing.T) {
	const bodies = 1000 // 40 MB
	records := realistic()
	header, records, _ := bytes.Cut(records, []byte("\n"))
	read := func() io.Reader {
		readers := []io.Reader{bytes.NewReader(header), strings.NewReader("\n")}
		for range bodies {
			readers = append(readers, bytes.NewReader(records))
		}
		return io.MultiReader(readers...)
	}
	first, second := read(), read()
	layout := csvmerge.NewLayout("x")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	table, err := csvmerge.Check(first)
	if err != nil {
		t.Fatal(err)
	}
	layout.Add(table.Columns)
	if err := layout.Append(io.Discard, plain, table, second); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if table.Rows != 200*bodies {
		t.Errorf("got %d rows", table.Rows)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 256<<10 {
		t.Errorf("%d bytes were allocated for a body of %d", used, len(records)*bodies)
	}
}
