package msapitest

import (
	"bytes"
	"strings"

	"tenantrollup/internal/run"
)

// Sink is a run.Sink; what it holds after the last Reset is the report.
type Sink struct {
	bytes.Buffer
	Named  []string // nil if the body has a header line
	Resets int
	Warned []run.Class
	Err    error // of every Write
}

// Write implements io.Writer.
func (s *Sink) Write(p []byte) (int, error) {
	if s.Err != nil {
		return 0, s.Err
	}
	return s.Buffer.Write(p)
}

// Reset implements run.Sink.
func (s *Sink) Reset() {
	s.Buffer.Reset()
	s.Named, s.Warned = nil, nil
	s.Resets++
}

// Columns implements run.Sink.
func (s *Sink) Columns(names []string) { s.Named = names }

// String returns the body, under a line with the columns that were named.
func (s *Sink) String() string {
	if s.Named == nil {
		return s.Buffer.String()
	}
	return strings.Join(s.Named, ",") + "\r\n" + s.Buffer.String()
}

// Warn implements run.Sink.
func (s *Sink) Warn(class run.Class, _ string) { s.Warned = append(s.Warned, class) }
