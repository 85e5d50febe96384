package msapi

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Stream is the limit of an answer that the caller reads piece by piece.
const Stream int64 = 0

// Bounded is a client for Azure's SDKs, which read answers whole and wait for ever.
// It gives up a request when nothing moves for 30 seconds, whether the request is
// being sent or the answer is due or arriving, and an answer when it has more bytes
// than Limit says.
type Bounded struct {
	Client *http.Client
	// Limit returns how many bytes the answer may have, or Stream; nil: 2 MiB for
	// all. A refusal never has more than 2 MiB.
	Limit func(*http.Request) int64
}

// Do implements policy.Transporter of azcore.
func (b Bounded) Do(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	sending := time.AfterFunc(silence, func() { cancel(errSilent) })
	bounded := req.WithContext(ctx)
	if req.Body != nil && req.Body != http.NoBody {
		bounded.Body = sentBody{req.Body, sending}
	}
	resp, err := b.Client.Do(bounded)
	sending.Stop()
	if err != nil {
		if context.Cause(ctx) == errSilent {
			err = errSilent
		}
		cancel(nil)
		return nil, err
	}
	resp.Request = req
	resp.Body = CutSilence(resp.Body, cancel)
	if limit := b.limit(req, resp); limit != Stream {
		resp.Body = &limitedBody{ReadCloser: resp.Body, limit: limit, left: limit}
	}
	return resp, nil
}

func (b Bounded) limit(req *http.Request, resp *http.Response) int64 {
	if b.Limit == nil || resp.StatusCode >= 300 {
		return int64(Whole)
	}
	return b.Limit(req)
}

// sentBody is a request's body. Each piece that is taken from it ends the silence;
// after the last one, the answer is due.
type sentBody struct {
	io.ReadCloser
	sending *time.Timer
}

func (s sentBody) Read(p []byte) (int, error) {
	if s.sending.Stop() { // not if it is already over
		s.sending.Reset(silence)
	}
	return s.ReadCloser.Read(p)
}

// limitedBody fails if it has more than limit bytes.
type limitedBody struct {
	io.ReadCloser
	limit, left int64
}

func (l *limitedBody) Read(p []byte) (int, error) {
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.ReadCloser.Read(p)
	if int64(n) > l.left {
		n, err = int(l.left), tooLong{l.limit}
	}
	l.left -= int64(n)
	return n, err
}

// tooLong is ErrTooLong in a form that azcore does not retry.
type tooLong struct{ limit int64 }

func (t tooLong) Error() string { return fmt.Sprintf("%v, more than %d MiB", ErrTooLong, t.limit>>20) }

func (tooLong) Unwrap() error { return ErrTooLong }

// NonRetriable is azcore's mark of an error that would be the same at the next
// attempt.
func (tooLong) NonRetriable() {}
