package graphcollection

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"tenantrollup/internal/msapi"
	"tenantrollup/internal/records"
	"tenantrollup/internal/refusal"
)

// version is what the path of every page begins with.
const version = "/v1.0"

// listing is a customer's collection, and how it is requested.
type listing struct {
	*Fetcher
	tenantID  string
	first     string // path of its first page
	firstOnly bool   // with a record: the next pages have what nobody asked for
	header    http.Header
	pace      pace
}

// taker takes in the records of a list, as a records.Table does.
type taker interface {
	Add(*jsontext.Decoder) error // which is in front of the records of a page
	Rows() int
}

// whole reads a list into a new taker, and again into another one if a next link is
// refused.
func (l *listing) whole(ctx context.Context, begin func() taker) error {
	return msapi.ReadWhole(func() error { return l.read(ctx, begin()) })
}

// read takes in the records of page after page. A page has 32 MiB at most, and may
// be empty. One that breaks off is a transient *run.Failure.
func (l *listing) read(ctx context.Context, into taker) error {
	trail := msapi.NewTrail(l.graph.Host())
	explain := trail.Explain(refusal.Collection)
	for at := l.first; at != ""; {
		if err := trail.Enter(at); err != nil {
			return err
		}
		if err := l.pace.wait(ctx); err != nil {
			return err
		}
		resp, err := l.graph.Query(ctx, l.tenantID, msapi.Query{Path: at, Header: l.header, Explain: explain})
		if err != nil {
			return trail.Judge(err)
		}
		next, err := l.readPage(ctx, resp, into)
		if err != nil || next == "" || l.firstOnly && into.Rows() > 0 {
			return err
		}
		var ok bool
		if at, ok = l.below(next); !ok {
			return trail.Broken("its next page is not below https://" + l.graph.Host() + version)
		}
	}
	return nil
}

// below returns the path of a next link, with its query, if the token may go there.
func (l *listing) below(link string) (string, bool) {
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "https" || u.User != nil || !strings.EqualFold(strings.TrimSuffix(u.Host, ":443"), l.graph.Host()) {
		return "", false
	}
	return u.RequestURI(), strings.HasPrefix(path.Clean(u.Path), version+"/")
}

// readPage reads an answer as it arrives, and returns the link to the next one.
func (l *listing) readPage(ctx context.Context, resp *http.Response, into taker) (next string, err error) {
	secrets := l.graph.Secrets(resp)
	switch resp.StatusCode {
	case http.StatusOK:
	case http.StatusNoContent:
		resp.Body.Close()
		return "", nil
	default:
		resp.Body.Close()
		return "", refusal.Collection(msapi.NewRefusal(secrets, l.graph.Host(), resp))
	}
	var p page
	err = msapi.ReadPage(ctx, secrets, l.graph.Host(), resp, records.BadJSON, func(body io.Reader) error {
		return p.read(records.NewDecoder(body), into)
	})
	if err == nil && p.failure != nil {
		err = refusal.Collection(refusal.Answer{Host: l.graph.Host(), Status: resp.StatusCode, Header: resp.Header, Secrets: secrets,
			Text: fmt.Appendf(nil, `{"error":%s}`, p.failure)})
	}
	return p.next, err
}

// page is what a page has in addition to its records.
type page struct {
	list    bool
	single  []byte          // the members of an object that is not a list
	failure json.RawMessage // an error in place of records
	next    string
}

func (p *page) read(d *jsontext.Decoder, into taker) error {
	err := records.Members(d, func(name string) error {
		switch kind := d.PeekKind(); {
		case name == "value" && (kind == '[' || kind == 'n'):
			p.list = true
			return into.Add(d)
		case name == "@odata.nextLink":
			return records.Decode(d, &p.next)
		case name == "error" && kind == '{':
			return records.Decode(d, &p.failure)
		case p.list || strings.HasPrefix(name, "@"):
			return d.SkipValue()
		}
		return p.add(d, name)
	})
	if err != nil || p.list || p.single == nil {
		return err
	}
	if p.failure != nil { // it is the object's own
		p.single = append(append(p.single, `,"error":`...), p.failure...)
		p.failure = nil
	}
	return into.Add(records.NewDecoder(bytes.NewReader(append(p.single, "}]"...))))
}

// add adds a member to the single object.
func (p *page) add(d *jsontext.Decoder, name string) error {
	value, err := d.ReadValue()
	if err != nil {
		return err
	}
	between := ","
	if p.single == nil {
		between = "[{"
	}
	quoted, err := jsontext.AppendQuote(append(p.single, between...), name)
	p.single = append(append(quoted, ':'), value...)
	return err
}
