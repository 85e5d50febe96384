package rollup

import (
	"bytes"
	"fmt"
	"io"
	"os"
)

// spoolLimit is how much of one body is kept in memory. What is larger goes
// to a temporary file.
const spoolLimit = 256 << 10

// spool holds one report's body until it is merged. It is a run.Sink.
type spool struct {
	memory bytes.Buffer
	file   *os.File
	size   int64
}

// Write implements io.Writer.
func (s *spool) Write(p []byte) (int, error) {
	if s.file == nil && s.memory.Len()+len(p) > spoolLimit {
		if err := s.spill(); err != nil {
			return 0, err
		}
	}
	s.size += int64(len(p))
	if s.file != nil {
		return s.file.Write(p)
	}
	return s.memory.Write(p)
}

func (s *spool) spill() error {
	file, err := os.CreateTemp("", "tenant-rollup-*.csv")
	if err != nil {
		return fmt.Errorf("spool a large report: %w", err)
	}
	s.file = file
	// An open file without a name is gone with the process, however that ends.
	// Where a system does not allow it, close removes the file.
	os.Remove(file.Name())
	_, err = s.memory.WriteTo(file)
	s.memory = bytes.Buffer{}
	return err
}

// Reset implements run.Sink.
func (s *spool) Reset() {
	s.close()
	*s = spool{}
}

// reader reads the body from its beginning.
func (s *spool) reader() io.Reader {
	if s.file != nil {
		return io.NewSectionReader(s.file, 0, s.size)
	}
	return bytes.NewReader(s.memory.Bytes())
}

func (s *spool) close() {
	if s.file != nil {
		s.file.Close()
		os.Remove(s.file.Name())
	}
}
