package main_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"tenantrollup/internal/run"
	"tenantrollup/internal/standin"
	"tenantrollup/internal/standin/functionshost"
	"tenantrollup/internal/standin/m365"
)

// binary is the handler under test, the one that ships.
var binary string

// A new Azurite costs seconds, so stories take one that another story has left
// empty. All have a certificate of one authority.
var (
	authority *m365.Authority
	storages  = make(chan *standin.Storage, storiesAtOnce)
)

const storiesAtOnce = 8 // most of a story is waiting

func TestMain(m *testing.M) {
	flag.Parse()
	flag.Set("test.parallel", strconv.Itoa(storiesAtOnce))
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "tenant-rollup-")
		if err == nil {
			defer os.RemoveAll(dir)
			binary, err = standin.Build(context.Background(), "..", dir, "./handler")
		}
		if err == nil {
			authority, err = m365.NewAuthority()
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer closeStorages()
		return m.Run()
	}())
}

// place is a standin.Place with what the stories need.
type place struct {
	*standin.Place
	hands   *hands // nil, if there are a host and storage
	t       *testing.T
	due     time.Time // tonight's trigger
	today   string
	answers []string // bodies of all HTTP answers, for the search for secrets
	asked   int      // report calls before what await waits for
}

func newPlace(t *testing.T, p *standin.Place, due time.Time) *place {
	return &place{Place: p, t: t, due: due, today: due.Format(time.DateOnly)}
}

// clocks are the host's, scaled down: what takes minutes there takes
// milliseconds here.
var clocks = functionshost.Clocks{MaxPollingInterval: 20 * time.Millisecond, Lease: 50 * time.Millisecond, StopLimit: 50 * time.Millisecond, VisibilityTimeout: 200 * time.Millisecond, RetryDelay: 50 * time.Millisecond, Window: 3 * time.Second, CrashGap: time.Millisecond}

func open(t *testing.T, cloud m365.Options, settings map[string]string) *place {
	t.Helper()
	return openWith(t, clocks, cloud, settings)
}

func openWith(t *testing.T, clocks functionshost.Clocks, cloud m365.Options, settings map[string]string) *place {
	t.Helper()
	return openFor(t, clocks, cloud, func(*m365.Cloud) map[string]string { return settings })
}

// openFor takes settings that name some of the cloud's customers.
func openFor(t *testing.T, clocks functionshost.Clocks, cloud m365.Options, settings func(*m365.Cloud) map[string]string) *place {
	t.Helper()
	return start(t, standin.Options{Handler: binary, Cloud: cloud, Clocks: clocks, Settings: settings})
}

// start opens a place in this repository and closes it after the test.
func start(t *testing.T, o standin.Options) *place {
	t.Helper()
	o.Root, o.Cloud.Authority = "..", authority
	if o.Cloud.Today.IsZero() {
		o.Cloud.Today = begin()
	}
	o.Storage = takeStorage(t)
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	p, err := standin.Start(ctx, o)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	opened := newPlace(t, p, o.Cloud.Today)
	t.Cleanup(func() {
		opened.searchForSecrets()
		if t.Failed() {
			t.Log(opened.Console())
		}
		err := p.Close()
		if err != nil {
			t.Error(err)
		}
		leaveStorage(o.Storage, err == nil)
		cancel()
	})
	return opened
}

func takeStorage(t *testing.T) *standin.Storage {
	t.Helper()
	select {
	case s := <-storages:
		return s
	default:
	}
	certPEM, keyPEM, err := authority.Leaf(standin.StorageHost)
	if err != nil {
		t.Fatal(err)
	}
	s, err := standin.StartStorage(context.Background(), "..", certPEM, keyPEM)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// leaveStorage keeps it for another story. While a test waits for its subtests, more of
// them can be open than run at once.
func leaveStorage(s *standin.Storage, empty bool) {
	if empty {
		select {
		case storages <- s:
			return
		default:
		}
	}
	s.Close()
}

func closeStorages() {
	close(storages)
	for s := range storages {
		s.Close()
	}
}

// searchForSecrets looks for every secret, token and pre-authenticated address that the
// cloud has handed out in everything that the handler has left behind.
func (p *place) searchForSecrets() {
	p.t.Helper()
	left := map[string]string{"the console": p.Console(), "the answers": strings.Join(p.answers, "\n")}
	if p.hands != nil {
		maps.Copy(left, p.hands.files())
	} else {
		maps.Copy(left, p.blobs())
	}
	secrets := p.Cloud.Secrets()
	if len(secrets) == 0 {
		p.t.Error("the cloud knows no secret to search for")
	}
	var shapes []string
	for _, secret := range secrets {
		shapes = append(shapes, shapesOf(secret)...)
	}
	secret := searchFor(p.t, shapes)
	for where, text := range left {
		if end, found := secret.in(text); found {
			p.t.Errorf("%s holds a secret: %.400q", where, text[max(0, end-300):])
		}
	}
}

// blobs are all blobs in storage by their names, with their content and metadata.
func (p *place) blobs() map[string]string {
	left := map[string]string{}
	pager := p.Reports.NewListBlobsFlatPager(&container.ListBlobsFlatOptions{Include: container.ListBlobsInclude{Metadata: true}})
	for pager.More() {
		page, err := pager.NextPage(context.Background())
		if err != nil {
			break // a night that published nothing has no container
		}
		for _, item := range page.Segment.BlobItems {
			text, err := p.Blob(context.Background(), *item.Name)
			if err != nil {
				p.t.Error(err)
			}
			left["blob "+*item.Name] = fmt.Sprint(string(text), metadataText(item.Metadata))
		}
	}
	return left
}

func metadataText(metadata map[string]*string) string {
	var text strings.Builder
	for key, value := range metadata {
		fmt.Fprintln(&text, key, *value)
	}
	return text.String()
}

// night fires the nightly trigger and waits until there is nothing left to do.
func (p *place) night() {
	p.t.Helper()
	if p.hands != nil {
		p.hands.start()
		p.idle()
		return
	}
	if err := p.Host.FireTimer(p.t.Context(), "nightly", p.due, false); err != nil {
		p.t.Fatal(err)
	}
	p.idle()
}

func (p *place) idle() {
	p.t.Helper()
	if p.hands != nil {
		p.hands.wait()
		return
	}
	ctx, cancel := context.WithTimeout(p.t.Context(), 90*time.Second)
	defer cancel()
	if err := p.Host.Idle(ctx); err != nil {
		p.t.Fatal(err)
	}
}

// call makes an HTTP request with the function's own key.
func (p *place) call(method, path, function, body string) (status int, answer string) {
	p.t.Helper()
	status, text, err := p.Host.Call(p.t.Context(), method, path, function, body)
	if err != nil {
		p.t.Fatal(err)
	}
	p.answers = append(p.answers, string(text))
	return status, string(text)
}

// record asks the runs API, or looks into the folder.
func (p *place) record(report, date string) run.Status {
	p.t.Helper()
	if p.hands != nil {
		return p.hands.status(report, date)
	}
	status, body := p.call(http.MethodGet, "/api/runs/"+report+"/"+date, "runs", "")
	var record run.Status
	if err := json.Unmarshal([]byte(body), &record); status != http.StatusOK || err != nil {
		p.t.Fatalf("runs answered %d %s, %v", status, body, err)
	}
	return record
}

func (p *place) blob(name string) []byte {
	p.t.Helper()
	if p.hands != nil {
		text, err := os.ReadFile(filepath.Join(p.hands.dir, filepath.FromSlash(name)))
		if err != nil {
			p.t.Fatal(err)
		}
		return text
	}
	text, err := p.Blob(p.t.Context(), name)
	if err != nil {
		p.t.Fatal(err)
	}
	return text
}

// publication is a published file, read by its own reader.
type publication struct {
	header []string
	rows   map[string][][]string // by tenant id
	order  []string              // of the tenants
}

func (p *place) published(name string) publication {
	p.t.Helper()
	text := p.blob(fmt.Sprintf("%s/%s/%[1]s_%[2]s.csv", name, p.today))
	text, ok := bytes.CutPrefix(text, []byte("\ufeff"))
	if !ok {
		p.t.Error("the file has no byte order mark")
	}
	records, err := csv.NewReader(bytes.NewReader(text)).ReadAll() // holds all to one number of fields
	if err != nil {
		p.t.Fatal(err)
	}
	r := publication{header: records[0], rows: map[string][][]string{}}
	for _, record := range records[1:] {
		if r.rows[record[0]] == nil {
			r.order = append(r.order, record[0])
		}
		r.rows[record[0]] = append(r.rows[record[0]], record)
	}
	return r
}

// failures are the error log's lines by tenant id.
func (p *place) failures(name string) map[string]run.Line {
	p.t.Helper()
	text := p.blob(fmt.Sprintf("%s/%s/%[1]s_%[2]s.errors.log", name, p.today))
	body, ok := strings.CutPrefix(string(text), run.ErrorLogHeader)
	if !ok {
		p.t.Fatalf("the error log begins with %.80q", text)
	}
	lines := map[string]run.Line{}
	for text := range strings.Lines(body) {
		line, err := run.ParseLine(strings.TrimSuffix(text, "\n"))
		if err != nil {
			p.t.Fatal(err)
		}
		if _, twice := lines[line.Customer.TenantID]; twice {
			p.t.Errorf("tenant %s is in the error log twice", line.Customer.TenantID)
		}
		lines[line.Customer.TenantID] = line
	}
	return lines
}
