package customhandler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// ErrStopped is what Serve returns once its context has ended.
var ErrStopped = errors.New("stopped serving")

// Serve answers the host at addr, 127.0.0.1:$FUNCTIONS_CUSTOMHANDLER_PORT, until
// ctx ends. Then every invocation's context ends too, with the same cause, and
// Serve waits up to grace for their answers. It never returns nil, because the
// host restarts a handler that exits with anything but 0: the error is
// ErrStopped with the cause (the signal), or says why it cannot serve.
func Serve(ctx context.Context, addr string, h http.Handler, grace time.Duration, log *slog.Logger) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("serve the Functions host: %w", err)
	}
	return serve(ctx, listener, h, grace, log)
}

func serve(ctx context.Context, listener net.Listener, h http.Handler, grace time.Duration, log *slog.Logger) error {
	// No write or read time-out: an invocation runs for minutes, and the host
	// does the limiting.
	server := &http.Server{
		Handler:           h,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve the Functions host: %w", err)
	case <-ctx.Done():
	}

	cause := context.Cause(ctx)
	log.Info("stopping", "cause", cause.Error(), "grace", grace.String())
	wait, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := server.Shutdown(wait); err != nil {
		server.Close()
		log.Warn("invocations are still running and are cut off", "after", grace.String())
		return fmt.Errorf("%w: %w; invocations still ran after %s", ErrStopped, cause, grace)
	}
	return fmt.Errorf("%w: %w", ErrStopped, cause)
}
