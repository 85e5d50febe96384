package msapi

import (
	"errors"
	"fmt"
	"net"
	"syscall"
	"testing"
	"time"
)

// A socket whose queue is full neither accepts nor refuses connections: the system
// would try for minutes.
func TestConnectingEnds(t *testing.T) {
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(socket)
	if err := errors.Join(
		syscall.Bind(socket, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}),
		syscall.Listen(socket, 0),
	); err != nil {
		t.Fatal(err)
	}
	bound, err := syscall.Getsockname(socket)
	if err != nil {
		t.Fatal(err)
	}
	address := fmt.Sprintf("127.0.0.1:%d", bound.(*syscall.SockaddrInet4).Port)
	for range 8 {
		start := time.Now()
		var conn net.Conn
		if conn, err = dialer(200*time.Millisecond).DialContext(t.Context(), "tcp", address); err == nil {
			defer conn.Close() // it is in the queue
			continue
		}
		if took := time.Since(start); took < 100*time.Millisecond || took > 20*time.Second {
			t.Errorf("it took %v", took)
		}
		break
	}
	if late, ok := errors.AsType[net.Error](err); !ok || !late.Timeout() {
		t.Errorf("got %v, want a time-out", err)
	}
}
