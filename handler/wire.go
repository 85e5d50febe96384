package main

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"

	"tenantrollup/internal/config"
	"tenantrollup/internal/customers"
	"tenantrollup/internal/msapi"
	"tenantrollup/internal/notify"
	"tenantrollup/internal/refusal"
	"tenantrollup/internal/report"
	"tenantrollup/internal/rollup"
	"tenantrollup/internal/run"
	"tenantrollup/internal/runstore"
	"tenantrollup/internal/signin"
)

// app is what the functions work with.
type app struct {
	config   config.Config
	host     config.Host
	settings string // digest of the settings that affect a result
	blobs    blobs
	reports  []offered
	store    *runstore.Store
	identity azcore.TokenCredential // the function's own
	vault    signin.Vault
	client   *http.Client // the one pool of connections; it adds no credential
	kept     *msapi.Kept  // what tenants answered, for the next reports of the night; nil if there is only one
	secrets  *refusal.Secrets
}

// blobs is where the reports are: a container of storage, or a folder.
type blobs interface {
	runstore.Container
	CheckBlob(ctx context.Context) error
}

// wire connects what the functions work with.
func wire(getenv func(string) string, secrets *refusal.Secrets) (*app, error) {
	host, err := readHost(getenv)
	if err != nil {
		return nil, err
	}
	c, err := config.Load(getenv, variables(), host.FunctionTimeout, report.DateOf(time.Now()))
	if err != nil {
		return nil, withoutSecrets(err)
	}
	a, options, err := connect(c, getenv, secrets)
	if err != nil {
		return nil, err
	}
	a.host = host
	return a, a.useStorage(options)
}

// connect connects everything but where the reports are. The options are those of
// Azure's clients.
func connect(c config.Config, getenv func(string) string, secrets *refusal.Secrets) (*app, azcore.ClientOptions, error) {
	var options azcore.ClientOptions
	holdSettings(secrets, c, getenv)
	roots, err := trustedRoots(getenv)
	if err != nil {
		return nil, options, err
	}
	client := msapi.NewHTTPClient(c.Concurrency, roots)
	options.Transport = msapi.Bounded{Client: client}
	options.Cloud = cloud.Configuration{ActiveDirectoryAuthorityHost: "https://" + c.Cloud.Login + "/"}
	identity, err := azidentity.NewDefaultAzureCredential(&azidentity.DefaultAzureCredentialOptions{ClientOptions: options})
	if err != nil {
		return nil, options, fmt.Errorf("find the function's identity: %w", err)
	}
	vault, err := openVault(c, identity, options, secrets)
	if err != nil {
		return nil, options, err
	}
	reports, err := offer(c.Reports)
	if err != nil {
		return nil, options, err
	}
	a := &app{
		config: c, settings: digest(c), identity: identity, vault: vault, client: client, secrets: secrets, reports: reports,
	}
	a.keepAnswers(len(c.Reports))
	return a, options, nil
}

// openVault returns where the partner's credential is.
func openVault(c config.Config, identity azcore.TokenCredential, options azcore.ClientOptions, secrets *refusal.Secrets) (signin.Vault, error) {
	if c.KeyVaultURL != "" {
		return signin.NewKeyVault(c.KeyVaultURL, identity, options.Transport, secrets)
	}
	if own := c.Credential; own != (config.Credential{}) {
		return signin.Variables{
			CertificatePath: own.CertificatePath, CertificatePassword: own.CertificatePassword.Reveal(),
			ClientSecret: own.ClientSecret.Reveal(), Secrets: secrets,
		}, nil
	}
	return signin.NoVault{}, nil
}

// keepAnswers keeps what tenants answer for the next one of several reports.
func (a *app) keepAnswers(reports int) {
	a.kept = nil
	if reports > 1 {
		a.kept = msapi.NewKept(keptMost)
	}
}

// useStorage keeps the reports in the storage of the settings.
func (a *app) useStorage(options azcore.ClientOptions) error {
	options.Transport = msapi.Bounded{Client: a.client, Limit: runstore.AnswerLimit}
	storage, err := openStorage(a.config, a.identity, options, a.secrets)
	if err != nil {
		return err
	}
	storage.Hide(a.secrets)
	a.blobs, a.store = storage, runstore.New(storage)
	return nil
}

// keptMost, in bytes, leaves most of an instance's 512 MB to the work.
const keptMost = 32 << 20

func variables() []string {
	var names []string
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		names = append(names, name)
	}
	return names
}

// readHost reads the host.json beside the functions. Without a host, and away from
// the functions, nothing but the handler itself limits it.
func readHost(getenv func(string) string) (config.Host, error) {
	folder := getenv("FUNCTIONS_APP_ROOT_PATH")
	text, err := os.ReadFile(filepath.Join(folder, "host.json"))
	if errors.Is(err, fs.ErrNotExist) && folder == "" && getenv("FUNCTIONS_CUSTOMHANDLER_PORT") == "" {
		text, err = []byte("{}"), nil
	}
	if err != nil {
		return config.Host{}, fmt.Errorf("read the Functions host's settings: %w", err)
	}
	return config.ReadHost(text)
}

// trustedRoots are the system's and those of SSL_CERT_FILE, which Go itself reads
// only on some systems, and there instead of the system's.
func trustedRoots(getenv func(string) string) (*x509.CertPool, error) {
	file := getenv("SSL_CERT_FILE")
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("SSL_CERT_FILE: want a file with certificates in PEM that this user may read: %w", err)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("SSL_CERT_FILE %s: want a file with certificates in PEM; it has none", file)
	}
	return roots, nil
}

// openStorage returns the container of the reports.
func openStorage(c config.Config, identity azcore.TokenCredential, options azcore.ClientOptions, secrets *refusal.Secrets) (*runstore.Azure, error) {
	if c.Storage.ServiceURL == "" {
		text := c.Storage.ConnectionString.Reveal()
		sign, err := runstore.SignWithConnectionString(text)
		if err != nil {
			return nil, err
		}
		client, err := container.NewClientFromConnectionString(text, c.ReportsContainer, &container.ClientOptions{ClientOptions: options})
		if err != nil {
			return nil, errors.New("open the storage of the reports: its connection string is not understood") // err would show the key
		}
		return runstore.NewAzure(client, sign), nil
	}
	identity = signin.Lend(identity, "storage "+strings.Trim(strings.TrimPrefix(c.Storage.ServiceURL, "https:"), "/"), secrets)
	account, err := service.NewClient(c.Storage.ServiceURL, identity, &service.ClientOptions{ClientOptions: options})
	if err != nil {
		return nil, fmt.Errorf("open the storage %s: %w", c.Storage.ServiceURL, err)
	}
	return runstore.NewAzure(account.NewContainerClient(c.ReportsContainer), runstore.SignWithIdentity(account)), nil
}

// engine returns the rollup of an invocation.
func (a *app) engine(log *slog.Logger) *rollup.Rollup {
	engine := &rollup.Rollup{
		Store: a.store, Log: log, Random: rand.Uint32,
		Concurrency: a.config.Concurrency, Settings: a.settings,
	}
	if address := a.config.NotifyWebhookURL.Reveal(); address != "" {
		engine.Notifier = notify.New(address, a.client, a.store, log)
	}
	return engine
}

// signIn opens the partner's access to Microsoft. A run that should see a consent
// given a moment ago uses no earlier token.
func (a *app) signIn(ctx context.Context, m run.Message, log *slog.Logger) (rollup.Access, error) {
	call, err := report.Parse(m.Call)
	if err != nil {
		return rollup.Access{}, err
	}
	partner, err := a.openPartner(ctx, m.Scope == run.ScopeFailed || call.Kind() == report.Own)
	if err != nil {
		return rollup.Access{}, err
	}
	graph := a.microsoft(a.config.Cloud.Graph, partner)
	directory := a.directory(graph, partner, log)
	return rollup.Access{
		Lister: directory, Filter: directory, Fetcher: a.fetchers(graph, partner, log), Warnings: partner.Warnings(),
	}, nil
}

// microsoft returns a client of one of Microsoft's hosts.
func (a *app) microsoft(host string, partner msapi.TokenSource) *msapi.Client {
	return msapi.NewClient(host, a.client, partner).Hide(a.secrets)
}

// openPartner returns the partner, which uses tokens of earlier runs unless they
// must be fresh.
func (a *app) openPartner(ctx context.Context, fresh bool) (*signin.Partner, error) {
	c := a.config
	return signin.Open(ctx, signin.Options{
		Login: c.Cloud.Login, PartnerTenantID: c.PartnerTenantID, ClientID: c.PartnerClientID,
		Mode: string(c.Auth), HTTP: a.client, Vault: a.vault, Secrets: a.secrets,
		Identity: a.identity, TokenExchange: c.Cloud.TokenExchange,
		PartnerScope: a.graphScope(), Kept: a.kept, Fresh: fresh,
	})
}

func (a *app) graphScope() string { return "https://" + a.config.Cloud.Graph + "/.default" }

func (a *app) directory(graph *msapi.Client, partner *signin.Partner, log *slog.Logger) *customers.Directory {
	c := a.config
	return customers.New(customers.Options{
		Graph: graph, PartnerTenantID: c.PartnerTenantID,
		GDAP: c.Customers.GDAP, Contracts: c.Customers.Contracts, TenantIDs: c.Customers.TenantIDs,
		Include: c.Include, Exclude: c.Exclude, Kept: partner.Shelf(), Log: log,
	})
}

// digest sums up the settings that decide which customers a run has and with which
// app they are asked: a run that began with other settings can't be continued.
func digest(c config.Config) string {
	text, err := json.Marshal([]any{c.PartnerTenantID, c.PartnerClientID, c.Cloud.Name, c.Customers, c.Include, c.Exclude})
	if err != nil {
		panic(err) // strings and booleans always marshal
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
