package msapitest

import (
	"bytes"

	"tenantrollup/internal/run"
)

// Sink is a run.Sink; what it holds after the last Reset is the report.
type Sink struct {
	bytes.Buffer
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
	s.Warned = nil
	s.Resets++
}

// Warn implements run.Sink.
func (s *Sink) Warn(class run.Class, _ string) { s.Warned = append(s.Warned, class) }
