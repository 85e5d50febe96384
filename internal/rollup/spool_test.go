package rollup

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func newSpool(ctx context.Context, s *space) *spool {
	return &spool{ctx: ctx, space: s, first: new(atomic.Bool)}
}

func TestSpool(t *testing.T) {
	for _, size := range []int{0, 1, spoolLimit - 1, spoolLimit, spoolLimit + 1, 3*spoolLimit + 7} {
		room := newSpace()
		s := newSpool(t.Context(), room)
		body := bytes.Repeat([]byte("0123456789"), size/10+1)[:size]
		for chunk := range chunks(body, 100_000) {
			if _, err := s.Write(chunk); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 { // it is read twice: checked, then merged
			got, err := io.ReadAll(s.reader())
			if err != nil || !bytes.Equal(got, body) {
				t.Errorf("%d bytes: read %d, %v", size, len(got), err)
			}
		}
		if onDisk := size > spoolLimit; (room.used == int64(size)) != onDisk && size > 0 {
			t.Errorf("%d bytes take %d on disk", size, room.used)
		}
		s.Reset()
		if _, err := s.Write([]byte("anew")); err != nil {
			t.Fatal(err)
		}
		if got, _ := io.ReadAll(s.reader()); string(got) != "anew" {
			t.Errorf("after Reset it holds %q", got)
		}
		s.close()
		s.close()
		if room.used != 0 {
			t.Errorf("%d bytes of room were not given back", room.used)
		}
	}
}

func chunks(body []byte, size int) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for len(body) > 0 {
			n := min(size, len(body))
			if !yield(body[:n]) {
				return
			}
			body = body[n:]
		}
	}
}

func TestSpace(t *testing.T) {
	t.Run("waits for room, and takes it once it is given back", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newSpace()
			if err := s.take(t.Context(), spaceLimit, new(atomic.Bool)); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			time.AfterFunc(time.Minute, func() { s.give(1) })
			if err := s.take(t.Context(), 1, new(atomic.Bool)); err != nil || time.Since(began) != time.Minute {
				t.Errorf("got %v after %s", err, time.Since(began))
			}
		})
	})
	t.Run("whom everybody waits for is not kept waiting", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newSpace()
			s.take(t.Context(), spaceLimit, new(atomic.Bool))
			var first atomic.Bool
			time.AfterFunc(time.Minute, func() { s.letFirst(&first) })
			if err := s.take(t.Context(), 1, &first); err != nil {
				t.Error(err)
			}
		})
	})
	t.Run("stops waiting when the attempt is given up", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newSpace()
			s.take(t.Context(), spaceLimit, new(atomic.Bool))
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if err := s.take(ctx, 1, new(atomic.Bool)); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
		})
	})
}
