package functionshost

import (
	"context"
	"errors"
	"sync"
	"time"
)

// shortestPause is what the host waits after the first look at an idle queue.
const shortestPause = 100 * time.Millisecond

// listener is the queue trigger of one function on one instance
// (azure-webjobs-sdk, QueueListener and QueueProcessor).
type listener struct {
	queues       *queues
	name         string
	slots        int           // messages in progress at once
	longestPause time.Duration // between two looks at an idle queue
	window       time.Duration // invisible while in progress; renewed at half time
	visibility   time.Duration // invisible after a failure
	maxDequeue   int           // deliveries until it goes to <name>-poison
	work         func(ctx context.Context, m taken) error
}

// run delivers until taking is done, and returns when nothing is in progress any
// more. A message that is in progress when ctx, the instance's life, is done is
// left as it is: nobody is there to release it.
func (l *listener) run(ctx, taking context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	slots := make(chan struct{}, l.slots)
	for {
		select {
		case slots <- struct{}{}:
		case <-taking.Done():
			return
		}
		m := l.poll(taking)
		if m == nil {
			return
		}
		wg.Go(func() {
			defer func() { <-slots }()
			l.deliver(ctx, *m)
		})
	}
}

// poll looks for a message, at pauses that grow while there is none. It returns
// nil when ctx is done.
func (l *listener) poll(ctx context.Context) *taken {
	pause := min(shortestPause, l.longestPause)
	for looks := 0; ctx.Err() == nil; looks++ {
		if m := l.queues.take(l.name, l.window); m != nil {
			return m
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
		pause = min(shortestPause+shortestPause<<min(looks, 20), l.longestPause)
	}
	return nil
}

func (l *listener) deliver(ctx context.Context, m taken) {
	// What no binding can read never gets to work. A message of too many
	// deliveries is what a lost host leaves: it had no time to poison it.
	if m.undecodable || m.DequeueCount > l.maxDequeue {
		l.queues.remove(l.name, m, l.name+"-poison")
		return
	}
	renewing, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { l.renew(renewing, m) })
	err := l.work(ctx, m)
	stop()
	wg.Wait()
	switch {
	case errors.Is(err, errLost):
	case err == nil:
		l.queues.remove(l.name, m, "")
	case m.DequeueCount >= l.maxDequeue:
		l.queues.remove(l.name, m, l.name+"-poison")
	default:
		l.queues.hide(l.name, m, l.visibility)
	}
}

func (l *listener) renew(ctx context.Context, m taken) {
	tick := time.NewTicker(l.window / 2)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			l.queues.hide(l.name, m, l.window)
		case <-ctx.Done():
			return
		}
	}
}
