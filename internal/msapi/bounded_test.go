package msapi_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"tenantrollup/internal/msapi"
)

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func answering(status int, body io.Reader) roundTrip {
	return func(req *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: http.Header{}, Request: req, Body: io.NopCloser(body)}, nil
	}
}

// hanging never answers.
func hanging(req *http.Request) (*http.Response, error) {
	<-req.Context().Done()
	return nil, req.Context().Err()
}

// drained takes a byte of the request every 20 seconds, and then never answers.
func drained(req *http.Request) (*http.Response, error) {
	for {
		if _, err := req.Body.Read(make([]byte, 1)); err != nil {
			return hanging(req)
		}
		time.Sleep(20 * time.Second)
	}
}

// stuck takes a byte of the request, and no more.
func stuck(req *http.Request) (*http.Response, error) {
	req.Body.Read(make([]byte, 1))
	return hanging(req)
}

// quiet begins an answer and falls silent.
func quiet(req *http.Request) (*http.Response, error) {
	r, w := io.Pipe()
	context.AfterFunc(req.Context(), func() { w.CloseWithError(req.Context().Err()) })
	return answering(http.StatusOK, io.MultiReader(strings.NewReader(`{"value":`), r))(req)
}

func TestBoundedWaits(t *testing.T) {
	for _, tt := range []struct {
		rule   string
		server roundTrip
		body   io.Reader
		after  time.Duration
	}{
		{"30 seconds for the first byte", hanging, nil, 30 * time.Second},
		{"30 seconds for the next one", quiet, nil, 30 * time.Second},
		{"30 seconds for a piece of the request to be taken", stuck, strings.NewReader("abc"), 30 * time.Second},
		{"a request that is taken slowly is not silence", drained, strings.NewReader("abc"), 90 * time.Second},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, "https://contoso.vault.azure.net/secrets/x", tt.body)
				if err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				resp, err := msapi.Bounded{Client: &http.Client{Transport: tt.server}}.Do(req)
				if err == nil {
					_, err = io.ReadAll(resp.Body)
					resp.Body.Close()
				}
				if err == nil || !strings.Contains(err.Error(), "nothing arrived for 30 seconds") || time.Since(start) != tt.after {
					t.Errorf("got %v after %v", err, time.Since(start))
				}
			})
		})
	}
	t.Run("a caller that gives up is not silence", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			req, _ := http.NewRequestWithContext(ctx, http.MethodGet, "https://contoso.vault.azure.net/secrets/x", nil)
			_, err := msapi.Bounded{Client: &http.Client{Transport: roundTrip(hanging)}}.Do(req)
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
		})
	})
}

// blank is an endless body that counts what is read of it.
type blank struct{ read int }

func (e *blank) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	e.read += len(p)
	return len(p), nil
}

func TestBoundedSizes(t *testing.T) {
	tiny := func(*http.Request) int64 { return 8 }
	stream := func(*http.Request) int64 { return msapi.Stream }
	for _, tt := range []struct {
		rule   string
		status int
		limit  func(*http.Request) int64
		size   int
		whole  bool
	}{
		{"an answer may have 2 MiB", 200, nil, 2 << 20, true},
		{"and no more", 200, nil, 2<<20 + 1, false},
		{"or as much as its limit says", 200, tiny, 8, true},
		{"and not a byte more", 200, tiny, 9, false},
		{"a stream has no limit", 200, stream, 5 << 20, true},
		{"but a refusal is never a stream", 503, stream, 5 << 20, false},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			req, _ := http.NewRequest(http.MethodGet, "https://contoso.vault.azure.net/secrets/x", nil)
			body := io.LimitReader(&blank{}, int64(tt.size))
			resp, err := msapi.Bounded{Client: &http.Client{Transport: answering(tt.status, body)}, Limit: tt.limit}.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			got, err := io.ReadAll(resp.Body)
			if tt.whole && (err != nil || len(got) != tt.size) || !tt.whole && !errors.Is(err, msapi.ErrTooLong) {
				t.Errorf("read %d bytes, %v", len(got), err)
			}
		})
	}
	t.Run("azcore reads an endless answer once, and not to its end", func(t *testing.T) {
		body, asked := &blank{}, 0
		server := func(req *http.Request) (*http.Response, error) {
			asked++
			return answering(http.StatusOK, body)(req)
		}
		pipeline := runtime.NewPipeline("test", "v1", runtime.PipelineOptions{}, &azcore.ClientOptions{
			Transport: msapi.Bounded{Client: &http.Client{Transport: roundTrip(server)}},
			Retry:     policy.RetryOptions{RetryDelay: time.Millisecond},
		})
		req, err := runtime.NewRequest(t.Context(), http.MethodGet, "https://contoso.vault.azure.net/secrets/x")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := pipeline.Do(req); !errors.Is(err, msapi.ErrTooLong) || asked != 1 || body.read > 3<<20 {
			t.Errorf("asked %d times, read %d bytes, %v", asked, body.read, err)
		}
	})
}
