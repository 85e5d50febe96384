package main

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"

	"tenantrollup/internal/customhandler"
	"tenantrollup/internal/web"
)

// answerHTTP lets the API answer the HTTP request in the host's envelope. Its query
// may contain the caller's key.
func answerHTTP(ctx context.Context, inv *customhandler.Invocation, api http.Handler) (customhandler.Result, error) {
	var result customhandler.Result
	out := answer{header: http.Header{}}
	in, err := inv.HTTP("req")
	if errors.Is(err, customhandler.ErrTooLarge) {
		web.RefuseBody(&out)
		out.respond(&result)
		return result, nil
	}
	if err != nil {
		return result, err
	}
	request, err := http.NewRequestWithContext(ctx, in.Method, target(in.URL), bytes.NewReader(in.Body))
	if err != nil {
		result.Respond("res", customhandler.Response{Status: http.StatusBadRequest})
		return result, nil
	}
	request.Header = in.Header
	api.ServeHTTP(&out, request)
	out.respond(&result)
	return result, nil
}

func target(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return parsed.RequestURI()
}

// answer is an http.ResponseWriter that keeps what is written.
type answer struct {
	status int
	header http.Header
	body   bytes.Buffer
}

func (a *answer) respond(result *customhandler.Result) {
	header := map[string]string{}
	for name := range a.header {
		header[name] = a.header.Get(name)
	}
	result.Respond("res", customhandler.Response{Status: a.status, Header: header, Body: a.body.String()})
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(p)
}
