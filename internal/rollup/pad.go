package rollup

import (
	"bufio"
	"bytes"
	"io"
	"strings"
)

// headed reads a body that has no header line as if it had one, and as if its
// records had all of the columns.
func headed(columns []string, body io.Reader) io.Reader {
	return io.MultiReader(strings.NewReader(headerLine(columns)), &padder{body: bufio.NewReaderSize(body, padChunk), columns: len(columns)})
}

func headerLine(columns []string) string {
	quoted := make([]string, len(columns))
	for i, name := range columns {
		quoted[i] = `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
	}
	return strings.Join(quoted, ",") + "\r\n"
}

const padChunk = 16 << 10

// padder reads a body and adds the missing commas at the end of each record.
// Records end with CRLF.
type padder struct {
	body    *bufio.Reader
	columns int

	commas int  // of the current record, except those within quotes
	quoted bool // what comes next is within quotes
	ready  []byte
	padded []byte
}

// Read implements io.Reader.
func (p *padder) Read(b []byte) (int, error) {
	if len(p.ready) == 0 {
		if err := p.next(); err != nil {
			return 0, err
		}
	}
	n := copy(b, p.ready)
	p.ready = p.ready[n:]
	return n, nil
}

// next prepares the next piece of the body, which extends to the end of a line at
// most.
func (p *padder) next() error {
	piece, err := p.body.ReadSlice('\n')
	if len(piece) == 0 {
		return err
	}
	if err == bufio.ErrBufferFull && piece[len(piece)-1] == '\r' {
		p.body.UnreadByte() // the line's end stays in one piece
		piece = piece[:len(piece)-1]
	}
	p.count(piece)
	p.ready = piece
	if p.quoted || piece[len(piece)-1] != '\n' {
		return nil
	}
	if lacks := p.columns - 1 - p.commas; lacks > 0 {
		p.padded = append(p.padded[:0], bytes.TrimSuffix(piece, []byte("\r\n"))...)
		for range lacks {
			p.padded = append(p.padded, ',')
		}
		p.padded = append(p.padded, "\r\n"...)
		p.ready = p.padded
	}
	p.commas = 0
	return nil
}

func (p *padder) count(piece []byte) {
	if !p.quoted && bytes.IndexByte(piece, '"') < 0 {
		p.commas += bytes.Count(piece, []byte{','})
		return
	}
	for _, b := range piece {
		switch {
		case b == '"':
			p.quoted = !p.quoted
		case b == ',' && !p.quoted:
			p.commas++
		}
	}
}
