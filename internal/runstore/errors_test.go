package runstore_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/sas"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"

	"tenantrollup/internal/run"
	"tenantrollup/internal/runstore"
)

// answering is the container of a storage that is this handler.
func answering(t *testing.T, storage http.HandlerFunc) *runstore.Azure {
	t.Helper()
	server := httptest.NewServer(storage)
	t.Cleanup(server.Close)
	options := azcore.ClientOptions{Retry: policy.RetryOptions{MaxRetries: -1}}
	account, err := service.NewClientWithNoCredential(server.URL+"/contoso", &service.ClientOptions{ClientOptions: options})
	if err != nil {
		t.Fatal(err)
	}
	return runstore.NewAzure(account.NewContainerClient("reports"), runstore.SignWithIdentity(account))
}

func fault(w http.ResponseWriter, status int, code bloberror.Code) { refused(w, status, code, "") }

// requests are all requests to a container, by how their errors begin.
var requests = map[string]func(context.Context, runstore.Container) error{
	"read blob a": func(ctx context.Context, c runstore.Container) error {
		_, head := c.Head(ctx, "a")
		_, _, get := c.Get(ctx, "a")
		if head == nil || get == nil || head.Error() != get.Error() {
			return fmt.Errorf("head: %w, but get: %w", head, get)
		}
		return get
	},
	"write blob a": func(ctx context.Context, c runstore.Container) error {
		_, err := c.Put(ctx, "a", nil, runstore.Write{})
		return err
	},
	"write the metadata of blob a": func(ctx context.Context, c runstore.Container) error {
		_, err := c.SetMetadata(ctx, "a", `"1"`, nil)
		return err
	},
	"stage a block of blob a": func(ctx context.Context, c runstore.Container) error {
		return c.Stage(ctx, "a", run.BlockID("0badcafe", 1, 0), []byte("A"))
	},
	"commit blob a": func(ctx context.Context, c runstore.Container) error {
		return c.Commit(ctx, "a", nil, runstore.Write{})
	},
	"read the block list of blob a": func(ctx context.Context, c runstore.Container) error {
		_, err := c.Blocks(ctx, "a")
		return err
	},
	"list blobs a": func(ctx context.Context, c runstore.Container) (last error) {
		for _, err := range c.List(ctx, "a") {
			last = err
		}
		return last
	},
	"list the folders of a": func(ctx context.Context, c runstore.Container) (last error) {
		for _, err := range c.Folders(ctx, "a") {
			last = err
		}
		return last
	},
	"get a key that signs links": func(ctx context.Context, c runstore.Container) error {
		_, err := c.Link(ctx, "a", time.Now().Add(time.Minute))
		return err
	},
}

func TestStorageThatDoesNotAnswer(t *testing.T) {
	t.Run("giving up a wait is not reported as a fault of storage", func(t *testing.T) {
		c := answering(t, func(_ http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body) // else the server does not see that the caller is gone
			<-r.Context().Done()
		})
		for operation, request := range requests {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(10*time.Millisecond, cancel)
			if err := request(ctx, c); !errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(), operation+": ") {
				t.Errorf("%s: %v", operation, err)
			}
		}
	})

	t.Run("an identity that gets no token is named as the cause", func(t *testing.T) {
		client, err := container.NewClient("https://contoso.example.com/reports", nobody{},
			&container.ClientOptions{ClientOptions: azcore.ClientOptions{Retry: policy.RetryOptions{MaxRetries: -1}}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = runstore.NewAzure(client, nil).Head(t.Context(), "a"); failed(t, err) != noToken {
			t.Errorf("got %v", err)
		}
	})
}

var noToken = &run.Failure{Message: "No Azure token for storage."}

// nobody is an identity that has nothing to sign in with.
type nobody struct{}

func (nobody) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{}, noToken
}

func TestUnreadableStorageIsNotEmpty(t *testing.T) {
	c := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		fault(w, http.StatusForbidden, bloberror.AuthorizationPermissionMismatch)
	})
	s := runstore.New(c)
	cp := run.Checkpoint{Run: "00000001", Turn: "0001-00000000", State: run.StatePublishing, Scope: run.ScopeAll, Call: "c"}
	for name, ask := range map[string]func(context.Context) error{
		"Read":   func(ctx context.Context) error { _, _, err := s.Read(ctx, key); return err },
		"Status": func(ctx context.Context) error { _, err := s.Status(ctx, key); return err },
		"List": func(ctx context.Context) error {
			_, err := s.List(ctx, []string{"mailbox-activity"}, "2026-11-24", "2026-11-24")
			return err
		},
		"List of all reports": func(ctx context.Context) error { _, err := s.List(ctx, nil, "2026-11-24", "2026-11-24"); return err },
		"Latest":              func(ctx context.Context) error { _, err := s.Latest(ctx, "mailbox-activity"); return err },
		"LastPublished": func(ctx context.Context) error {
			_, _, err := s.LastPublished(ctx, "mailbox-activity", "c", "2026-11-24")
			return err
		},
		"WithoutData": func(ctx context.Context) error { _, _, err := s.WithoutData(ctx, key); return err },
		"Base":        func(ctx context.Context) error { _, err := s.Base(ctx, key, cp); return err },
		"WriteList":   func(ctx context.Context) error { return s.WriteList(ctx, key, `"1"`, cp, nil, run.Base{}) },
		"Publish":     func(ctx context.Context) error { return s.Publish(ctx, key, `"1"`, cp) },
		"Link":        func(ctx context.Context) error { _, err := s.Link(ctx, key, run.CSV, time.Now()); return err },
		"ErrorLog": func(ctx context.Context) (last error) {
			for _, err := range s.ErrorLog(ctx, key) {
				last = err
			}
			return last
		},
		"Customers": func(ctx context.Context) (last error) {
			for _, err := range s.Customers(ctx, key, cp, 0) {
				last = err
			}
			return last
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := ask(t.Context())
			if err == nil || !strings.Contains(err.Error(), "answered 403 AuthorizationPermissionMismatch when asked to ") {
				t.Fatal(err)
			}
			for _, other := range []error{runstore.ErrNotFound, run.ErrNoRun, run.ErrNotPublished, run.ErrRefused, run.ErrListLost, run.ErrBlocksLost} {
				if errors.Is(err, other) {
					t.Errorf("%v is taken for %v", err, other)
				}
			}
		})
	}
}

func TestReadOnlyStorage(t *testing.T) {
	full, client := azureAndClient(t)
	s := runstore.New(full)
	night(t, s)
	cp, version := rerun(t, s, "00000002")
	address, err := client.GetSASURL(sas.ContainerPermissions{Read: true, List: true}, time.Now().Add(time.Hour), nil)
	if err != nil {
		t.Fatal(err)
	}
	reading, err := container.NewClientWithNoCredential(address, nil)
	if err != nil {
		t.Fatal(err)
	}
	s = runstore.New(runstore.NewAzure(reading, nil))

	for name, write := range map[string]func() error{
		"the record is not written": func() error { _, err := s.Write(t.Context(), key, version, cp); return err },
		"a new record is not written": func() error {
			_, err := s.Write(t.Context(), run.Key{Report: "mail", Date: key.Date}, "", cp)
			return err
		},
		"the list is not written":     func() error { return s.WriteList(t.Context(), key, version, cp, nil, run.Base{}) },
		"rows are not staged":         func() error { return s.Stage(t.Context(), key, run.CSV, run.BlockID(cp.Run, 1, 1), nil) },
		"the files are not published": func() error { return s.Publish(t.Context(), key, version, cp) },
	} {
		t.Run(name, func(t *testing.T) {
			err := write()
			if err == nil || !strings.Contains(err.Error(), "answered 403 AuthorizationPermissionMismatch when asked to ") {
				t.Errorf("got %v", err)
			}
			if err != nil && strings.Contains(err.Error(), "sig=") {
				t.Errorf("the address is a secret: %v", err)
			}
		})
	}
	t.Run("what can be read is still returned", func(t *testing.T) {
		if got, err := s.Status(t.Context(), key); err != nil || got.Run != "00000001" {
			t.Errorf("record: %+v, %v", got, err)
		}
	})
}

func TestGetGoesOn(t *testing.T) {
	const text, etag = "one body, read in two parts", `"0x1"`
	var asked atomic.Int64
	c := answering(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", etag)
		if asked.Add(1) == 1 {
			w.Header().Set("Content-Length", fmt.Sprint(len(text)))
			io.WriteString(w, text[:10]) // and the connection breaks
			return
		}
		if r.Header.Get("If-Match") != etag {
			fault(w, http.StatusPreconditionFailed, bloberror.ConditionNotMet)
			return
		}
		r.Header.Set("Range", r.Header.Get("x-ms-range"))
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(text))
	})
	if got := read(t, c, "a"); got != text || asked.Load() != 2 {
		t.Errorf("read %q with %d requests, want %q with 2", got, asked.Load(), text)
	}
}
