package functionshost

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// The queue's clocks, in fake time.

const (
	window       = 10 * time.Minute
	visibility   = 2 * time.Minute
	longestPause = 10 * time.Second
)

// bench is one queue and the times at which its messages were delivered.
type bench struct {
	queues    *queues
	began     time.Time
	delivered []time.Duration
}

func newBench() *bench {
	return &bench{queues: newQueues(new(bell)), began: time.Now()}
}

// listen runs an instance's listener until the returned function ends it.
func (b *bench) listen(t *testing.T, work func(ctx context.Context, m taken) error) (lose func()) {
	ctx, cancel := context.WithCancel(t.Context())
	l := &listener{
		queues: b.queues, name: "work", slots: 1, longestPause: longestPause, window: window, visibility: visibility, maxDequeue: 3,
		work: func(ctx context.Context, m taken) error {
			b.delivered = append(b.delivered, time.Since(b.began))
			return work(ctx, m)
		},
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		l.run(ctx, ctx)
	}()
	return func() {
		cancel()
		<-ended
	}
}

// want says when messages became visible: each is delivered at the next look.
func (b *bench) want(t *testing.T, visible ...time.Duration) {
	t.Helper()
	synctest.Wait()
	soonAfter := func(delivered, visible time.Duration) bool {
		return delivered >= visible && delivered-visible <= longestPause
	}
	if !slices.EqualFunc(b.delivered, visible, soonAfter) {
		t.Errorf("delivered at %v, want %v and %s later at most", b.delivered, visible, longestPause)
	}
}

// hold works until the instance is lost.
func hold(ctx context.Context, _ taken) error {
	<-ctx.Done()
	return errLost
}

func TestQueue(t *testing.T) {
	rule := func(name string, test func(t *testing.T, b *bench)) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test(t, newBench()) })
		})
	}
	rule("a message that succeeds is gone", func(t *testing.T, b *bench) {
		defer b.listen(t, func(context.Context, taken) error { return nil })()
		b.queues.put("work", "a")
		time.Sleep(time.Hour)
		b.want(t, 0)
		if n := b.queues.count([]string{"work", "work-poison"}); n != 0 {
			t.Errorf("%d messages left", n)
		}
	})
	rule("a failed message comes back after visibilityTimeout and is poison after maxDequeueCount", func(t *testing.T, b *bench) {
		var counts []int
		defer b.listen(t, func(_ context.Context, m taken) error {
			counts = append(counts, m.DequeueCount)
			return errors.New("no")
		})()
		b.queues.put("work", "a")
		time.Sleep(time.Hour)
		synctest.Wait()
		b.want(t, 0, visibility, b.delivered[1]+visibility)
		if !slices.Equal(counts, []int{1, 2, 3}) {
			t.Errorf("dequeue counts %v", counts)
		}
		poison := b.queues.messages("work-poison")
		if len(poison) != 1 || poison[0].Text != "a" || b.queues.count([]string{"work"}) != 0 {
			t.Errorf("poison %v, work %v", poison, b.queues.messages("work"))
		}
	})
	rule("a message in progress for longer than the window is delivered once", func(t *testing.T, b *bench) {
		defer b.listen(t, func(context.Context, taken) error {
			time.Sleep(3 * window)
			return nil
		})()
		other := b.listen(t, hold)
		defer other()
		b.queues.put("work", "a")
		time.Sleep(4 * window)
		b.want(t, 0)
	})
	rule("a lost host's message comes back when its window ends", func(t *testing.T, b *bench) {
		lose := b.listen(t, hold)
		b.queues.put("work", "a")
		time.Sleep(time.Minute)
		lose()
		defer b.listen(t, func(context.Context, taken) error { return nil })()
		time.Sleep(time.Hour)
		b.want(t, 0, window)
	})
	rule("the window of a lost host counts from its last renewal at half time", func(t *testing.T, b *bench) {
		lose := b.listen(t, hold)
		b.queues.put("work", "a")
		time.Sleep(window/2 + time.Minute)
		lose()
		defer b.listen(t, func(context.Context, taken) error { return nil })()
		time.Sleep(time.Hour)
		b.want(t, 0, window/2+window)
	})
	rule("a message whose last delivery was lost is poison without another delivery", func(t *testing.T, b *bench) {
		b.queues.put("work", "a")
		for range 3 {
			lose := b.listen(t, hold)
			time.Sleep(time.Second)
			lose()
			time.Sleep(window)
		}
		defer b.listen(t, hold)()
		b.want(t, 0, window+time.Second, 2*(window+time.Second))
		if poison := b.queues.messages("work-poison"); len(poison) != 1 {
			t.Errorf("poison %v", poison)
		}
	})
	rule("one message at a time, and the next at once", func(t *testing.T, b *bench) {
		defer b.listen(t, func(context.Context, taken) error {
			time.Sleep(time.Minute)
			return nil
		})()
		for _, text := range []string{"a", "b", "c"} {
			b.queues.put("work", text)
		}
		time.Sleep(time.Hour)
		b.want(t, 0, time.Minute, 2*time.Minute)
	})
	rule("a taker that is too late deletes nothing", func(t *testing.T, b *bench) {
		b.queues.put("work", "a")
		first := b.queues.take("work", window)
		time.Sleep(window)
		second := b.queues.take("work", window)
		b.queues.remove("work", *first, "")
		if b.queues.count([]string{"work"}) != 1 {
			t.Fatal("an old receipt deleted the message")
		}
		b.queues.remove("work", *second, "")
		if b.queues.count([]string{"work"}) != 0 {
			t.Fatal("the message is still there")
		}
	})
}

func TestL4IdleQueueIsPolledAtPausesThatGrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		defer b.listen(t, func(context.Context, taken) error { return errors.New("no") })()
		// The looks are at 0, 0.1, 0.3, 0.6, 1.1, 2, 3.7, 7 and 13.5 seconds, and
		// every ten seconds from there on.
		time.Sleep(time.Hour)
		b.queues.put("work", "a")
		time.Sleep(time.Hour)
		want := []time.Duration{
			time.Hour + 3500*time.Millisecond,
			// After visibilityTimeout and the wait for the next look, which counts
			// from the delivery.
			time.Hour + 3500*time.Millisecond + 123500*time.Millisecond,
			time.Hour + 3500*time.Millisecond + 2*123500*time.Millisecond,
		}
		if synctest.Wait(); !slices.Equal(b.delivered, want) {
			t.Errorf("delivered at %v, want %v", b.delivered, want)
		}
	})
}

func TestL5LostMachineCostsItsWindowAndTheNextLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		b.queues.put("work", "a") // before the first look
		lose := b.listen(t, hold)
		time.Sleep(window/2 + time.Second) // renewed once
		lose()
		defer b.listen(t, func(context.Context, taken) error { return nil })()
		time.Sleep(time.Hour)
		// Looks of the other machine are at 301, … 314.5, … 894.5 and 904.5 seconds.
		want := []time.Duration{0, 904500 * time.Millisecond}
		if synctest.Wait(); !slices.Equal(b.delivered, want) {
			t.Errorf("delivered at %v, want %v", b.delivered, want)
		}
	})
}

func TestL6ContinuationIsTakenAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		b.queues.put("work", "a")
		defer b.listen(t, func(context.Context, taken) error {
			time.Sleep(time.Minute)
			if len(b.delivered) == 1 {
				b.queues.put("work", "continuation")
			}
			return nil
		})()
		time.Sleep(time.Hour)
		synctest.Wait()
		if want := []time.Duration{0, time.Minute}; !slices.Equal(b.delivered, want) {
			t.Errorf("delivered at %v, want %v", b.delivered, want)
		}
	})
}

func TestQ10MessageThatIsNotBase64IsPoisonAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		defer b.listen(t, func(context.Context, taken) error { return nil })()
		b.queues.putRaw("work", "not base64!")
		b.queues.putRaw("work", "ZmluZQ==")
		time.Sleep(time.Minute)
		b.want(t, 0)
		if poison := b.queues.messages("work-poison"); len(poison) != 1 || poison[0].Text != "not base64!" {
			t.Errorf("poison %v", poison)
		}
	})
}
