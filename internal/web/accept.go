package web

import (
	"net/http"
	"strconv"
	"strings"
)

// prefersPage reports whether the caller prefers HTML to JSON, as browsers do. A
// caller without a preference gets JSON.
//
// Source: RFC 9110, section 12.5.1
func prefersPage(r *http.Request) bool {
	accept := strings.Join(r.Header.Values("Accept"), ",")
	return quality(accept, "text", "html") > quality(accept, "application", "json")
}

// quality returns how much the caller wants a media type, 0 to 1. The most
// specific range that matches it decides.
func quality(accept, kind, subtype string) float64 {
	best, quality := 0, 0.0
	for part := range strings.SplitSeq(accept, ",") {
		media, parameters, _ := strings.Cut(part, ";")
		fit := 0
		switch strings.ToLower(strings.TrimSpace(media)) {
		case kind + "/" + subtype:
			fit = 3
		case kind + "/*":
			fit = 2
		case "*/*":
			fit = 1
		}
		if fit > best {
			best, quality = fit, weight(parameters)
		}
	}
	return quality
}

// weight reads q among the parameters of a media range; 1 if there is none, or
// none that is valid.
func weight(parameters string) float64 {
	for parameter := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
		if q, err := strconv.ParseFloat(value, 64); strings.EqualFold(name, "q") && err == nil && q >= 0 && q <= 1 {
			return q
		}
	}
	return 1
}
