package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/md5"
	"encoding"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"golang.org/x/sync/errgroup"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
	"tenantrollup/internal/standin/m365"
)

// quick are faults that take no time, for the tests of the page.
var quick = []m365.Fault{
	m365.NoServicePrincipal, m365.NotConsented, m365.ConditionalAccess, m365.TenantGone,
	m365.RelationshipEnded, m365.NoRole, m365.Unlicensed, m365.HeaderOnly, m365.Ragged, m365.HTMLBody, m365.Stale,
}

// past writes earlier nights of all reports, and tonight's of those that are not
// run, into storage: as if they had been run, based on tonight's own run.
type past struct {
	night  *night
	key    run.Key // tonight's run
	record run.Checkpoint
	lines  []run.Line
	list   []byte
	rows   int // of a customer; 0: as many as fit a report that is not run
}

// reserve writes tonight's record for each report that is not run, so that the
// nightly trigger skips it.
func (n *night) reserve(ctx context.Context, reports []string) error {
	if _, err := n.place.Reports.Create(ctx, nil); err != nil && !bloberror.HasCode(err, bloberror.ContainerAlreadyExists) {
		return fmt.Errorf("create the container: %w", err)
	}
	p := past{night: n}
	now := n.began.UTC()
	for _, text := range reports {
		name, call, _ := strings.Cut(text, "=")
		cp := run.Checkpoint{
			Run: "0badcafe", Turn: "0001-00000000", State: run.StatePublished, Scope: run.ScopeMissing, Call: call,
			Slices: 1, Started: now, Updated: now,
		}
		key, err := run.ParseKey(name, now.Format(time.DateOnly))
		if err == nil {
			err = p.write(ctx, key, cp, nil)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// writePast writes that many nights before tonight's run, which is published.
func (n *night) writePast(ctx context.Context, nights int, reports []string) error {
	if nights == 0 && len(reports) == 0 {
		return nil
	}
	fmt.Fprintf(n.out, "Writing %d earlier nights of %d reports …\n", nights, len(n.reports)+len(reports))
	var first *past // on which the others are based
	writing, ctx := errgroup.WithContext(ctx)
	writing.SetLimit(8)
	for i, text := range slices.Concat(n.reports, reports) {
		name, call, _ := strings.Cut(text, "=")
		p := first
		if i < len(n.reports) {
			p = &past{night: n, key: run.Key{Report: name, Date: report.DateOf(n.began)}}
			if err := p.read(ctx); err != nil {
				return err
			}
			p.rows = p.record.Rows / max(p.record.WithData, 1)
			first = cmp.Or(first, p)
		}
		columns := p.columns(call)
		for ago := range nights + 1 {
			run, gone := i < len(n.reports) && ago == 0, nights > 3 && ago == (nights+3)/4
			if !run && !gone { // one night is missing, as after an outage
				writing.Go(func() error { return p.one(ctx, i, name, call, columns, ago) })
			}
		}
	}
	return writing.Wait()
}

// read reads tonight's run.
func (p *past) read(ctx context.Context) error {
	properties, err := p.night.place.Reports.NewBlobClient(p.key.String()+"/run.json").GetProperties(ctx, nil)
	if err != nil {
		return fmt.Errorf("read tonight's record: %w", err)
	}
	metadata := map[string]string{}
	for name, value := range properties.Metadata {
		metadata[strings.ToLower(name)] = *value
	}
	if p.record, err = run.ParseCheckpoint(metadata); err != nil {
		return err
	}
	if p.list, err = p.night.place.Blob(ctx, p.key.String()+"/customers.jsonl"); err != nil {
		return err
	}
	log, err := p.night.place.Blob(ctx, fmt.Sprintf("%s/%s_%s.errors.log", p.key, p.key.Report, p.key.Date))
	if err != nil {
		return err
	}
	for i, text := range strings.Split(strings.TrimSuffix(string(log), "\n"), "\n") {
		if i == 0 {
			continue // the header
		}
		line, err := run.ParseLine(text)
		if err != nil {
			return err
		}
		p.lines = append(p.lines, line)
	}
	return nil
}

// one writes the night that many days ago for the report with that index.
func (p *past) one(ctx context.Context, index int, name, call string, columns []string, ago int) error {
	key := run.Key{Report: name, Date: p.key.Date.AddDays(-ago)}
	chance := rand.New(rand.NewPCG(uint64(index), uint64(ago)))
	cp := p.record
	cp.Run, cp.Call, cp.State, cp.Blocks, cp.MD5 = fmt.Sprintf("%08x", index<<16|ago), call, run.StatePublished, nil, nil
	cp.Columns = columns
	cp.Started = key.Date.Time().Add(time.Hour + time.Duration(index)*40*time.Second)
	cp.Updated = cp.Started.Add(time.Duration(float64(18+index%7*9) * (0.9 + chance.Float64()/4) * float64(time.Second)))
	cp.Counts = run.Counts{Classes: cp.Classes.Warnings(), Refreshed: run.Span{Oldest: key.Date.AddDays(-3), Newest: key.Date.AddDays(-2)}}
	var lines []run.Line
	for i, line := range p.lines {
		if lacks(line.Failure.Class, i, index, ago) {
			line.Time = cp.Updated
			lines = append(lines, line)
			cp.AddLine(line.Failure.Class)
		}
	}
	cp.WithData = cp.Customers - len(lines)
	rows := float64(cp.WithData*cmp.Or(p.rows, 40+index*index%97)) * (0.97 + chance.Float64()/20)
	if index == 1 && ago <= 2 {
		rows *= 0.45 // somebody should look at this report
	}
	cp.Rows = int(rows)
	switch {
	case index == 3 && ago == 0:
		answered := cp.WithData + cp.NoData
		lines = p.outage(&cp, lines)
		cp.State, cp.Turn, cp.Rows = run.StateHeld, "0002-ffffffff", cp.Rows/9
		cp.Reason = fmt.Sprintf("Only %d of %d customers answered; on %s it was %d of %d. What to do: publish it as it is, or rerun all customers.",
			cp.WithData+cp.NoData, cp.Customers, key.Date.AddDays(-1), answered, cp.Customers)
	case index%11 == 5 && ago == 12:
		cp.State, cp.Reason = run.StateStopped, "The partner's secret has expired."
	}
	return p.write(ctx, key, cp, lines)
}

// outage has Microsoft refuse all but a ninth of the customers.
func (p *past) outage(cp *run.Checkpoint, lines []run.Line) []run.Line {
	for text := range bytes.Lines(p.list) {
		var customer run.Customer
		known := json.Unmarshal(text, &customer) == nil && customer.TenantID != ""
		lacks := slices.ContainsFunc(lines, func(line run.Line) bool { return line.Customer.TenantID == customer.TenantID })
		if known && !lacks && cp.WithData > cp.Customers/9 {
			cp.WithData--
			cp.AddLine(run.ServiceFault)
			lines = append(lines, run.Line{Time: cp.Updated, Customer: customer, Failure: run.Failure{
				Class: run.ServiceFault, Message: "graph.microsoft.com answered 503 ServiceUnavailable.", Remedy: "Nothing: the next run asks again.",
			}})
		}
	}
	return lines
}

// lacks: most customers failed only on a few of the last nights, some of them in a
// few reports.
func lacks(class run.Class, i, index, ago int) bool {
	switch class {
	case run.Excluded:
		return true
	case run.ConsentMissing, run.TenantGone, run.RelationshipEnded:
		return ago <= i*3%7 || i%5 == 0 && ago <= 21
	case run.NoData, run.NotLicensed:
		return (i+index)%3 == 0
	}
	return ago == 0 && (i+index)%9 == 0 || (i*7+index*5+ago)%61 == 0
}

// write writes the blobs of a run. One that is stopped has its record only, and the
// files of one that is held are staged.
func (p *past) write(ctx context.Context, key run.Key, cp run.Checkpoint, lines []run.Line) error {
	header, sum, err := csvOf(cp)
	if err != nil {
		return err
	}
	if cp.State == run.StateHeld {
		cp.Blocks, cp.MD5 = []run.Staged{{Slice: 1, CSV: 1, Log: 1}}, sum
	}
	metadata, err := cp.Metadata()
	if err != nil {
		return err
	}
	var body []byte
	if cp.State == run.StatePublished {
		if body, err = json.Marshal(cp.Record(key)); err != nil {
			return err
		}
	}
	if err := p.put(ctx, key.String()+"/run.json", body, metadata); err != nil || cp.State == run.StateStopped {
		return err
	}
	log := []byte(run.ErrorLogHeader)
	for _, line := range lines {
		log = line.Append(log)
	}
	if err := p.publish(ctx, key, cp, header, sum, log); err != nil {
		return err
	}
	if key.Date != p.key.Date {
		return nil
	}
	return p.put(ctx, key.String()+"/customers.jsonl", p.list, nil)
}

// csvOf is a CSV with its header only, and the state of its MD5 hash.
func csvOf(cp run.Checkpoint) (header, state []byte, err error) {
	header = []byte("\ufeff" + strings.Join(append([]string{"Customer Tenant Id", "Customer Name", "Customer Domain"}, cp.Columns...), ",") + "\r\n")
	sum := md5.New()
	sum.Write(header)
	state, err = sum.(encoding.BinaryMarshaler).MarshalBinary()
	return header, state, err
}

// publish writes the two files, as one block each, so that a rerun of the failed
// customers can add to them.
func (p *past) publish(ctx context.Context, key run.Key, cp run.Checkpoint, csv, sum, log []byte) error {
	stem := fmt.Sprintf("%s/%s_%s", key, key.Report, key.Date)
	for name, body := range map[string][]byte{stem + ".errors.log": log, stem + ".csv": csv} {
		blob, id := p.night.place.Reports.NewBlockBlobClient(name), run.BlockID(cp.Run, 1, 0)
		if _, err := blob.StageBlock(ctx, id, streaming.NopCloser(bytes.NewReader(body)), nil); err != nil {
			return fmt.Errorf("stage blob %s: %w", name, err)
		}
		if cp.State == run.StateHeld {
			continue
		}
		metadata := map[string]*string{"run": &cp.Run, "restarts": new("0"), "md5": new(base64.RawURLEncoding.EncodeToString(sum))}
		if _, err := blob.CommitBlockList(ctx, []string{id}, &blockblob.CommitBlockListOptions{Metadata: metadata}); err != nil {
			return fmt.Errorf("commit blob %s: %w", name, err)
		}
	}
	return nil
}

// columns are those of the report's call, as a customer without a fault has them.
func (p *past) columns(call string) []string {
	if call == p.record.Call {
		return p.record.Columns
	}
	for _, customer := range p.night.place.Cloud.Customers() {
		if customer.Fault == m365.None {
			header, _, _ := strings.Cut(string(p.night.place.Cloud.Served(customer.TenantID, call)), "\n")
			return strings.Split(strings.Trim(header, "\ufeff\r"), ",")
		}
	}
	return nil
}

func (p *past) put(ctx context.Context, name string, body []byte, metadata map[string]string) error {
	pointers := map[string]*string{}
	for key, value := range metadata {
		pointers[key] = &value
	}
	_, err := p.night.place.Reports.NewBlockBlobClient(name).Upload(ctx, streaming.NopCloser(bytes.NewReader(body)), &blockblob.UploadOptions{Metadata: pointers})
	if err != nil {
		return fmt.Errorf("write blob %s: %w", name, err)
	}
	return nil
}

// fire fires the nightly trigger and waits for the night.
func (n *night) fire(ctx context.Context) error {
	if err := n.place.Host.FireTimer(ctx, "nightly", n.began, false); err != nil {
		return fmt.Errorf("fire the nightly trigger: %w", err)
	}
	if err := n.place.Host.Idle(ctx); err != nil {
		return fmt.Errorf("the night did not end: %w\n%s", err, n.place.Console())
	}
	return nil
}
