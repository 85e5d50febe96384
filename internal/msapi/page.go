package msapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"tenantrollup/internal/refusal"
)

// pageLimit is the most that a page of records may have, in bytes: a mailbox with
// all its properties has some 16 KB, and a page of Exchange has 1,000.
const pageLimit = 32 << 20

// ReadPage lets read consume the body of an answer as it arrives, and closes it.
// toBlame says whether an error of read is the body's fault, which makes it a
// *run.Failure. A page that breaks off is a transient one, and a page of more than
// 32 MiB is one, too.
func ReadPage(ctx context.Context, secrets *refusal.Secrets, host string, resp *http.Response, toBlame func(error) bool, read func(io.Reader) error) error {
	defer resp.Body.Close()
	body := &pageBody{body: resp.Body, left: pageLimit}
	err := read(body)
	if body.err != nil {
		return ConnectionFailure(ctx, secrets, host, body.err)
	}
	if err != nil && toBlame(err) {
		err = notJSON(host, err, brokenOff(err))
	}
	io.CopyN(io.Discard, body, 4<<10) // the end of it, so that the connection serves the next call
	return err
}

// brokenOff reports whether JSON ends too early, or goes wrong only after its beginning.
func brokenOff(err error) bool {
	syntax, ok := errors.AsType[*jsontext.SyntacticError](err)
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || ok && syntax.JSONPointer != ""
}

// pageBody is a body of limited size, which keeps the error of reading it.
type pageBody struct {
	body io.Reader
	left int
	err  error // except for its end
}

// Read implements io.Reader.
func (b *pageBody) Read(p []byte) (int, error) {
	if b.left == 0 {
		b.err = fmt.Errorf("%w, more than %d MiB", ErrTooLong, pageLimit>>20)
		return 0, b.err
	}
	n, err := b.body.Read(p[:min(len(p), b.left)])
	b.left -= n
	if err != nil && err != io.EOF {
		b.err = err
	}
	return n, err
}
