package functionshost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const blobHosts = ".blob.core.windows.net"

// Call makes an HTTP request to a path of the host, such as /api/runs, with the
// function's own key, or without a key if function is empty. It follows redirects.
func (h *Host) Call(ctx context.Context, method, path, function, body string) (status int, answer []byte, err error) {
	request, err := http.NewRequestWithContext(ctx, method, h.URL()+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, fmt.Errorf("call the host: %w", err)
	}
	if function != "" {
		request.Header.Set("x-functions-key", h.FunctionKey(function))
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, fmt.Errorf("call the host: %w", err)
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(response.Body)
	if err != nil {
		return 0, nil, fmt.Errorf("call the host: read the answer: %w", err)
	}
	return response.StatusCode, answer, nil
}

// serve is the host's front end: it finds the function by route and method, checks
// the key, and answers with what the function returned.
func (h *Host) serve(w http.ResponseWriter, r *http.Request) {
	if name, admin := strings.CutPrefix(r.URL.Path, "/admin/functions/"); admin && r.Method == http.MethodPost {
		h.startByHand(w, r, name)
		return
	}
	f, params := h.route(r)
	switch {
	case r.URL.Path == "/":
		return
	case f == nil:
		w.WriteHeader(http.StatusNotFound)
		return
	case !h.allowed(f, r):
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	e, err := httpEnvelope(f, r, params)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	var result *httpResult
	// Detached from the request, because a caller that hangs up ends no invocation.
	err = h.await(context.WithoutCancel(r.Context()), func(i *instance) (err error) {
		result, err = i.invoke(f, newGUID(), 0, e)
		return err
	})
	switch {
	case errors.Is(err, errLost):
		w.WriteHeader(http.StatusBadGateway)
	case err != nil:
		w.WriteHeader(http.StatusInternalServerError)
	case result == nil:
		w.WriteHeader(http.StatusNoContent)
	default:
		h.write(w, result)
	}
}

// reachable turns an address on the blob host into the path-style address of the same
// blob on Options.BlobAddr, where a browser without our proxy finds it.
func (h *Host) reachable(location string) string {
	target, err := url.Parse(location)
	if err != nil || h.opts.BlobAddr == "" {
		return location
	}
	account, found := strings.CutSuffix(target.Host, blobHosts)
	if !found {
		return location
	}
	target.Host = h.opts.BlobAddr
	target.Path, target.RawPath = "/"+account+target.Path, ""
	return target.String()
}

// allowed compares the key in x-functions-key or code. authLevel admin wants
// the master key.
func (h *Host) allowed(f *function, r *http.Request) bool {
	if f.trigger.AuthLevel == "anonymous" {
		return true
	}
	key := keyOf(r)
	return key == h.masterKey || f.trigger.AuthLevel != "admin" && (key == h.keys[f.name] || key == h.hostKey)
}

// keyOf is the first x-functions-key, even an empty one, or else the first code, in
// upper or lower case (AuthenticationLevelHandler).
func keyOf(r *http.Request) string {
	if values := r.Header.Values("x-functions-key"); len(values) > 0 {
		return values[0]
	}
	for pair := range strings.SplitSeq(r.URL.RawQuery, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if strings.EqualFold(name, "code") {
			key, _ := url.QueryUnescape(value)
			return key
		}
	}
	return ""
}

// startByHand is 202 for every function there is; it takes the master key, and
// starts timers only. The coming occurrence is tomorrow's, as if every timer
// fired once a day.
func (h *Host) startByHand(w http.ResponseWriter, r *http.Request, name string) {
	switch f := h.functions[name]; {
	case keyOf(r) != h.masterKey:
		w.WriteHeader(http.StatusUnauthorized)
	case f == nil:
		w.WriteHeader(http.StatusNotFound)
	default:
		go h.StartTimer(context.WithoutCancel(r.Context()), name, time.Now().AddDate(0, 0, 1))
		w.WriteHeader(http.StatusAccepted)
	}
}

// route finds the most specific function whose route and method match. As in the real
// host, the two are one condition: there is no 405.
func (h *Host) route(r *http.Request) (*function, map[string]any) {
	var best *function
	var bestParams map[string]any
	for _, f := range h.functions {
		if f.problem != nil || f.trigger.Type != "httpTrigger" || !f.takes(r.Method) {
			continue
		}
		params, ok := match(h.routeOf(f), r.URL.EscapedPath())
		if ok && (best == nil || moreSpecific(h.routeOf(f), h.routeOf(best))) {
			best, bestParams = f, params
		}
	}
	return best, bestParams
}

func (h *Host) routeOf(f *function) string {
	route := f.name
	if f.trigger.Route != nil {
		route = *f.trigger.Route
	}
	return strings.Trim(*h.config.Extensions.HTTP.RoutePrefix+"/"+route, "/")
}

func (f *function) takes(method string) bool {
	return f.trigger.Methods == nil || slices.ContainsFunc(f.trigger.Methods, func(m string) bool {
		return strings.EqualFold(m, method)
	})
}

// match compares an escaped path with a route template: literals without case,
// {name} for one segment, {name?} for one that may be absent, {*name} for the
// rest, which may be empty. What is absent is nil.
func match(route, path string) (map[string]any, bool) {
	params := map[string]any{}
	rest := strings.Trim(path, "/")
	for segment := range strings.SplitSeq(route, "/") {
		name, isParam := strings.CutPrefix(strings.TrimSuffix(segment, "}"), "{")
		if catchAll, ok := strings.CutPrefix(name, "*"); ok {
			params[catchAll] = unescaped(rest)
			return params, true
		}
		name, optional := strings.CutSuffix(name, "?")
		var here string
		here, rest, _ = strings.Cut(rest, "/")
		switch {
		case isParam && (here != "" || optional):
			params[name] = unescaped(here)
		case isParam || !strings.EqualFold(segment, here):
			return nil, false
		}
	}
	return params, rest == ""
}

// unescaped is the value of a part of the path: nil for none, and an escaped
// slash stays.
func unescaped(part string) any {
	if part == "" {
		return nil
	}
	kept := strings.NewReplacer("%2F", "%252F", "%2f", "%252f").Replace(part)
	if plain, err := url.PathUnescape(kept); err == nil {
		return plain
	}
	return part
}

// moreSpecific prefers more segments, then literal ones to parameters, and parameters
// to the rest of the path.
func moreSpecific(a, b string) bool {
	weight := func(route string) int {
		return 3*strings.Count(route, "/") - strings.Count(route, "{") - 2*strings.Count(route, "{*")
	}
	return weight(a) > weight(b)
}
