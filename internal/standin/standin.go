// Package standin puts the stand-ins together into a whole place to run the
// handler in: Microsoft for the partner and its customers, blob storage, and
// the Functions host with the real binary and production settings. The handler
// reaches all of it under the real host names, by nothing but its environment.
package standin

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"tenantrollup/internal/standin/azurite"
	"tenantrollup/internal/standin/functionshost"
	"tenantrollup/internal/standin/m365"
)

// StorageAccount is the account that reports are written to.
const StorageAccount = "contosoreports"

// Options say what to start.
type Options struct {
	Root     string // the repository's root
	Handler  string // the handler's binary, as BuildHandler made it
	Package  string // an unpacked functionapp.zip, in place of Root's functions and Handler; may be empty
	Cloud    m365.Options
	Settings func(*m365.Cloud) map[string]string // over those that follow from the stand-ins; may be nil
	Clocks   functionshost.Clocks
	Console  io.Writer // gets the handler's lines too, if set
}

// Place is everything around the handler, running.
type Place struct {
	Cloud   *m365.Cloud
	Host    *functionshost.Host
	Reports *container.Client // the container with the reports, reached with the account key

	storage *azurite.Server
	root    string
	console console
	hosting functionshost.Options
}

// Start returns when the handler serves. The place runs until Close.
func Start(ctx context.Context, o Options) (*Place, error) {
	p := &Place{console: console{also: o.Console}}
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
	if err := p.openStorage(ctx, filepath.Join(o.Root, "test")); err != nil {
		return err
	}
	if o.Package == "" {
		if p.root, err = stage(o.Root); err != nil {
			return err
		}
	}
	settings := map[string]string{
		"AzureWebJobsStorage__accountName": StorageAccount,
		"NIGHTLY_SCHEDULE":                 "0 0 1 * * *",
	}
	for _, setting := range p.Cloud.Env() {
		name, value, _ := strings.Cut(setting, "=")
		settings[name] = value
	}
	if o.Settings != nil {
		maps.Copy(settings, o.Settings(p.Cloud))
	}
	p.hosting = functionshost.Options{
		ScriptRoot: cmp.Or(o.Package, p.root), Binary: o.Handler, Settings: settings,
		Stdout: &p.console, Stderr: &p.console, BlobAddr: p.storage.Addr(), Clocks: o.Clocks,
	}
	p.Host, err = p.StartHost(ctx)
	return err
}

// StartHost starts one more host on the same storage, with an empty queue of
// its own. The caller closes it.
func (p *Place) StartHost(ctx context.Context) (*functionshost.Host, error) {
	return functionshost.Start(ctx, p.hosting)
}

func (p *Place) openStorage(ctx context.Context, dir string) error {
	host := StorageAccount + ".blob.core.windows.net"
	certificate, key, err := p.Cloud.Leaf(host)
	if err != nil {
		return fmt.Errorf("certificate for %s: %w", host, err)
	}
	accountKey := randomKey()
	p.storage, err = azurite.Start(ctx, azurite.Options{
		Dir: dir, CertPEM: certificate, KeyPEM: key, Account: StorageAccount, Key: accountKey,
	})
	if err != nil {
		return err
	}
	p.Cloud.SetBlobAddr(p.storage.Addr())
	p.Reports, err = container.NewClientFromConnectionString(
		"DefaultEndpointsProtocol=https;AccountName="+StorageAccount+";AccountKey="+accountKey+";EndpointSuffix=core.windows.net",
		"reports", &container.ClientOptions{ClientOptions: azcore.ClientOptions{Transport: p.Cloud.Client()}})
	if err != nil {
		return fmt.Errorf("open the reports: %w", err)
	}
	return nil
}

func randomKey() string {
	key := make([]byte, 64)
	rand.Read(key)
	return base64.StdEncoding.EncodeToString(key)
}

// stage lays a script root out as make package does, without the binary.
func stage(root string) (string, error) {
	dir, err := os.MkdirTemp("", "tenant-rollup-app-")
	if err != nil {
		return "", fmt.Errorf("stage the function app: %w", err)
	}
	text, err := os.ReadFile(filepath.Join(root, "host.json"))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "host.json"), text, 0o600)
	}
	if err == nil {
		err = os.CopyFS(dir, os.DirFS(filepath.Join(root, "function")))
	}
	if err != nil {
		return dir, fmt.Errorf("stage the function app: %w", err)
	}
	return dir, nil
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

// Console returns all that the handler has printed.
func (p *Place) Console() string { return p.console.text() }

// Close ends everything that Start began.
func (p *Place) Close() error {
	var errs []error
	if p.Host != nil {
		errs = append(errs, p.Host.Close())
	}
	if p.storage != nil {
		errs = append(errs, p.storage.Close())
	}
	if p.Cloud != nil {
		errs = append(errs, p.Cloud.Close())
	}
	if p.root != "" {
		errs = append(errs, os.RemoveAll(p.root))
	}
	return errors.Join(errs...)
}

// Repository finds the folder of go.mod, from wherever inside it this runs.
func Repository() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("there is no go.mod here or above: run it inside the repository")
		}
		dir = parent
	}
}

// BuildHandler builds the handler of the repository into dir and returns the
// binary's path.
func BuildHandler(ctx context.Context, root, dir string) (string, error) {
	binary := filepath.Join(dir, "handler")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	command := exec.CommandContext(ctx, "go", "build", "-o", binary, "./handler")
	command.Dir = root
	if output, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the handler: %w\n%s", err, output)
	}
	return binary, nil
}

// console keeps what is written.
type console struct {
	mu   sync.Mutex
	kept bytes.Buffer
	also io.Writer
}

// Write implements io.Writer.
func (c *console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.also != nil {
		c.also.Write(p)
	}
	return c.kept.Write(p)
}

func (c *console) text() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.kept.String()
}
