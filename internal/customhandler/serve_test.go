package customhandler

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

var errSignal = errors.New("terminated signal received")

// host is the other side of the wire: a server with one function, and its result.
type host struct {
	url    string
	stop   context.CancelCauseFunc
	served chan error
	client *http.Client
}

func start(t *testing.T, grace time.Duration, f Func) *host {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancelCause(t.Context())
	h := &host{url: "http://" + listener.Addr().String(), stop: stop, served: make(chan error, 1), client: &http.Client{Transport: &http.Transport{}}}
	handler := New(slog.New(slog.DiscardHandler), map[string]Func{"rollup": f})
	go func() { h.served <- serve(ctx, listener, handler, grace, slog.New(slog.DiscardHandler)) }()
	t.Cleanup(func() {
		stop(nil)
		h.client.CloseIdleConnections()
		goleak.VerifyNone(t)
	})
	return h
}

func (h *host) invoke(ctx context.Context) (status int, body string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url+"/rollup", strings.NewReader(`{"Data":{},"Metadata":{}}`))
	if err != nil {
		return 0, "", err
	}
	response, err := h.client.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

func TestServe(t *testing.T) {
	t.Run("a signal ends the invocation's context, its answer still arrives, the error says why", func(t *testing.T) {
		running := make(chan struct{})
		h := start(t, time.Minute, func(ctx context.Context, _ *Invocation) (Result, error) {
			close(running)
			<-ctx.Done()
			var result Result
			err := result.Enqueue("continuation", map[string]string{"cause": context.Cause(ctx).Error()})
			return result, err
		})
		go func() {
			<-running
			h.stop(errSignal)
		}()
		status, body, err := h.invoke(t.Context())
		if err != nil || status != http.StatusOK || !strings.Contains(body, errSignal.Error()) {
			t.Errorf("answer %d %s, %v; want the continuation with the cause", status, body, err)
		}
		if err := <-h.served; !errors.Is(err, ErrStopped) || !errors.Is(err, errSignal) {
			t.Errorf("Serve returned %v, want ErrStopped with the signal", err)
		}
	})
	t.Run("an invocation that ignores the signal only costs the grace period", func(t *testing.T) {
		running, release := make(chan struct{}), make(chan struct{})
		h := start(t, 20*time.Millisecond, func(context.Context, *Invocation) (Result, error) {
			close(running)
			<-release
			return Result{}, nil
		})
		answered := make(chan error, 1)
		go func() {
			_, _, err := h.invoke(t.Context())
			answered <- err
		}()
		<-running
		h.stop(errSignal)
		if err := <-h.served; !errors.Is(err, ErrStopped) || !strings.Contains(err.Error(), "still ran after 20ms") {
			t.Errorf("Serve returned %v, want ErrStopped that says invocations still ran", err)
		}
		if err := <-answered; err == nil {
			t.Error("the invocation was answered, want a broken connection")
		}
		close(release)
	})
	t.Run("a host that hangs up ends the invocation's context", func(t *testing.T) {
		running, ended := make(chan struct{}), make(chan struct{})
		h := start(t, time.Minute, func(ctx context.Context, _ *Invocation) (Result, error) {
			close(running)
			<-ctx.Done()
			close(ended)
			return Result{}, ctx.Err()
		})
		ctx, hangUp := context.WithCancel(t.Context())
		go func() {
			<-running
			hangUp()
		}()
		if _, _, err := h.invoke(ctx); err == nil {
			t.Error("an abandoned invocation was answered")
		}
		<-ended
	})
	t.Run("a panic affects neither other invocations nor the process", func(t *testing.T) {
		var calls atomic.Int32
		h := start(t, time.Minute, func(context.Context, *Invocation) (Result, error) {
			if calls.Add(1) == 1 {
				panic("first")
			}
			return Result{}, nil
		})
		for _, want := range []int{http.StatusInternalServerError, http.StatusOK} {
			if status, body, err := h.invoke(t.Context()); err != nil || status != want {
				t.Errorf("answer %d %s, %v; want %d", status, body, err, want)
			}
		}
	})
	t.Run("a port that is in use is an error that names it", func(t *testing.T) {
		taken, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer taken.Close()
		err = Serve(t.Context(), taken.Addr().String(), http.NotFoundHandler(), time.Second, slog.New(slog.DiscardHandler))
		if err == nil || errors.Is(err, ErrStopped) || !strings.Contains(err.Error(), taken.Addr().String()) {
			t.Errorf("Serve returned %v, want an error with the address", err)
		}
	})
	t.Run("a context that ended beforehand also gives an error and a log line", func(t *testing.T) {
		ctx, stop := context.WithCancelCause(t.Context())
		stop(errSignal)
		var log bytes.Buffer
		err := Serve(ctx, "127.0.0.1:0", http.NotFoundHandler(), time.Second, slog.New(slog.NewJSONHandler(&log, nil)))
		if !errors.Is(err, ErrStopped) || !strings.Contains(log.String(), errSignal.Error()) {
			t.Errorf("Serve returned %v and logged %s, want ErrStopped and the cause", err, &log)
		}
	})
}
