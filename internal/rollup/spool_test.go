package rollup

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func newSpool(ctx context.Context, s *space) *spool {
	return &spool{ctx: ctx, space: s, urgent: new(atomic.Bool)}
}

func TestSpool(t *testing.T) {
	for _, size := range []int{0, 1, pageSize, spoolLimit - 1, spoolLimit, spoolLimit + 1, 3*spoolLimit + 7} {
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
		if onDisk := len(s.pages) > 0; onDisk != (size > spoolLimit) || (room.memory > 0) != (size > 0 && !onDisk) {
			t.Errorf("%d bytes: %d pages, %d bytes in memory", size, len(s.pages), room.memory)
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
		if room.memory != 0 || len(room.free) != int(room.pages) {
			t.Errorf("room was not given back: %d bytes, %d of %d pages", room.memory, len(room.free), room.pages)
		}
		if err := room.close(); err != nil {
			t.Error(err)
		}
	}

	t.Run("small bodies go to disk if memory is full, and many share one page", func(t *testing.T) {
		room := newSpace()
		defer room.close()
		var spools []*spool
		for i := range 2 * memoryLimit / spoolLimit {
			s := newSpool(t.Context(), room)
			if _, err := s.Write(bytes.Repeat([]byte{byte(i)}, spoolLimit)); err != nil {
				t.Fatal(err)
			}
			spools = append(spools, s)
		}
		if room.memory > memoryLimit || room.pages == 0 {
			t.Errorf("%d bytes in memory, %d pages", room.memory, room.pages)
		}
		for i, s := range spools {
			got, err := io.ReadAll(s.reader())
			if err != nil || !bytes.Equal(got, bytes.Repeat([]byte{byte(i)}, spoolLimit)) {
				t.Fatalf("body %d: %d bytes, %v", i, len(got), err)
			}
			s.close()
		}
	})
}

func TestAPageThatCannotBeWrittenIsGivenBack(t *testing.T) {
	room := newSpace()
	room.memory = memoryLimit
	file, err := os.Open(os.DevNull) // for reading alone
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	room.file = file
	s := newSpool(t.Context(), room)
	if _, err := s.Write([]byte("1")); err == nil {
		t.Fatal("it was written")
	}
	s.close()
	if len(room.free) != 1 || room.pages != 1 {
		t.Errorf("%d of %d pages are free", len(room.free), room.pages)
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
	full := func() *space {
		s := newSpace()
		s.pages = pagesLimit
		return s
	}
	t.Run("waits for a page, and takes it once it is given back", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s, began := full(), time.Now()
			time.AfterFunc(time.Minute, func() { s.give(0, []int64{7}) })
			page, err := s.page(t.Context(), new(atomic.Bool))
			if err != nil || page != 7 || time.Since(began) != time.Minute {
				t.Errorf("got page %d, %v after %s", page, err, time.Since(began))
			}
		})
	})
	t.Run("the fetch that all others wait for is not kept waiting", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := full()
			defer s.close()
			var urgent atomic.Bool
			time.AfterFunc(time.Minute, func() { s.letPass(&urgent) })
			if _, err := s.page(t.Context(), &urgent); err != nil {
				t.Error(err)
			}
		})
	})
	t.Run("stops waiting when the fetch is given up", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if _, err := full().page(ctx, new(atomic.Bool)); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
		})
	})
}
