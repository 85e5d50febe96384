package runstore_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"tenantrollup/internal/runstore"
	"tenantrollup/internal/runstore/runstoretest"
	"tenantrollup/internal/standin/azurite"
)

// server is the Azurite of this package's tests, started by the first that
// needs it.
var server struct {
	once       sync.Once
	azurite    *azurite.Server
	err        error
	containers atomic.Int64
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, started := range []*azurite.Server{server.azurite, secureServer.azurite} {
		if started != nil {
			started.Close()
		}
	}
	os.Exit(code)
}

// azure returns a container that does not exist yet.
func azure(t *testing.T) *runstore.Azure {
	t.Helper()
	c, _ := azureAndClient(t)
	return c
}

// azureAndClient is azure, and its client for what only others do.
func azureAndClient(t *testing.T) (*runstore.Azure, *container.Client) {
	t.Helper()
	server.once.Do(func() {
		server.azurite, server.err = azurite.Start(context.Background(), azurite.Options{Dir: "../../test"})
	})
	if server.err != nil {
		t.Fatal(server.err)
	}
	name := fmt.Sprintf("reports-%d", server.containers.Add(1))
	client, err := container.NewClientFromConnectionString(server.azurite.ConnectionString(), name, nil)
	if err != nil {
		t.Fatal(err)
	}
	sign, err := runstore.SignWithConnectionString(server.azurite.ConnectionString())
	if err != nil {
		t.Fatal(err)
	}
	return runstore.NewAzure(client, sign), client
}

func TestMemory(t *testing.T) {
	runstoretest.Contract(t, func(*testing.T) runstore.Container { return new(runstoretest.Memory) })
}

func TestAzure(t *testing.T) {
	runstoretest.Contract(t, func(t *testing.T) runstore.Container {
		c := azure(t)
		// Blocks can't be staged before the container is there; a run's first
		// write makes it.
		if _, err := c.Put(t.Context(), "~first", nil, runstore.Write{}); err != nil {
			t.Fatal(err)
		}
		return c
	})
}

func TestAzureMissingContainer(t *testing.T) {
	t.Run("reads as empty, and is created by the first write", func(t *testing.T) {
		c := azure(t)
		for blob, err := range c.List(t.Context(), "") {
			t.Errorf("list: %v %v", blob, err)
		}
		if _, err := c.Put(t.Context(), "a", nil, runstore.Write{}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Head(t.Context(), "a"); err != nil {
			t.Error(err)
		}
	})
}
