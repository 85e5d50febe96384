package rollup

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"sync/atomic"
)

// spoolLimit is how much of one body is kept in memory. What is larger goes
// to a temporary file.
const spoolLimit = 256 << 10

// spool holds one report's body until it is merged. It is a run.Sink. The zero
// value holds nothing and is not to be written to.
type spool struct {
	ctx    context.Context // of the attempt that writes
	space  *space
	first  *atomic.Bool
	memory bytes.Buffer
	file   *os.File
	size   int64
}

// Write implements io.Writer.
func (s *spool) Write(p []byte) (int, error) {
	if s.file == nil && s.memory.Len()+len(p) <= spoolLimit {
		s.size += int64(len(p))
		return s.memory.Write(p)
	}
	if err := s.spill(); err != nil {
		return 0, err
	}
	if err := s.space.take(s.ctx, int64(len(p)), s.first); err != nil {
		return 0, fmt.Errorf("wait for room to spool a large report: %w", err)
	}
	s.size += int64(len(p))
	return s.file.Write(p)
}

// spill moves what is in memory to a file.
func (s *spool) spill() error {
	if s.file != nil {
		return nil
	}
	if err := s.space.take(s.ctx, s.size, s.first); err != nil {
		return fmt.Errorf("wait for room to spool a large report: %w", err)
	}
	file, err := os.CreateTemp("", "tenant-rollup-*.csv")
	if err != nil {
		s.space.give(s.size)
		return fmt.Errorf("spool a large report: %w", err)
	}
	s.file = file
	// A file without a name is gone with the process, however that ends. Where
	// a system does not allow that, close removes it.
	os.Remove(file.Name())
	_, err = s.memory.WriteTo(file)
	s.memory = bytes.Buffer{}
	return err
}

// Reset implements run.Sink.
func (s *spool) Reset() {
	s.close()
	s.memory.Reset()
}

// reader reads the body from its beginning.
func (s *spool) reader() io.Reader {
	if s.file != nil {
		return io.NewSectionReader(s.file, 0, s.size)
	}
	return bytes.NewReader(s.memory.Bytes())
}

// close gives the room on disk back. It may be called again.
func (s *spool) close() {
	if s.file != nil {
		s.file.Close()
		os.Remove(s.file.Name())
		s.space.give(s.size)
	}
	s.file, s.size = nil, 0
}
