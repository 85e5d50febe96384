package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tenantrollup/internal/run"
	"tenantrollup/internal/standin/azurite"
	"tenantrollup/internal/standin/functionshost"
	"tenantrollup/internal/standin/m365"
)

const (
	reportName = "mailbox-usage"
	reportCall = "getMailboxUsageDetail(period='D7')"
)

// redelivery is how long a killed handler's message stays hidden: two minutes
// at Microsoft's, which would be waiting and nothing else.
const redelivery = 200 * time.Millisecond

// place is everything around one handler, as standin.Place, but with the
// simulator in a process of its own.
type place struct {
	*cloud
	storage  *azurite.Server
	host     *functionshost.Host
	root     string // of the function app
	settings map[string]string
	console  tail
}

func openPlace(ctx context.Context, root, handler string, options m365.Options, settings map[string]string) (*place, error) {
	p := &place{}
	if err := p.open(ctx, root, handler, options, settings); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

func (p *place) open(ctx context.Context, root, handler string, options m365.Options, settings map[string]string) (err error) {
	options.StorageAccount = storageAccount
	if p.cloud, err = startCloud(ctx, options); err != nil {
		return err
	}
	key := make([]byte, 64)
	rand.Read(key)
	p.storage, err = azurite.Start(ctx, azurite.Options{
		Dir: filepath.Join(root, "test"), CertPEM: p.CertPEM, KeyPEM: p.KeyPEM,
		Account: storageAccount, Key: base64.StdEncoding.EncodeToString(key),
	})
	if err != nil {
		return err
	}
	if err := p.setStorage(ctx, p.storage.Addr()); err != nil {
		return err
	}
	if err := p.stage(root); err != nil {
		return fmt.Errorf("stage the function app: %w", err)
	}
	p.settings = map[string]string{
		"AzureWebJobsStorage__accountName": storageAccount,
		"NIGHTLY_SCHEDULE":                 "0 0 1 * * *",
		"REPORTS":                          reportName + "=" + reportCall,
	}
	for _, line := range p.Env {
		name, value, _ := strings.Cut(line, "=")
		p.settings[name] = value
	}
	maps.Copy(p.settings, settings)
	p.host, err = functionshost.Start(ctx, functionshost.Options{
		ScriptRoot: p.root, Binary: handler, Settings: p.settings, BlobAddr: p.storage.Addr(),
		// The host gives up where a handler ends too often within a minute; here the
		// kills are the measurement's.
		Clocks: functionshost.Clocks{VisibilityTimeout: redelivery, CrashGap: time.Millisecond},
		Stdout: &p.console, Stderr: &p.console,
	})
	return err
}

func (p *place) stage(root string) (err error) {
	if p.root, err = os.MkdirTemp("", "tenant-rollup-app-"); err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(root, "host.json"))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(p.root, "host.json"), text, 0o600); err != nil {
		return err
	}
	return os.CopyFS(p.root, os.DirFS(filepath.Join(root, "function")))
}

// record asks the runs API for the night's run.
func (p *place) record(ctx context.Context, date string) (run.Record, error) {
	var record run.Record
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.host.URL()+"/api/runs/"+reportName+"/"+date, nil)
	if err != nil {
		return record, err
	}
	request.Header.Set("x-functions-key", p.host.FunctionKey("runs"))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return record, fmt.Errorf("ask for the run: %w", err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s", response.Status, text)
	}
	if err != nil {
		return record, fmt.Errorf("ask for the run: %w", err)
	}
	return record, json.Unmarshal(text, &record)
}

// rowsByTenant follows the API's link to the published file, as a person would,
// and counts its rows.
func (p *place) rowsByTenant(ctx context.Context, date string) (map[string]int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.host.URL()+"/api/runs/"+reportName+"/"+date+"/csv", nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("x-functions-key", p.host.FunctionKey("runs"))
	// The storage's certificate is of an authority that the place made itself.
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	defer client.CloseIdleConnections()
	response, err := client.Do(request)
	if err != nil {
		return nil, errors.New("download the file: the link leads nowhere") // err would show it
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("download the file: %s", response.Status)
	}
	rows := csv.NewReader(response.Body)
	rows.ReuseRecord = true
	byTenant := map[string]int{}
	for {
		record, err := rows.Read()
		if err == io.EOF {
			return byTenant, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read the file: %w", err)
		}
		if line, _ := rows.FieldPos(0); line > 1 {
			byTenant[strings.Clone(record[0])]++
		}
	}
}

func (p *place) close() error {
	var errs []error
	if p.host != nil {
		errs = append(errs, p.host.Close())
	}
	if p.storage != nil {
		errs = append(errs, p.storage.Close())
	}
	if p.cloud != nil {
		p.cloud.close()
	}
	if p.root != "" {
		errs = append(errs, os.RemoveAll(p.root))
	}
	return errors.Join(errs...)
}
