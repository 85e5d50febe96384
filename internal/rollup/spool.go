package rollup

import (
	"bytes"
	"context"
	"io"
	"sync/atomic"

	"tenantrollup/internal/run"
)

// spoolLimit is how much of one body is kept in memory at most.
const spoolLimit = 256 << 10

// spool holds one report's body until it is merged: in memory if there is
// room for it, else on disk. It is a run.Sink. The zero value holds nothing and
// is not to be written to.
type spool struct {
	ctx    context.Context // of the fetch that writes
	space  *space
	urgent *atomic.Bool

	memory []byte
	pages  []int64 // of space, full except for the last
	size   int64

	columns []string             // if the body has no header line
	warned  map[run.Class]string // what there is to know about the body
}

// Write implements io.Writer.
func (s *spool) Write(p []byte) (int, error) {
	if len(s.pages) == 0 && len(s.memory)+len(p) <= spoolLimit && s.space.reserve(len(p)) {
		s.memory = append(s.memory, p...)
		s.size += int64(len(p))
		return len(p), nil
	}
	if len(s.memory) > 0 {
		kept := s.memory
		s.memory, s.size = nil, 0
		err := s.toDisk(kept)
		s.space.give(len(kept), nil)
		if err != nil {
			return 0, err
		}
	}
	return len(p), s.toDisk(p)
}

func (s *spool) toDisk(p []byte) error {
	for len(p) > 0 {
		offset := s.size % pageSize
		if offset == 0 {
			page, err := s.space.page(s.ctx, s.urgent)
			if err != nil {
				return err
			}
			s.pages = append(s.pages, page)
		}
		n := min(len(p), int(pageSize-offset))
		if _, err := s.space.file.WriteAt(p[:n], s.pages[len(s.pages)-1]*pageSize+offset); err != nil {
			return err
		}
		s.size += int64(n)
		p = p[n:]
	}
	return nil
}

// Reset implements run.Sink.
func (s *spool) Reset() {
	s.close()
	s.columns, s.warned = nil, nil
}

// Columns implements run.Sink.
func (s *spool) Columns(names []string) { s.columns = names }

// Warn implements run.Sink.
func (s *spool) Warn(class run.Class, message string) {
	if s.warned == nil {
		s.warned = map[run.Class]string{}
	}
	s.warned[class] = message
}

// reader reads the body from its beginning. It has a header line, and all of its
// records have all columns.
func (s *spool) reader() io.Reader {
	var body io.Reader = bytes.NewReader(s.memory)
	if len(s.pages) > 0 {
		body = &pageReader{spool: s}
	}
	if s.columns != nil {
		return headed(s.columns, body)
	}
	return body
}

// close gives back the room. It may be called again.
func (s *spool) close() {
	if len(s.memory) > 0 || len(s.pages) > 0 {
		s.space.give(len(s.memory), s.pages)
	}
	s.memory, s.pages, s.size = nil, nil, 0
}

// pageReader reads a body on disk.
type pageReader struct {
	spool *spool
	at    int64
}

// Read implements io.Reader.
func (r *pageReader) Read(p []byte) (int, error) {
	if r.at == r.spool.size {
		return 0, io.EOF
	}
	page, offset := r.at/pageSize, r.at%pageSize
	n := min(int64(len(p)), pageSize-offset, r.spool.size-r.at)
	read, err := r.spool.space.file.ReadAt(p[:n], r.spool.pages[page]*pageSize+offset)
	r.at += int64(read)
	return read, err
}
