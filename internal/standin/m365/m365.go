// Package m365 is one in-memory Microsoft for the customers of a partner:
// Entra's token endpoint, a managed identity, Key Vault, Graph's customer
// lists, organizations, usage reports and read-only collections (those in
// graph_collection.go), the hosts that reports are downloaded from, Exchange's
// cmdlets, and two webhooks for notifications. Everything follows from a seed.
//
// It promises to refuse what the real services refuse: a token of another
// tenant or audience, a missing role, an unknown path or parameter, an
// Authorization header at the report host, the 15th CSV call in ten minutes.
// It is reached under the real host names, as a CONNECT proxy whose certificates
// come from an authority made at start. So a program under test needs only the
// environment that Env returns. A customer may have a Fault and the whole cloud an
// Outage; both may change at any time. Under Options.Vary no two successive calls
// get the same report, and Attempts says what each call got.
//
// It exports more names than most packages because every fault, outage and kind of
// request has one.
package m365

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Auth is how the partner's app signs in, and what the vault holds for it. The
// client secret is registered and in the vault in every mode except Federated.
type Auth string

const (
	CertificatePFX     Auth = "pkcs12"               // a certificate, as base64 PKCS#12; the zero value means this
	CertificatePEM     Auth = "pem"                  // a certificate, as PEM
	SecretOnly         Auth = "secret"               // no certificate
	Federated          Auth = "federated"            // a user-assigned managed identity; the vault is empty
	RefreshToken       Auth = "refresh-token"        // a refresh token of the partner's user, and a certificate
	RefreshTokenSecret Auth = "refresh-token-secret" // the same without the certificate
)

func (a Auth) refreshes() bool { return a == RefreshToken || a == RefreshTokenSecret }

// setting is the value for PARTNER_AUTH.
func (a Auth) setting() string {
	switch {
	case a.refreshes():
		return "refresh-token"
	case a == SecretOnly, a == Federated:
		return string(a)
	}
	return "certificate"
}

// Latency is how long each service takes before it answers.
type Latency struct{ Token, Report, Download time.Duration }

// Tuning sets how strong some faults are. Zero fields get the default in brackets.
type Tuning struct {
	Times      int           // failures before a fault that ends is over [2]
	RetryAfter time.Duration // of Throttled, ThrottledDate and ThrottledAll, whole seconds [2s]
	Slow       time.Duration // added to a report call of Slow [2s]
	HugeRows   int           // data rows of Huge [20000]; 300,000 of getEmailActivityUserDetail are 60 MB

	ExchangePage int // most records on a page of Exchange, even if more are requested [1000, the most it takes]
}

// Options describe the cloud. The zero value is a partner without customers.
type Options struct {
	Customers   int              // how many customers a correct list contains
	Seed        uint64           // the same seed, the same cloud
	Today       time.Time        // the day reports are served for; zero means now
	Rows        int              // data rows of a detail report; zero means 20
	Records     map[int]int      // of Get-MailDetailATPReport, Get-MessageTraceV2 and a tenant's users, by Customer.Index; Rows if it names none
	Faults      map[int]Fault    // by Customer.Index
	Names       map[int]string   // of organizations, by Customer.Index, whatever their faults; others have plain ones
	Permissions map[int][]string // consented to, by Customer.Index; see SetPermissions
	Declared    []string         // permissions of Graph in the registration of the partner's app; nil means all that customers grant
	Tuning      Tuning
	Latency     Latency
	Auth        Auth
	CallLimit   int // CSV calls of one function in one tenant in ten minutes; zero means 14, Graph's own; more lift the limits of collections, too

	// Vary gives every report call of a customer without a fault another result than
	// the call before, depending on seed, tenant and the attempt's number: rows, only
	// a header, a refusal, a 500, rarely rows with an extra column. Every count in the
	// rows of attempt n, from 1, is n*1000 plus up to 499, and the number of rows
	// differs from attempt n-1. Tokens and organizations stay valid. Attempts says
	// what was served.
	Vary bool

	TakeAudienceListOfOldBuilds bool // for a benchmark of builds that sent aud as a list of one; Entra accepts only a string
	TakeVaultVersionOfOldBuilds bool // for the same: they asked Key Vault in a version that few vaults know

	HTTP2 bool // spoken to clients that offer it, as the real hosts do; faults that end connections need HTTP/1.1

	PartnerTenantID, PartnerClientID string     // zero: made from the seed
	VaultName                        string     // zero: "contoso-rollup"
	StorageAccount                   string     // Env names it if it is set
	Authority                        *Authority // signs the hosts' certificates; nil: a new one
}

// Cloud is a running stand-in. Its methods may be called at any time, from any
// goroutine, even while it serves.
type Cloud struct {
	opts      Options
	days      []string // Today and the days before it, written
	partner   Customer
	customers []Customer // sorted by tenant id; Fault is kept in faults
	byTenant  map[string]int

	inContracts, inGDAP []int // indexes of customers
	relations           []relationship
	byStatus            map[string][]*relationship // of relations; under "" all

	keys     *keyring
	app      *appCredential
	ca       *Authority
	caDir    string
	proxy    *proxy
	identity *identityEndpoint
	counts   *counters
	window   *callWindow
	units    unitWindow
	attempts *attempts
	refresh  refreshTokens
	webhooks webhooks
	echoes   atomic.Int64

	mu          sync.Mutex
	faults      map[int]Fault
	failures    map[int]int // so far, of a fault that ends, by customer
	outages     map[Outage]bool
	onHold      map[Kind]*hold
	permissions map[int][]string // set, by customer
	clients     []*http.Client   // handed out by Client

	identityRefusal identityRefusal
}

// Start makes a cloud and opens its two loopback listeners, the proxy and the
// managed identity endpoint. Close ends it.
func Start(o Options) (*Cloud, error) {
	o.setDefaults()
	c := &Cloud{
		opts:        o,
		counts:      newCounters(),
		window:      newCallWindow(o.CallLimit),
		attempts:    &attempts{all: map[reportKey][]attempt{}},
		faults:      map[int]Fault{},
		failures:    map[int]int{},
		outages:     map[Outage]bool{},
		onHold:      map[Kind]*hold{},
		units:       unitWindow{spent: map[unitKey][]spending{}},
		permissions: map[int][]string{},
	}
	maps.Copy(c.permissions, o.Permissions)
	c.populate()
	for i, f := range o.Faults {
		if i < 0 || i >= o.Customers {
			return nil, fmt.Errorf("fault %q: customer %d does not exist, there are %d", f, i, o.Customers)
		}
		if all := slices.Concat(Faults(), SlowFaults(), DriftFaults(), ExchangeFaults(), HostileFaults(), HostileExchangeFaults(), RareRefusals(), CollectionFaults()); f != None && !slices.Contains(all, f) {
			return nil, fmt.Errorf("fault %q of customer %d is unknown: want one of %q", f, i, all)
		}
		c.faults[i] = f
	}
	if err := c.open(); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func (o *Options) setDefaults() {
	if o.Today.IsZero() {
		o.Today = time.Now()
	}
	o.Today = o.Today.UTC().Truncate(24 * time.Hour)
	setDefault(&o.Rows, 20)
	setDefault(&o.Auth, CertificatePFX)
	setDefault(&o.VaultName, "contoso-rollup")
	setDefault(&o.CallLimit, callsInWindow)
	setDefault(&o.Tuning.Times, 2)
	setDefault(&o.Tuning.RetryAfter, 2*time.Second)
	setDefault(&o.Tuning.Slow, 2*time.Second)
	setDefault(&o.Tuning.HugeRows, 20000)
	setDefault(&o.Tuning.ExchangePage, largestPage)
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// open makes the keys and starts the listeners.
func (c *Cloud) open() error {
	var err error
	c.keys = newKeyring()
	c.webhooks.key = rand.Text()
	if c.app, err = newAppCredential(c.opts.Auth, c.keys); err != nil {
		return err
	}
	if c.opts.Auth.refreshes() {
		c.storeFirstRefreshToken()
	}
	if c.ca = c.opts.Authority; c.ca == nil {
		if c.ca, err = NewAuthority(); err != nil {
			return err
		}
	}
	if c.caDir, err = os.MkdirTemp("", "m365-ca-"); err != nil {
		return fmt.Errorf("folder of the authority's certificate: %w", err)
	}
	if err = os.WriteFile(c.caFile(), c.ca.certPEM, 0o600); err != nil {
		return fmt.Errorf("write the authority's certificate: %w", err)
	}
	if c.identity, err = c.startIdentity(); err != nil {
		return err
	}
	c.proxy, err = c.startProxy()
	return err
}

// Close stops both listeners, ends every connection and removes the
// authority's file.
func (c *Cloud) Close() error {
	c.mu.Lock()
	for _, client := range c.clients {
		client.CloseIdleConnections()
	}
	c.mu.Unlock()
	if c.proxy != nil {
		c.proxy.close()
	}
	if c.identity != nil {
		c.identity.close()
	}
	if c.caDir == "" {
		return nil
	}
	return os.RemoveAll(c.caDir)
}

func (c *Cloud) caFile() string { return filepath.Join(c.caDir, "ca.pem") }

// Env returns the environment, NAME=value, of a program that runs in this cloud: the
// proxy, the authority, the managed identity, and the program's settings that follow
// from them.
func (c *Cloud) Env() []string {
	env := []string{
		"HTTPS_PROXY=" + c.proxy.url(),
		"NO_PROXY=127.0.0.1,localhost",
		"SSL_CERT_FILE=" + c.caFile(),
		"IDENTITY_ENDPOINT=" + c.identity.url(),
		"IDENTITY_HEADER=" + c.identity.header,
		"AZURE_TOKEN_CREDENTIALS=ManagedIdentityCredential", // as infra/ sets it
		"PARTNER_TENANT_ID=" + c.opts.PartnerTenantID,
		"PARTNER_CLIENT_ID=" + c.opts.PartnerClientID,
		"PARTNER_AUTH=" + c.opts.Auth.setting(),
	}
	if c.opts.Auth == Federated {
		env = append(env, "AZURE_CLIENT_ID="+c.identityClientID())
	} else {
		env = append(env, "KEY_VAULT_URL=https://"+c.vaultHost())
	}
	if c.opts.StorageAccount != "" {
		env = append(env, "REPORTS_STORAGE__accountName="+c.opts.StorageAccount)
	}
	return env
}

// EnvByHand is Env for a program that is started by hand: the app's secret takes the
// place of the vault.
func (c *Cloud) EnvByHand() []string {
	env := slices.DeleteFunc(c.Env(), func(line string) bool { return strings.HasPrefix(line, "KEY_VAULT_URL=") })
	return append(env, "AZURE_CLIENT_SECRET="+c.ClientSecret())
}

// Settings are those of Env by name.
func (c *Cloud) Settings() map[string]string {
	settings := map[string]string{}
	for _, line := range c.Env() {
		name, value, _ := strings.Cut(line, "=")
		settings[name] = value
	}
	return settings
}

// Client returns a client as Env makes one: https goes through the proxy, whose
// authority is trusted. Its idle connections end with Close.
func (c *Cloud) Client() *http.Client {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(c.ca.certPEM)
	proxyURL := &url.URL{Scheme: "http", Host: c.proxy.addr()}
	client := &http.Client{Transport: &http.Transport{
		Proxy: func(r *http.Request) (*url.URL, error) {
			if r.URL.Scheme != "https" {
				return nil, nil
			}
			return proxyURL, nil
		},
		TLSClientConfig:     &tls.Config{RootCAs: pool},
		MaxIdleConnsPerHost: 64,
	}}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clients = append(c.clients, client)
	return client
}

// Leaf returns a certificate of the cloud's authority; see Authority.Leaf.
func (c *Cloud) Leaf(hosts ...string) (certPEM, keyPEM []byte, err error) {
	return c.ca.Leaf(hosts...)
}

// SetBlobAddr sets the host:port to which *.blob.core.windows.net is passed on from
// now on.
func (c *Cloud) SetBlobAddr(addr string) { c.proxy.blobAddr.Store(&addr) }

// Counts returns the requests since the start or the last ResetCounts.
func (c *Cloud) Counts() Counts { return c.counts.snapshot() }

// ClientSecret returns the app's secret, for a program that uses no vault.
func (c *Cloud) ClientSecret() string { return c.app.current() }

// RotateSecret gives the app another secret, in Entra and in the vault. The previous
// one is refused from now on; the tokens that it got stay valid.
func (c *Cloud) RotateSecret() { c.app.rotate(c.keys) }

// Await returns once n requests of the kind have come in since the start or the
// last ResetCounts, answered or not, so that a test can act at a specific request.
// It fails with the context's error.
func (c *Cloud) Await(ctx context.Context, k Kind, n int) error { return c.counts.await(ctx, k, n) }

// ResetCounts counts from zero again.
func (c *Cloud) ResetCounts() { c.counts.reset() }

// Secrets returns everything issued so far that must never be written anywhere: vault
// values, the identity header, and the part of each token, refresh token, assertion,
// pre-authenticated address and webhook that makes it valid (a token's signature),
// which is in every full copy of it.
func (c *Cloud) Secrets() []string {
	return slices.Concat([]string{c.identity.header}, c.keys.secrets(), []string{c.webhooks.key})
}
