// Package standin combines the stand-ins into a complete place to run the handler
// in: Microsoft for the partner and its customers, blob storage, and the Functions
// host with the real binary and production settings. The handler reaches all of it
// under the real host names, through nothing but its environment.
package standin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"tenantrollup/internal/standin/functionshost"
	"tenantrollup/internal/standin/m365"
)

const emptyLimit = 30 * time.Second

// Options say what to start.
type Options struct {
	Root    string // the repository's root
	Handler string // the handler's binary, as Build made it
	Package string // an unpacked functionapp.zip, instead of Root's functions and Handler; may be empty
	Cloud   m365.Options
	// Storage is used instead of a new one; Close empties it and leaves it running. Its
	// certificate is from Cloud.Authority. May be nil.
	Storage  *Storage
	Settings func(*m365.Cloud) map[string]string // override those that follow from the stand-ins; may be nil
	Clocks   functionshost.Clocks
	Console  io.Writer // gets the handler's lines too, if set
}

// Place is everything around a running handler.
type Place struct {
	*Azure
	Cloud   *m365.Cloud
	Reports *container.Client // the container with the reports, reached with the account key

	storage *Storage
	shared  bool
}

// Start returns when the handler serves. The place runs until Close.
func Start(ctx context.Context, o Options) (*Place, error) {
	p := &Place{storage: o.Storage, shared: o.Storage != nil}
	if err := p.open(ctx, o); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

func (p *Place) open(ctx context.Context, o Options) (err error) {
	o.Cloud.StorageAccount = StorageAccount
	if p.Cloud, err = m365.Start(o.Cloud); err != nil {
		return fmt.Errorf("start microsoft: %w", err)
	}
	if p.storage == nil {
		certPEM, keyPEM, err := p.Cloud.Leaf(StorageHost)
		if err != nil {
			return fmt.Errorf("certificate for %s: %w", StorageHost, err)
		}
		if p.storage, err = StartStorage(ctx, o.Root, certPEM, keyPEM); err != nil {
			return err
		}
	}
	around := AzureOptions{
		Root: o.Root, Handler: o.Handler, Package: o.Package, Storage: p.storage,
		Settings: p.Cloud.Settings(), Clocks: o.Clocks, Console: o.Console,
		StorageReady: func(addr string) error { p.Cloud.SetBlobAddr(addr); return nil },
	}
	if o.Settings != nil {
		maps.Copy(around.Settings, o.Settings(p.Cloud))
	}
	if p.Azure, err = StartAzure(ctx, around); err != nil {
		return err
	}
	p.Reports, err = container.NewClientFromConnectionString(p.storage.connection, "reports",
		&container.ClientOptions{ClientOptions: azcore.ClientOptions{Transport: p.Cloud.Client()}})
	if err != nil {
		return fmt.Errorf("open the reports: %w", err)
	}
	return nil
}

// Blob returns the content of a blob of the reports.
func (p *Place) Blob(ctx context.Context, name string) ([]byte, error) {
	response, err := p.Reports.NewBlobClient(name).DownloadStream(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("download blob %s: %w", name, err)
	}
	defer response.Body.Close()
	return io.ReadAll(response.Body)
}

// Connection is the connection string of the storage account.
func (p *Place) Connection() string { return p.storage.connection }

// Close ends everything that Start began.
func (p *Place) Close() error {
	var errs []error
	if p.Azure != nil {
		errs = append(errs, p.Azure.Close())
	}
	if p.storage != nil {
		errs = append(errs, p.closeStorage())
	}
	if p.Cloud != nil {
		errs = append(errs, p.Cloud.Close())
	}
	return errors.Join(errs...)
}

func (p *Place) closeStorage() error {
	if !p.shared {
		return p.storage.Close()
	}
	if p.Cloud == nil {
		return nil // nothing has reached it
	}
	ctx, cancel := context.WithTimeout(context.Background(), emptyLimit)
	defer cancel()
	return p.storage.empty(ctx, p.Cloud.Client())
}
