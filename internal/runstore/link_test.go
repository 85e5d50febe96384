package runstore_test

import (
	"context"
	"errors"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"tenantrollup/internal/run"
	"tenantrollup/internal/runstore"
	"tenantrollup/internal/runstore/runstoretest"
)

// counter notes what is asked of storage.
type counter struct {
	runstore.Container
	mu    sync.Mutex
	asked []string
}

func (c *counter) note(asked string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, asked)
}

func (c *counter) List(ctx context.Context, prefix string) iter.Seq2[runstore.Blob, error] {
	c.note("list " + prefix)
	return c.Container.List(ctx, prefix)
}

func (c *counter) Folders(ctx context.Context, prefix string) iter.Seq2[string, error] {
	c.note("folders " + prefix)
	return c.Container.Folders(ctx, prefix)
}

func (c *counter) Get(ctx context.Context, name string) (runstore.Blob, io.ReadCloser, error) {
	c.note("get " + name)
	return c.Container.Get(ctx, name)
}

func TestLink(t *testing.T) {
	until := time.Now().Add(10 * time.Minute)
	t.Run("exists after the publication, whatever the state, and not before", func(t *testing.T) {
		c := new(runstoretest.Memory)
		s := runstore.New(c)
		if _, err := s.Link(t.Context(), key, run.CSV, until); !errors.Is(err, run.ErrNoRun) {
			t.Errorf("no run: %v", err)
		}
		record(t, c, key.Report, string(key.Date), run.StateRunning, "")
		if _, err := s.Link(t.Context(), key, run.CSV, until); !errors.Is(err, run.ErrNotPublished) {
			t.Errorf("no publication: %v", err)
		}
		record(t, c, "mail", "2026-11-24", run.StateStopped, `{}`)
		link, err := s.Link(t.Context(), run.Key{Report: "mail", Date: "2026-11-24"}, run.ErrorLog, until)
		if err != nil || !strings.Contains(link, "/mail/2026-11-24/mail_2026-11-24.errors.log?") {
			t.Errorf("of a stopped run's earlier publication: %s, %v", link, err)
		}
	})

	t.Run("signed with the account's key", func(t *testing.T) {
		linkOpens(t, azure(t), http.DefaultClient)
	})

	t.Run("signed with a key that storage gives the identity", func(t *testing.T) {
		c, client := azureWithIdentity(t)
		linkOpens(t, c, client)
	})

	t.Run("a connection string without a key is refused, and not shown", func(t *testing.T) {
		for _, text := range []string{"", "AccountName=contoso;AccountKey=hunter2", "AccountKey=aGVsbG8="} {
			if _, err := runstore.SignWithConnectionString(text); err == nil || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s: %v", text, err)
			}
		}
	})
}

// linkOpens checks that a link does what it promises.
func linkOpens(t *testing.T, c *runstore.Azure, client *http.Client) {
	name := key.String() + "/file.csv"
	if _, err := c.Put(t.Context(), name, []byte(csvText), runstore.Write{FileName: "file.csv"}); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	link, err := c.Link(t.Context(), name, now.Add(10*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	query := parse(t, link).Query()
	end, err := time.Parse(time.RFC3339, query.Get("se"))
	if err != nil || end.After(now.Add(10*time.Minute)) || end.Before(now.Add(10*time.Minute-time.Second)) {
		t.Errorf("se is %q, want ten minutes from %s", query.Get("se"), now.UTC())
	}
	if query.Get("sp") != "r" || query.Get("sr") != "b" {
		t.Errorf("the link permits sp=%s on sr=%s, want to read one blob", query.Get("sp"), query.Get("sr"))
	}
	if parse(t, link).Scheme == "https" && query.Get("spr") != "https" {
		t.Errorf("the link is good for spr=%q, want https alone", query.Get("spr"))
	}

	status, body, header := get(t, client, link)
	if status != http.StatusOK || body != csvText || header.Get("Content-Disposition") != `attachment; filename="file.csv"` {
		t.Errorf("the link answers %d %q, %v", status, body, header)
	}
	expired, err := c.Link(t.Context(), name, now.Add(-time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if status, _, _ := get(t, client, expired); status != http.StatusForbidden {
		t.Errorf("an expired link answers %d", status)
	}
	longer := parse(t, link)
	query.Set("se", now.Add(time.Hour).UTC().Format(time.RFC3339))
	longer.RawQuery = query.Encode()
	if status, _, _ := get(t, client, longer.String()); status != http.StatusForbidden {
		t.Errorf("a link that its holder has extended answers %d", status)
	}
	other := parse(t, link)
	other.Path = strings.Replace(other.Path, "file.csv", "run.json", 1)
	if status, _, _ := get(t, client, other.String()); status != http.StatusForbidden {
		t.Errorf("the link, changed to name another blob, answers %d", status)
	}
}

func parse(t *testing.T, link string) *url.URL {
	t.Helper()
	address, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	return address
}

func get(t *testing.T, client *http.Client, address string) (status int, body string, header http.Header) {
	t.Helper()
	answer, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text), answer.Header
}
