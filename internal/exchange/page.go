package exchange

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"tenantrollup/internal/msapi"
	"tenantrollup/internal/records"
	"tenantrollup/internal/refusal"
)

// page is what a page has in addition to its records.
type page struct {
	failure  json.RawMessage // an error in place of records, or after some
	warnings []string
	next     string
}

// readPage reads an answer as it arrives, and closes it.
func readPage(ctx context.Context, secrets *refusal.Secrets, host string, resp *http.Response, take func(*jsontext.Decoder) error) (p page, err error) {
	if resp.StatusCode != http.StatusOK {
		defer resp.Body.Close()
		return p, refusal.Graph(msapi.NewRefusal(secrets, host, resp))
	}
	err = msapi.ReadPage(ctx, secrets, host, resp, records.BadJSON, func(body io.Reader) error {
		return p.decode(records.NewDecoder(body), take)
	})
	for i, warning := range p.warnings {
		p.warnings[i] = secrets.Clear(warning)
	}
	if err == nil && len(p.failure) > 0 && string(p.failure) != "null" {
		err = refusal.Graph(refusal.Answer{Host: host, Status: resp.StatusCode, Header: resp.Header, Secrets: secrets,
			Text: fmt.Appendf(nil, `{"error":%s}`, p.failure)})
	}
	return p, err
}

func (p *page) decode(d *jsontext.Decoder, take func(*jsontext.Decoder) error) error {
	return records.Members(d, func(name string) error {
		switch name {
		case "value":
			return take(d)
		case "error":
			return records.Decode(d, &p.failure)
		case "@adminapi.warnings":
			return records.Decode(d, &p.warnings)
		case "@odata.nextLink":
			return records.Decode(d, &p.next)
		}
		return d.SkipValue()
	})
}
