package standin

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"

	"tenantrollup/internal/standin/azurite"
)

// StorageAccount is the account that reports are written to, at StorageHost.
const (
	StorageAccount = "contosoreports"
	StorageHost    = StorageAccount + ".blob.core.windows.net"
)

// Storage is blob storage with one account, under its real host name for clients of a
// cloud's proxy. Places may share it one after another.
type Storage struct {
	server     *azurite.Server
	connection string // under the real host name
}

// StartStorage returns when storage answers, with a certificate for StorageHost
// and its key, both PEM. It runs until Close or until ctx is done.
func StartStorage(ctx context.Context, root string, certPEM, keyPEM []byte) (*Storage, error) {
	return startStorage(ctx, azurite.Options{Dir: filepath.Join(root, "test"), CertPEM: certPEM, KeyPEM: keyPEM})
}

// StartLenientStorage is StartStorage for a benchmark of old builds: they ask in a
// version that accounts refuse.
func StartLenientStorage(ctx context.Context, root string, certPEM, keyPEM []byte) (*Storage, error) {
	return startStorage(ctx, azurite.Options{Dir: filepath.Join(root, "test"), CertPEM: certPEM, KeyPEM: keyPEM, Lenient: true})
}

func startStorage(ctx context.Context, o azurite.Options) (*Storage, error) {
	key := make([]byte, 64)
	rand.Read(key)
	text := base64.StdEncoding.EncodeToString(key)
	o.Account, o.Key = StorageAccount, text
	server, err := azurite.Start(ctx, o)
	if err != nil {
		return nil, err
	}
	return &Storage{
		server:     server,
		connection: "DefaultEndpointsProtocol=https;AccountName=" + StorageAccount + ";AccountKey=" + text + ";EndpointSuffix=core.windows.net",
	}, nil
}

// Addr is where it listens, 127.0.0.1:port.
func (s *Storage) Addr() string { return s.server.Addr() }

// Close ends it. Nothing that was stored remains.
func (s *Storage) Close() error { return s.server.Close() }

// empty deletes every container.
func (s *Storage) empty(ctx context.Context, client *http.Client) error {
	account, err := service.NewClientFromConnectionString(s.connection,
		&service.ClientOptions{ClientOptions: azcore.ClientOptions{Transport: client}})
	if err != nil {
		return fmt.Errorf("open the storage: %w", err)
	}
	var errs []error
	for pager := account.NewListContainersPager(nil); pager.More(); {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return errors.Join(append(errs, fmt.Errorf("list the containers: %w", err))...)
		}
		for _, container := range page.ContainerItems {
			if _, err := account.DeleteContainer(ctx, *container.Name, nil); err != nil {
				errs = append(errs, fmt.Errorf("delete container %s: %w", *container.Name, err))
			}
		}
	}
	return errors.Join(errs...)
}
