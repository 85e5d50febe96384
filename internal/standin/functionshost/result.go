package functionshost

import (
	"encoding/json"
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
// there.
func parseHTTPResult(raw json.RawMessage) (*httpResult, error) {
	result := &httpResult{status: http.StatusOK, header: http.Header{}}
	if raw == nil {
		result.body = []byte("{}")
		result.header.Set("Content-Type", withCharset("text/plain"))
		return result, nil
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		raw = json.RawMessage(unbase64(text))
	}
	var parts struct {
		StatusCode any
		Headers    map[string]any
		Body       json.RawMessage
	}
	if err := json.Unmarshal(raw, &parts); err != nil {
		return nil, fmt.Errorf("not a JSON object: %w", err)
	}
	if status, err := strconv.Atoi(fmt.Sprint(parts.StatusCode)); err == nil {
		result.status = status
	}
	if len(parts.Body) > 0 && string(parts.Body) != "null" {
		result.body = parts.Body
		if json.Unmarshal(parts.Body, &text) == nil {
			result.body = []byte(text)
		}
		result.header.Set("Content-Type", withCharset("text/plain"))
	}
	for name, value := range parts.Headers {
		result.setHeader(name, value)
	}
	return result, nil
}

// setHeader takes printable ASCII; a number or a boolean is printed.
func (r *httpResult) setHeader(name string, value any) {
	text := fmt.Sprint(value)
	switch value.(type) {
	case string, float64, bool:
		r.broken = r.broken || strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c > '~' })
	default:
		r.broken = true
	}
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
