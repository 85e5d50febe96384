package functionshost

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
)

const (
	hostVersion = "4.1052.200"
	// maxMessage is how much fits into the 64 KiB of a storage queue's message in base64,
	// the binding's default encoding.
	maxMessage = 48 << 10
)

// errNull is the answer that leaves an invocation open until functionTimeout.
var errNull = errors.New("the handler answered null")

// answer is a handler's response body.
type answer struct {
	Outputs     map[string]json.RawMessage
	ReturnValue json.RawMessage
	Logs        []string
}

// post hands one invocation to the handler (DefaultHttpWorkerService). The
// path is the function's name, the body chunked, redirects are followed.
func (w *worker) post(ctx context.Context, function, id string, body []byte) (*answer, error) {
	chunked := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	first, _ := chunked()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url+function, first)
	if err != nil {
		return nil, err
	}
	request.GetBody = chunked // a redirect by 307 posts it again
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	request.Header.Set("X-Azure-Functions-InvocationId", id)
	request.Header.Set("X-Azure-Functions-HostVersion", hostVersion)
	request.Header.Set("User-Agent", "Azure-Functions-Host/"+hostVersion)
	response, err := w.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return nil, fmt.Errorf("response status code does not indicate success: %s", response.Status)
	}
	return parseAnswer(text, response.Header.Get("Content-Type"))
}

func parseAnswer(text []byte, contentType string) (*answer, error) {
	media, _, _ := mime.ParseMediaType(contentType)
	text = bytes.TrimSpace(text)
	switch {
	case len(text) == 0:
		return nil, errNull
	case media != "application/json" && media != "text/json":
		return nil, fmt.Errorf("invalid HttpResponseMessage: content type %q is not JSON", contentType)
	case string(text) == "null":
		return nil, errNull
	}
	var a answer
	if err := json.Unmarshal(text, &a); err != nil {
		return nil, fmt.Errorf("invalid HttpResponseMessage: %w", err)
	}
	return &a, nil
}

// output is what the handler returned for a binding, whose name has a case; nil for
// nothing. A null is nothing, too, except to an http output, which fails on it.
func (a *answer) output(b binding) json.RawMessage {
	raw := a.Outputs[b.Name]
	if b.Name == "$return" {
		raw = a.ReturnValue
	}
	if string(raw) == "null" && b.Type != "http" {
		return nil
	}
	return raw
}

// applyOutputs queues the messages of an answer and returns its HTTP result.
// Outputs that are not declared are ignored.
func (h *Host) applyOutputs(f *function, a *answer) (*httpResult, error) {
	var result *httpResult
	for _, b := range f.outputs {
		raw := a.output(b)
		if b.Type == "http" {
			if a.Outputs == nil && a.ReturnValue == nil {
				continue
			}
			var err error
			if result, err = parseHTTPResult(raw); err != nil {
				return nil, fmt.Errorf("output %s: %w", b.Name, err)
			}
			continue
		}
		if raw == nil {
			continue
		}
		for _, text := range messageTexts(raw) {
			if len(text) > maxMessage {
				return nil, fmt.Errorf("output %s: a message of %d bytes is larger than a storage queue takes (%d)", b.Name, len(text), maxMessage)
			}
			h.queues.put(b.QueueName, text)
		}
	}
	return result, nil
}

// messageTexts are the messages in a queue output: one, or one per element. A
// string is tried as base64, then as JSON, then as a date; an element is not.
func messageTexts(raw json.RawMessage) []string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		if decoded := unbase64(text); decoded != text {
			return present(decoded)
		}
		if trimmed := strings.TrimSpace(text); json.Valid([]byte(trimmed)) && strings.ContainsAny(trimmed[:1], "{[") {
			raw = json.RawMessage(trimmed)
		} else {
			return present(reformatted(text))
		}
	}
	var elements []json.RawMessage
	if json.Unmarshal(raw, &elements) != nil {
		return present(asText(raw))
	}
	var texts []string
	for _, element := range elements {
		texts = append(texts, present(asText(element))...)
	}
	return texts
}

// present drops an empty message: nothing is queued for it.
func present(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

// unbase64 is the host's trap for string outputs: any text that decodes as base64
// is replaced by the bytes, even a tenant's name
// (HttpScriptInvocationResultExtensions.GetBindingValue).
func unbase64(text string) string {
	compact := strings.Join(strings.Fields(text), "")
	if decoded, err := base64.StdEncoding.DecodeString(compact); err == nil {
		return string(decoded)
	}
	return text
}
