package runstore

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"

	"tenantrollup/internal/refusal"
	"tenantrollup/internal/run"
)

// words are storage's own, without the secrets.
type words struct{ secrets *refusal.Secrets }

func (w words) readError(operation string, err error) error {
	answer, ok := w.refused(operation, err)
	if ok && answer.Status == http.StatusNotFound && !answer.Foreign() {
		return fmt.Errorf("%s: %w", operation, ErrNotFound)
	}
	return w.plainError(operation, err)
}

func (w words) writeError(operation string, err error) error {
	answer, ok := w.refused(operation, err)
	switch {
	case ok && answer.Code() == "InvalidBlockList":
		return fmt.Errorf("%s: %w", operation, run.ErrBlocksLost)
	case ok && answer.LostRace():
		return fmt.Errorf("%s: %w (storage answered %d %s)", operation, run.ErrRefused, answer.Status, w.secrets.Name(answer.Code()))
	}
	return w.plainError(operation, err)
}

// plainError says in one sentence, and with what to do, what the SDK says on many
// lines. It is a *run.Failure, unless the caller gave up waiting.
func (w words) plainError(operation string, err error) error {
	if err == nil {
		return nil
	}
	if failure, ok := errors.AsType[*run.Failure](err); ok { // storage was not asked at all, or there is nothing to add
		return failure
	}
	if answer, ok := w.refused(operation, err); ok {
		return answer.Failure()
	}
	place := "storage"
	for {
		outer, ok := errors.AsType[*url.Error](err)
		if !ok {
			break
		}
		place, err = placeOf(outer.URL), outer.Err // its text has the address
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s: %w", operation, err)
	}
	return w.unanswered(place, operation, err)
}

func (w words) unanswered(place, operation string, err error) *run.Failure {
	f := &run.Failure{
		Class: run.ServiceFault, Transient: true,
		Message: w.secrets.Sentence("No answer from "+place+" when asked to "+operation, err.Error()),
		Remedy:  "Check that REPORTS_STORAGE, or without it AzureWebJobsStorage, names the right account, and that the network, DNS and proxy let this machine reach it.",
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		f.Transient = false
		f.Remedy = "If a proxy inspects TLS, point SSL_CERT_FILE at its certificate authority; otherwise check which account REPORTS_STORAGE, or AzureWebJobsStorage, names."
	}
	return f
}

// refused reads what the SDK reports as an unexpected answer.
func (w words) refused(operation string, err error) (refusal.StorageAnswer, bool) {
	answer, ok := errors.AsType[*azcore.ResponseError](err)
	if !ok {
		return refusal.StorageAnswer{}, false
	}
	return w.answerOf(operation, answer.RawResponse), true
}

func (w words) answerOf(operation string, response *http.Response) refusal.StorageAnswer {
	text, _ := runtime.Payload(response) // its header says it, too
	answer := refusal.StorageAnswer{
		Answer: refusal.Answer{Host: "Storage", Status: response.StatusCode, Header: response.Header, Text: text, Secrets: w.secrets},
		Asked:  operation,
	}
	if request := response.Request; request != nil {
		answer.Host = placeOf(request.URL.String())
		for name, values := range request.Header {
			if http.CanonicalHeaderKey(name) == "X-Ms-Version" {
				answer.Version = values[0]
			}
		}
	}
	return answer
}

// placeOf names the account and the container of an address, whose query may be a
// secret.
func placeOf(address string) string {
	parts, err := blob.ParseURL(address)
	if err != nil {
		return "storage"
	}
	place := parts.Host
	if account := parts.IPEndpointStyleInfo.AccountName; account != "" {
		place += "/" + account
	}
	if parts.ContainerName != "" {
		place += " (container " + parts.ContainerName + ")"
	}
	return place
}

// content is a blob's content, with errors like all others.
type content struct {
	io.ReadCloser
	words
	name string
}

// Read implements io.Reader.
func (c content) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = c.plainError("read blob "+c.name, err)
	}
	return n, err
}
