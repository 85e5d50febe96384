package runstore_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"tenantrollup/internal/run"
	"tenantrollup/internal/runstore"
	"tenantrollup/internal/runstore/runstoretest"
)

func TestContainerDeletedWhileInUse(t *testing.T) {
	c, client := azureAndClient(t)
	s := runstore.New(c)
	night(t, s)
	cp, version := rerun(t, s, "00000002")
	if _, err := client.Delete(t.Context(), nil); err != nil {
		t.Fatal(err)
	}

	t.Run("the slice at work fails, and creates nothing", func(t *testing.T) {
		for name, write := range map[string]func() error{
			"stage":      func() error { return s.Stage(t.Context(), key, run.CSV, run.BlockID(cp.Run, 1, 1), []byte("A")) },
			"checkpoint": func() error { _, err := s.Write(t.Context(), key, version, cp); return err },
			"list":       func() error { return s.WriteList(t.Context(), key, version, cp, nil, run.Base{}) },
			"publish":    func() error { return s.Publish(t.Context(), key, version, cp) },
		} {
			if err := write(); err == nil || !strings.Contains(err.Error(), "blob "+key.String()) {
				t.Errorf("%s: %v, want an error that names the blob", name, err)
			}
		}
		if _, err := client.GetProperties(t.Context(), nil); !bloberror.HasCode(err, bloberror.ContainerNotFound) {
			t.Errorf("the container: %v", err)
		}
	})

	t.Run("the next slice finds no run", func(t *testing.T) {
		if _, version, err := s.Read(t.Context(), key); err != nil || version != "" {
			t.Errorf("read: version %q, %v", version, err)
		}
		if runs, err := s.List(t.Context(), nil, key.Date, key.Date); err != nil || len(runs) > 0 {
			t.Errorf("list: %+v, %v", runs, err)
		}
		if _, err := s.Latest(t.Context(), key.Report); !errors.Is(err, run.ErrNoRun) {
			t.Errorf("latest: %v", err)
		}
		if _, err := s.Base(t.Context(), key, cp); !errors.Is(err, run.ErrListLost) {
			t.Errorf("base: %v", err)
		}
	})

	t.Run("and makes it again", func(t *testing.T) {
		night(t, s)
		if got := read(t, c, csvName); got != nightText {
			t.Errorf("csv: %q", got)
		}
	})
}

func TestContainerIsCreated(t *testing.T) {
	t.Run("by two instances at once", func(t *testing.T) {
		_, client := azureAndClient(t)
		other := &ahead{do: func() error { _, err := client.Create(context.Background(), nil); return err }}
		connection := server.azurite.ConnectionString()
		name := client.URL()[strings.LastIndex(client.URL(), "/")+1:]
		slower, err := container.NewClientFromConnectionString(connection, name, &container.ClientOptions{ClientOptions: azcore.ClientOptions{Transport: other}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := runstore.NewAzure(slower, nil).Put(t.Context(), "a", nil, runstore.Write{}); err != nil {
			t.Error(err)
		}
		if !other.done {
			t.Error("the container was there before")
		}
	})

	t.Run("not while the previous one is still being deleted", func(t *testing.T) {
		c := answering(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("restype") == "container" {
				fault(w, http.StatusConflict, bloberror.ContainerBeingDeleted)
				return
			}
			fault(w, http.StatusNotFound, bloberror.ContainerNotFound)
		})
		_, err := c.Put(t.Context(), "a", nil, runstore.Write{})
		if err == nil || !strings.Contains(err.Error(), "(container reports) answered 409 ContainerBeingDeleted when asked to create the container.") || errors.Is(err, run.ErrRefused) {
			t.Error(err)
		}
	})
}

// ahead passes requests on, but does something first when a container is to be created.
type ahead struct {
	do   func() error
	done bool
}

func (a *ahead) Do(r *http.Request) (*http.Response, error) {
	if r.URL.Query().Get("restype") == "container" {
		a.done = true
		if err := a.do(); err != nil {
			return nil, err
		}
	}
	return http.DefaultClient.Do(r)
}

func TestRunDeletedSinceItWasListed(t *testing.T) {
	c := new(runstoretest.Memory)
	record(t, c, "mail", "2026-11-23", run.StatePublished, `{}`)
	record(t, c, "mail", "2026-11-24", run.StateRunning, `{}`)
	s := runstore.New(&deleting{Container: c, name: "mail/2026-11-24/run.json"})

	runs, err := s.List(t.Context(), []string{"mail"}, "2026-11-01", "2026-11-30")
	if err != nil || len(runs) != 1 || runs[0].Date != "2026-11-23" {
		t.Errorf("list: %+v, %v", runs, err)
	}
	if latest, err := s.Latest(t.Context(), "mail"); err != nil || latest.Date != "2026-11-23" {
		t.Errorf("latest: %s, %v", latest, err)
	}
}

// deleting is a container that still lists a blob that is gone.
type deleting struct {
	runstore.Container
	name string
}

func (d *deleting) Get(ctx context.Context, name string) (runstore.Blob, io.ReadCloser, error) {
	if name == d.name {
		return runstore.Blob{}, nil, runstore.ErrNotFound
	}
	return d.Container.Get(ctx, name)
}
