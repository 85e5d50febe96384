package csvmerge

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
	"sync"
)

const (
	chunkSize = 32 << 10
	maxRecord = 1 << 20 // with its line end; chunkSize doubled until it is reached exactly
)

const strayReturn = "a carriage return outside quotes is not followed by a line feed"

var chunks = sync.Pool{New: func() any { return new([chunkSize]byte) }}

// span is where a field begins and ends in its record. Slices would be plainer,
// but storing pointers by the thousand costs the merge a fifth of its speed.
type span struct{ begin, end int }

// scanner cuts a body into records and records into fields. What it returns points
// into its buffer: it is valid until the next call of next.
type scanner struct {
	body       io.Reader
	chunk      *[chunkSize]byte // what buf began as
	buf        []byte
	start, end int // buf[start:end] is read and not yet cut
	eof        bool
	divided    bool // what is read of the body has a semicolon or a tab
	nul        bool // it has a NUL byte

	record []byte // without its line end
	quoted bool   // the record has a quote
	cells  []span // the record's fields, once parse has found them
	line   int    // of the record's beginning, from 1
	lines  int    // that the record takes up
	width  int    // fields in the header, 0 before it
}

func newScanner(body io.Reader) *scanner {
	chunk := chunks.Get().(*[chunkSize]byte)
	return &scanner{body: body, chunk: chunk, buf: chunk[:], line: 1}
}

// close gives back the buffer; the scanner's slices are no longer valid.
func (s *scanner) close() { chunks.Put(s.chunk) }

// header reads and parses the first record, past the byte order mark.
func (s *scanner) header() error {
	if err := s.fill(); err != nil {
		return err
	}
	begin := s.buf[:s.end]
	if bytes.HasPrefix(begin, []byte("\xFF\xFE")) || bytes.HasPrefix(begin, []byte("\xFE\xFF")) {
		return s.malformed(0, "the body is UTF-16, not UTF-8")
	}
	if bytes.HasPrefix(begin, []byte(byteOrderMark)) {
		s.start = len(byteOrderMark)
	}
	if err := s.next(); err == io.EOF {
		return s.malformed(0, "the body is empty, without even a header")
	} else if err != nil {
		return err
	}
	err := s.parse()
	s.width = len(s.cells)
	return err
}

// cell returns the bytes of a field, quotes included.
func (s *scanner) cell(i int) []byte { return s.record[s.cells[i].begin:s.cells[i].end] }

// next moves to the next record, past blank lines. It returns io.EOF, bare, at
// the end of a body that ends where a record does.
func (s *scanner) next() error {
	for {
		s.line += s.lines
		size, err := s.measure()
		if err != nil {
			return err
		}
		record := s.buf[s.start : s.start+size-1]
		s.start += size
		s.record = bytes.TrimSuffix(record, []byte{'\r'})
		if len(s.record) > 0 {
			return nil
		}
	}
}

// measure returns the size of the record at start with its line end, reading
// on until the buffer holds all of it.
func (s *scanner) measure() (int, error) {
	for {
		if size := s.cut(); size > 0 {
			return size, nil
		}
		switch {
		case s.eof && s.start == s.end:
			s.record = nil
			return 0, io.EOF
		case s.eof, s.end-s.start == maxRecord:
			return 0, s.unfinished()
		}
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
}

// cut returns the size of the record at start, or 0 if its end is not in the
// buffer. A record ends at the first line feed that an even number of quotes
// precedes: in a well-formed record that is the first one outside quotes, in any
// other parse finds the flaw before it.
func (s *scanner) cut() int {
	unread := s.buf[s.start:s.end]
	size, quotes := 0, 0
	s.lines = 0
	for {
		n := bytes.IndexByte(unread[size:], '\n')
		if n < 0 {
			return 0
		}
		quotes += bytes.Count(unread[size:size+n], []byte{'"'})
		size += n + 1
		s.lines++
		if quotes%2 == 0 {
			s.quoted = quotes > 0
			return size
		}
	}
}

// unfinished explains a record whose end is missing: by a flaw in the part that is
// there, mostly a stray quote, otherwise by the end of the body or the buffer.
func (s *scanner) unfinished() error {
	s.record = bytes.TrimSuffix(s.buf[s.start:s.end], []byte{'\r'})
	s.quoted, s.width = true, 0
	if err := s.parse(); err != nil {
		return err
	}
	if s.eof {
		return s.malformed(0, "the last record has no line end: the body was cut off")
	}
	return s.malformed(0, fmt.Sprintf("the record is longer than %d bytes", maxRecord))
}

// fill reads until the buffer is full or the body ends; many short reads must not
// make it look many times at one long record. Any error of the body except io.EOF
// is passed on, including io.ErrUnexpectedEOF.
func (s *scanner) fill() error {
	if s.start > 0 {
		s.end = copy(s.buf, s.buf[s.start:s.end])
		s.start = 0
	} else if s.end == len(s.buf) {
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	begin := s.end
	defer func() { s.look(s.buf[begin:s.end]) }()
	for s.end < len(s.buf) {
		n, err := s.body.Read(s.buf[s.end:])
		s.end += n
		if err == io.EOF {
			s.eof = true
			return nil
		}
		if err != nil {
			return fmt.Errorf("read report body: %w", err)
		}
	}
	return nil
}

// look notices what hardly any body has, so that records need not be searched for
// it.
func (s *scanner) look(read []byte) {
	s.divided = s.divided || bytes.IndexByte(read, ';') >= 0 || bytes.IndexByte(read, '\t') >= 0
	s.nul = s.nul || bytes.IndexByte(read, 0) >= 0
}

// parse finds the fields of the record and checks them against the rules.
func (s *scanner) parse() error {
	s.cells = s.cells[:0]
	if s.quoted {
		if err := s.parseQuoted(); err != nil {
			return err
		}
	} else if at := bytes.IndexByte(s.record, '\r'); at >= 0 {
		return s.malformed(at, strayReturn)
	} else {
		s.split(0, len(s.record))
	}
	if s.width > 0 && len(s.cells) != s.width {
		return s.malformed(0, fmt.Sprintf("fields in the record: %d, in the header: %d", len(s.cells), s.width))
	}
	return nil
}

// parseQuoted takes quoted fields one by one, and what is between two of them at
// once.
func (s *scanner) parseQuoted() error {
	for at := 0; ; {
		rest := s.record[at:]
		if len(rest) > 0 && rest[0] == '"' {
			size, err := s.quotedField(at)
			if err != nil {
				return err
			}
			s.cells = append(s.cells, span{at, at + size})
			if size == len(rest) {
				return nil
			}
			at += size + 1
			continue
		}
		plain, _, quote := bytes.Cut(rest, []byte{'"'})
		if i := bytes.IndexByte(plain, '\r'); i >= 0 {
			return s.malformed(at+i, strayReturn)
		}
		if !quote {
			s.split(at, len(s.record))
			return nil
		}
		next := at + len(plain)
		if plain[len(plain)-1] != ',' {
			return s.malformed(next, "there is a quote inside an unquoted field")
		}
		s.split(at, next-1)
		at = next
	}
}

// split finds the fields of a stretch of the record without quotes. It looks
// at eight bytes at a time: fields are short, and a call of IndexByte for each
// took a third of the whole merge.
func (s *scanner) split(begin, end int) {
	const (
		ones   = 0x0101010101010101
		low7   = 0x7F * ones
		commas = ',' * ones
	)
	stretch, cells, at := s.record[:end], s.cells, begin
	for ; at+8 <= len(stretch); at += 8 {
		x := binary.LittleEndian.Uint64(stretch[at:]) ^ commas
		// The top bit of each byte of found is set where x's byte is zero.
		found := ^((x&low7 + low7) | x | low7)
		for ; found != 0; found &= found - 1 {
			comma := at + bits.TrailingZeros64(found)/8
			cells = append(cells, span{begin, comma})
			begin = comma + 1
		}
	}
	for ; at < len(stretch); at++ {
		if stretch[at] == ',' {
			cells = append(cells, span{begin, at})
			begin = at + 1
		}
	}
	s.cells = append(cells, span{begin, end})
}

// quotedField returns the size of the quoted field at the offset.
func (s *scanner) quotedField(at int) (int, error) {
	rest := s.record[at:]
	for size := 1; ; size++ {
		n := bytes.IndexByte(rest[size:], '"')
		if n < 0 {
			return 0, s.unclosed(at)
		}
		size += n + 1
		if size == len(rest) || rest[size] == ',' {
			return size, nil
		}
		if rest[size] != '"' {
			return 0, s.malformed(at+size, "a closing quote is not followed by a comma or a line end")
		}
	}
}

// unclosed can be true of an unfinished record only: a whole one has an even
// number of quotes.
func (s *scanner) unclosed(at int) error {
	if !s.eof {
		return s.malformed(at, fmt.Sprintf("a quoted field is not closed within %d bytes", maxRecord))
	}
	return s.malformed(at, "a quoted field is not closed: the body was cut off, or a quote is missing")
}

// malformed names the flaw at that offset of the record.
func (s *scanner) malformed(at int, problem string) *FormatError {
	return &FormatError{Line: s.line + bytes.Count(s.record[:at], []byte{'\n'}), Problem: problem}
}
