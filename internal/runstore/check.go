package runstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
)

// checkName is the blob that the checks write and delete.
const checkName = "handler-check"

// CheckBlob writes a blob, reads it back and deletes it.
func (a *Azure) CheckBlob(ctx context.Context) error {
	return a.withBlob(ctx, func(text []byte) error {
		_, body, err := a.Get(ctx, checkName)
		if err != nil {
			return err
		}
		return a.sameText("read blob "+checkName, body, text)
	})
}

// CheckLink writes a blob, downloads it through a signed link, as people do,
// and deletes it. The client adds no credential.
func (a *Azure) CheckLink(ctx context.Context, client *http.Client) error {
	return a.withBlob(ctx, func(text []byte) error {
		link, err := a.Link(ctx, checkName, time.Now().Add(time.Minute))
		if err != nil {
			return err
		}
		return a.download(ctx, client, link, text)
	})
}

func (a *Azure) withBlob(ctx context.Context, use func(text []byte) error) error {
	if err := a.create(ctx); err != nil {
		return err
	}
	written := a.client.NewBlockBlobClient(checkName)
	text := []byte(time.Now().UTC().Format(time.RFC3339Nano))
	if _, err := written.Upload(ctx, streaming.NopCloser(bytes.NewReader(text)), nil); err != nil {
		return a.plainError("write blob "+checkName, err)
	}
	if err := use(text); err != nil {
		return err
	}
	_, err := written.Delete(ctx, &blob.DeleteOptions{})
	return a.plainError("delete blob "+checkName, err)
}

// download never shows the link: anybody who has it can read the blob.
func (w words) download(ctx context.Context, client *http.Client, link string, want []byte) error {
	const operation = "download blob " + checkName + " through a signed link"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return errors.New(operation + ": the link is no address")
	}
	answer, err := client.Do(req)
	if err != nil {
		return w.plainError(operation, err)
	}
	if answer.StatusCode != http.StatusOK {
		defer answer.Body.Close()
		return w.answerOf(operation, answer).Failure()
	}
	return w.sameText(operation, answer.Body, want)
}

func (w words) sameText(operation string, body io.ReadCloser, want []byte) error {
	defer body.Close()
	text, err := io.ReadAll(io.LimitReader(body, int64(len(want))+1))
	if err != nil {
		return w.plainError(operation, err)
	}
	if !bytes.Equal(text, want) {
		return fmt.Errorf("%s: it is not what was written", operation)
	}
	return nil
}

// CheckBlob writes a blob, reads it back and deletes it.
func (f *Folder) CheckBlob(ctx context.Context) error {
	found, err := f.Head(ctx, checkName) // left by a check that was killed
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	text := []byte(time.Now().UTC().Format(time.RFC3339Nano))
	if _, err := f.Put(ctx, checkName, text, Write{IfMatch: found.ETag}); err != nil {
		return err
	}
	_, body, err := f.Get(ctx, checkName)
	if err != nil {
		return err
	}
	if err := (words{}).sameText("read blob "+checkName, body, text); err != nil {
		return err
	}
	return f.locked(ctx, "delete blob "+checkName, func() error {
		return errors.Join(f.remove(checkName), f.remove(propertiesName(checkName)))
	})
}
