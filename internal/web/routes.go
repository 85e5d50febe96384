package web

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tenantrollup/internal/run"
)

const root = "/api/runs"

// longest is how long any answer may take. The Functions host kills the process of a
// function that does not end, and with it the slice of a run that works in it.
const longest = 20 * time.Second

func statusURL(key run.Key) string { return root + "/" + key.String() }

// ServeHTTP implements http.Handler. It does not route by http.ServeMux, which
// would redirect a path that is not clean to another one.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	setHeader(w)
	ctx, cancel := context.WithTimeout(r.Context(), longest)
	defer cancel()
	r = r.WithContext(ctx)
	if err := a.route(w, r); err != nil {
		a.refuse(w, r, err)
	}
}

// setHeader sets what every answer has.
func setHeader(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Vary", "Accept")
}

// route answers the request, or returns why it does not.
func (a *API) route(w http.ResponseWriter, r *http.Request) error {
	path, ours := below(r.URL.EscapedPath())
	if !ours {
		return nothingAt(r.URL.Path)
	}
	segments, err := split(path)
	if err != nil {
		return badRequest("path", "it is not valid percent-encoding")
	}
	switch n := len(segments); {
	case n == 1 || n > 3:
		return nothingAt(r.URL.Path)
	case n == 0 && r.Method == http.MethodPost && a.Requests != nil:
		return a.rerun(w, r)
	case r.Method != http.MethodGet:
		allowed := http.MethodGet
		if n == 0 && a.Requests != nil {
			allowed += ", " + http.MethodPost
		}
		w.Header().Set("Allow", allowed)
		return methodNotAllowed(allowed)
	case n == 0:
		return a.list(w, r)
	case n == 2:
		return a.show(w, r, segments[0], segments[1])
	default:
		return a.download(w, r, segments[0], segments[1], segments[2])
	}
}

// below returns the part of a path below root, without a slash at either end. The
// Functions host lets every case of root through, and a slash at the end.
func below(path string) (rest string, ours bool) {
	if len(path) < len(root) || !strings.EqualFold(path[:len(root)], root) {
		return "", false
	}
	rest = strings.TrimSuffix(path[len(root):], "/")
	return strings.TrimPrefix(rest, "/"), rest == "" || rest[0] == '/'
}

func split(path string) ([]string, error) {
	if path == "" {
		return nil, nil
	}
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		var err error
		if segments[i], err = url.PathUnescape(segment); err != nil {
			return nil, err
		}
	}
	return segments, nil
}

// answer answers with JSON.
func answer(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		panic(err) // all values are of our own types
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(append(body, '\n'))
}
