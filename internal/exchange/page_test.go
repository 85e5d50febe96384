package exchange

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/go-json-experiment/json/jsontext"

	"tenantrollup/internal/records"
	"tenantrollup/internal/run"
	"tenantrollup/internal/run/runtest"
)

// arriving is a service whose answer is this body.
type arriving struct{ io.Reader }

func (a arriving) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(a.Reader), Request: req}, nil
}

func askAnswered(t *testing.T, body io.Reader, take func(*jsontext.Decoder) error) error {
	t.Helper()
	return ask(t.Context(), arriving{body}, take)
}

func readAll(d *jsontext.Decoder) error { return d.SkipValue() }

func TestPagesArrive(t *testing.T) {
	t.Run("records are passed on before their page ends", func(t *testing.T) {
		body, service := io.Pipe()
		go io.WriteString(service, `{"@odata.context":{"x":[1]},"value":[1,`)
		var got []int
		err := askAnswered(t, body, func(d *jsontext.Decoder) error {
			d.ReadToken() // the list opens
			for d.PeekKind() != ']' {
				var n int
				if err := records.Decode(d, &n); err != nil {
					return err
				}
				if got = append(got, n); n == 1 {
					go func() {
						io.WriteString(service, `2]}`)
						service.Close()
					}()
				}
			}
			_, err := d.ReadToken()
			return err
		})
		if err != nil || !slices.Equal(got, []int{1, 2}) {
			t.Errorf("got %v, %v", got, err)
		}
	})
	t.Run("a page that breaks off is requested again", func(t *testing.T) {
		body := io.MultiReader(strings.NewReader(`{"value":[1,`), iotest.ErrReader(errors.New("connection reset by peer")))
		f := runtest.WantFailure(t, askAnswered(t, body, readAll), run.ServiceFault)
		if !f.Transient || !strings.Contains(f.Message, "reset by peer") {
			t.Errorf("got %+v", f)
		}
	})
	t.Run("an error of the records' receiver is returned", func(t *testing.T) {
		full := errors.New("disk is full")
		err := askAnswered(t, strings.NewReader(`{"value":[1]}`), func(*jsontext.Decoder) error { return full })
		if !errors.Is(err, full) {
			t.Errorf("got %v", err)
		}
	})
	for rule, body := range map[string]string{
		"a list instead of a page": `[]`, "nothing": ``, "a web page": `<html>`, "a page cut short": `{"value":[]`,
	} {
		t.Run(rule+"that is not the requested JSON", func(t *testing.T) {
			f := runtest.WantFailure(t, askAnswered(t, strings.NewReader(body), readAll), run.ServiceFault)
			if !strings.Contains(f.Message, "not the JSON") {
				t.Errorf("got %+v", f)
			}
		})
	}
}
