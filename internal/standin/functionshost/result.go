package functionshost

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// httpResult is an HTTP output. broken is one that the host cannot write: the caller
// gets an empty 500, and nothing else notices.
type httpResult struct {
	status int
	header http.Header
	body   []byte
	broken bool
}

// parseHTTPResult reads an http output; nil is one that is missing while others are
// there. A string is read as JSON, not as base64
// (HttpScriptInvocationResultExtensions.GetHttpOutputBindingResponse); a body that is
// no string is printed (RawScriptResult).
func parseHTTPResult(raw json.RawMessage) (*httpResult, error) {
	result := &httpResult{status: http.StatusOK, header: http.Header{}}
	if raw == nil {
		result.body = []byte("{}")
		result.header.Set("Content-Type", withCharset("text/plain"))
		return result, nil
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		raw = json.RawMessage(text)
	}
	var parts *struct {
		StatusCode any
		Headers    map[string]any
		Body       json.RawMessage
	}
	if err := json.Unmarshal(raw, &parts); err != nil {
		return nil, fmt.Errorf("not a JSON object: %w", err)
	}
	if parts == nil {
		return nil, errors.New("null is not a JSON object")
	}
	switch parts.StatusCode.(type) {
	case map[string]any, []any:
		return nil, errors.New("statusCode is neither text nor a number")
	}
	if status, err := strconv.Atoi(fmt.Sprint(parts.StatusCode)); err == nil {
		result.status = status
	}
	if len(parts.Body) > 0 && string(parts.Body) != "null" {
		result.body = []byte(reformatted(asText(parts.Body)))
		result.header.Set("Content-Type", withCharset("text/plain"))
	}
	for name, value := range parts.Headers {
		result.setHeader(name, value)
	}
	return result, nil
}

// setHeader takes printable ASCII; a number or a boolean is printed, and a date
// printed again.
func (r *httpResult) setHeader(name string, value any) {
	text := fmt.Sprint(value)
	switch value := value.(type) {
	case string:
		text = reformatted(value)
	case bool:
		text = strings.ToUpper(text[:1]) + text[1:]
	case float64:
	default:
		r.broken = true
	}
	r.broken = r.broken || strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c > '~' })
	if strings.EqualFold(name, "Content-Type") {
		text = withCharset(text)
	}
	r.header.Set(name, text)
}

// withCharset is a content type as the host sends it, whatever it is.
func withCharset(contentType string) string {
	if _, params, err := mime.ParseMediaType(contentType); err == nil && params["charset"] == "" {
		return contentType + "; charset=utf-8"
	}
	return contentType
}

func (h *Host) write(w http.ResponseWriter, result *httpResult) {
	if result.broken {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	maps.Copy(w.Header(), result.header)
	if location := result.header.Get("Location"); location != "" {
		w.Header().Set("Location", h.reachable(location))
	}
	w.WriteHeader(result.status)
	w.Write(result.body)
}
