package rollup

import (
	"context"
	"hash"
	"io"

	"tenantrollup/internal/run"
)

// blockLimit is the most bytes that one staged block holds.
const blockLimit = 4 << 20

// blockWriter cuts a file into blocks and stages them.
type blockWriter struct {
	slice    *slice
	file     run.File
	header   func() []byte
	sum      hash.Hash // of the whole file; nil if none is kept
	headed   bool      // the header is written, by this slice or an earlier one
	buffer   []byte
	sequence int // blocks staged by this slice
}

// writeHeader writes the header, unless the file has it already.
func (w *blockWriter) writeHeader() {
	if !w.headed {
		w.buffer = append(w.buffer, w.header()...)
		w.headed = true
	}
}

// in returns a writer that stages full blocks as it goes.
func (w *blockWriter) in(ctx context.Context) io.Writer { return stagingWriter{ctx, w} }

type stagingWriter struct {
	ctx    context.Context
	blocks *blockWriter
}

// Write implements io.Writer.
func (w stagingWriter) Write(p []byte) (int, error) {
	b := w.blocks
	for rest := p; len(rest) > 0; {
		n := min(len(rest), blockLimit-len(b.buffer))
		b.buffer = append(b.buffer, rest[:n]...)
		rest = rest[n:]
		if len(b.buffer) == blockLimit {
			if err := b.flush(w.ctx); err != nil {
				return 0, err
			}
		}
	}
	return len(p), nil
}

// flush stages what is buffered as one block.
func (w *blockWriter) flush(ctx context.Context) error {
	if len(w.buffer) == 0 {
		return nil
	}
	s := w.slice
	id := run.BlockID(s.cp.Run, s.cp.Slices, w.sequence)
	if err := s.rollup.Store.Stage(ctx, s.key, w.file, id, w.buffer); err != nil {
		s.torn = true
		return err
	}
	if w.sum != nil {
		w.sum.Write(w.buffer)
	}
	w.sequence++
	w.buffer = w.buffer[:0]
	return nil
}
