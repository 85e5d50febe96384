package exchange

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"tenantrollup/internal/msapi"
	"tenantrollup/internal/refusal"
)

// pageLimit: a mailbox with all its properties has some 16 KB, and a page 1,000.
const pageLimit = 32 << 20

// page is what one has beside its records.
type page struct {
	hasValue bool
	failure  json.RawMessage // an error in place of records
	warnings []string
	next     string
}

// readPage reads an answer as it arrives, and closes it.
func readPage(ctx context.Context, secrets *refusal.Secrets, host string, resp *http.Response, records func(*json.Decoder) error) (page, error) {
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return page{}, refusal.Graph(msapi.NewRefusal(secrets, host, resp))
	}
	body := &pageBody{body: resp.Body, left: pageLimit}
	p, err := decodePage(json.NewDecoder(body), records)
	if body.err != nil {
		return page{}, msapi.ConnectionFailure(ctx, secrets, host, body.err)
	}
	if err != nil && badJSON(err) {
		err = msapi.NotJSON(host, err)
	}
	for i, warning := range p.warnings {
		p.warnings[i] = secrets.Clear(warning)
	}
	if err == nil && !p.hasValue && len(p.failure) > 0 && string(p.failure) != "null" {
		err = refusal.Graph(refusal.Answer{Host: host, Status: resp.StatusCode, Header: resp.Header, Secrets: secrets,
			Text: fmt.Appendf(nil, `{"error":%s}`, p.failure)})
	}
	io.CopyN(io.Discard, body, 4<<10) // the end of it, so that the connection serves the next call
	return p, err
}

var errNoObject = errors.New("it is no object")

func decodePage(decoder *json.Decoder, records func(*json.Decoder) error) (p page, err error) {
	opening, err := decoder.Token()
	if err != nil {
		return p, err
	}
	if opening != json.Delim('{') {
		return p, errNoObject
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return p, err
		}
		switch name {
		case "value":
			p.hasValue = true
			err = records(decoder)
		case "error":
			err = decoder.Decode(&p.failure)
		case "@adminapi.warnings":
			err = decoder.Decode(&p.warnings)
		case "@odata.nextLink":
			err = decoder.Decode(&p.next)
		default:
			var passedOver json.RawMessage
			err = decoder.Decode(&passedOver)
		}
		if err != nil {
			return p, err
		}
	}
	_, err = decoder.Token()
	return p, err
}

// badJSON reports whether the answer is to blame for the error, and not who took
// its records.
func badJSON(err error) bool {
	_, syntax := errors.AsType[*json.SyntaxError](err)
	_, kind := errors.AsType[*json.UnmarshalTypeError](err)
	return syntax || kind || errors.Is(err, errNoObject) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// pageBody is a body of a size at most, which keeps what reading it came to.
type pageBody struct {
	body io.Reader
	left int
	err  error // but for its end
}

// Read implements io.Reader.
func (b *pageBody) Read(p []byte) (int, error) {
	if b.left == 0 {
		b.err = fmt.Errorf("%w, more than %d MiB", msapi.ErrTooLong, pageLimit>>20)
		return 0, b.err
	}
	n, err := b.body.Read(p[:min(len(p), b.left)])
	b.left -= n
	if err != nil && err != io.EOF {
		b.err = err
	}
	return n, err
}
