package main

import (
	"context"
	"crypto/tls"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"time"

	"tenantrollup/internal/run"
	"tenantrollup/internal/standin"
	"tenantrollup/internal/standin/functionshost"
	"tenantrollup/internal/standin/m365"
)

const (
	reportName = "mailbox-usage"
	reportCall = "getMailboxUsageDetail(period='D7')"
)

// redelivery is how long a killed handler's message stays hidden. In Azure it is two
// minutes, which would be nothing but waiting.
const redelivery = 200 * time.Millisecond

// poll is the longest pause between looks at an idle queue. In Azure it is ten
// seconds, which would be in the measurement.
const poll = 10 * time.Millisecond

// place is everything around one handler, like standin.Place, but with the simulator
// in a separate process.
type place struct {
	*cloud
	*standin.Azure
	storage *standin.Storage
}

func (h *harness) openPlace(ctx context.Context, b build, options m365.Options, settings map[string]string) (*place, error) {
	options.StorageAccount = standin.StorageAccount
	options.TakeAudienceListOfOldBuilds, options.TakeVaultVersionOfOldBuilds = b.old, b.old
	startStorage := standin.StartStorage
	if b.old {
		startStorage = standin.StartLenientStorage
	}
	cloud, err := startCloud(ctx, options)
	if err != nil {
		return nil, err
	}
	all := map[string]string{"REPORTS": reportName + "=" + reportCall}
	maps.Copy(all, cloud.Settings)
	maps.Copy(all, settings)
	storage, err := startStorage(ctx, h.root, cloud.CertPEM, cloud.KeyPEM)
	if err != nil {
		cloud.close()
		return nil, err
	}
	azure, err := standin.StartAzure(ctx, standin.AzureOptions{
		Root: b.root, Handler: b.handler, Settings: all, Storage: storage,
		StorageReady: func(addr string) error { return cloud.setStorage(ctx, addr) },
		// The host gives up if a handler ends too often within a minute, but these kills
		// belong to the measurement.
		Clocks: functionshost.Clocks{MaxPollingInterval: poll, VisibilityTimeout: redelivery, CrashGap: time.Millisecond},
	})
	if err != nil {
		storage.Close()
		cloud.close()
		return nil, err
	}
	return &place{cloud, azure, storage}, nil
}

// spent is what a night took.
type spent struct {
	wall   time.Duration // from the trigger until it was published
	usage  usage         // of the handler, its start not counted
	counts tally
}

// measure fires the trigger of a night, which lasts until wait returns.
func (p *place) measure(ctx context.Context, begin time.Time, wait func() error) (s spent, err error) {
	pid := p.Host.PID()
	before := usageOf(pid)
	if err := p.Host.FireTimer(ctx, "nightly", begin, false); err != nil {
		return spent{}, err
	}
	if err := wait(); err != nil {
		return spent{}, err
	}
	s.wall = time.Since(begin)
	if s.usage = usageOf(pid); s.usage.known {
		s.usage.cpu -= before.cpu
	}
	s.counts, err = p.counts(ctx)
	return s, err
}

// record asks the runs API for the night's run.
func (p *place) record(ctx context.Context, date string) (run.Status, error) {
	return p.recordOf(ctx, reportName, date)
}

func (p *place) recordOf(ctx context.Context, report, date string) (run.Status, error) {
	var record run.Status
	status, text, err := p.Host.Call(ctx, http.MethodGet, "/api/runs/"+report+"/"+date, "runs", "")
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("answered %d %s", status, text)
	}
	if err != nil {
		return record, fmt.Errorf("ask for the run: %w", err)
	}
	return record, json.Unmarshal(text, &record)
}

// rowsByTenant follows the API's link to the published file, as a person would,
// and counts its rows.
func (p *place) rowsByTenant(ctx context.Context, date string) (map[string]int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.Host.URL()+"/api/runs/"+reportName+"/"+date+"/csv", nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("x-functions-key", p.Host.FunctionKey("runs"))
	// The storage's certificate is from an authority that the place made itself.
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
	defer p.cloud.close()
	return errors.Join(p.Azure.Close(), p.storage.Close())
}
