package main_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/run"
	"tenantrollup/internal/standin/m365"
)

// That the order is also the same is shown by rollup's own test, on a clock that a busy
// machine can't slow down: here, a slice of two seconds may well set a customer aside.
func TestManySlicesPublishTheRowsThatOneDoes(t *testing.T) {
	t.Parallel()
	var csv, log [2][]byte
	today := begin()
	for i, settings := range []map[string]string{{"CONCURRENCY": "4"}, twoSlices} {
		cloud := slowly(11)
		cloud.Today = today
		cloud.Faults = map[int]m365.Fault{3: m365.HeaderOnly, 20: m365.NoRole, 41: m365.CRLF, 60: m365.Ragged, 77: m365.NotConsented}
		p := open(t, cloud, settings)
		p.night()
		csv[i] = p.blob(fmt.Sprintf("mailbox-activity/%s/mailbox-activity_%[1]s.csv", p.today))
		log[i] = withoutTimes(p.blob(fmt.Sprintf("mailbox-activity/%s/mailbox-activity_%[1]s.errors.log", p.today)))
		if record := p.record("mailbox-activity", p.today); (record.Slices > 1) != (i > 0) {
			t.Errorf("slices: %d", record.Slices)
		}
	}
	if one, several := sortedLines(csv[0]), sortedLines(csv[1]); !slices.Equal(one, several) {
		t.Errorf("the csv of one slice has %d lines, of several %d, or they differ", len(one), len(several))
	}
	if !slices.Equal(sortedLines(log[0]), sortedLines(log[1])) {
		t.Errorf("error logs:\n%s\n%s", log[0], log[1])
	}
}

func sortedLines(text []byte) []string {
	return slices.Sorted(strings.Lines(string(text)))
}

// withoutTimes drops the columns that no two nights have in common.
func withoutTimes(log []byte) []byte {
	var out []byte
	for line := range bytes.Lines(log) {
		fields := bytes.Split(line, []byte("\t"))
		out = append(append(out, bytes.Join(fields[1:len(fields)-1], []byte("\t"))...), '\n')
	}
	return out
}

func TestSlowCustomersEndInTheirOwnClasses(t *testing.T) {
	t.Parallel()
	cloud := slowly(12)
	cloud.Tuning.HugeRows = 20_000 // 3 MB
	cloud.Faults = map[int]m365.Fault{
		5: m365.Huge, 10: m365.ThrottledLong, 20: m365.NeverAnswers, 30: m365.Drip,
	}
	p := open(t, cloud, map[string]string{"REPORTS": "details=" + detailCall, "EXECUTION_BUDGET": "4s"})
	began := time.Now()
	p.night()
	took := time.Since(began)

	record, published, failures := p.record("details", p.today), p.published("details"), p.failures("details")
	if record.WithData != many-3 || record.Failed != 3 {
		t.Errorf("record: %+v", record)
	}
	for _, c := range p.Cloud.Customers() {
		line := failures[c.TenantID]
		switch c.Fault {
		case m365.ThrottledLong:
			if line.Failure.Class != run.Throttled {
				t.Errorf("fault %q: %+v", c.Fault, line)
			}
		case m365.NeverAnswers, m365.Drip:
			if line.Failure.Class != run.ServiceFault || !strings.Contains(line.Failure.Message, "did not arrive") {
				t.Errorf("fault %q: %+v", c.Fault, line)
			}
		case m365.Huge:
			if rows := len(published.rows[c.TenantID]); rows != cloud.Tuning.HugeRows {
				t.Errorf("fault %q: %d rows", c.Fault, rows)
			}
		default:
			// A slice of seconds is over before a slow customer is set aside, and those
			// after it are asked again: once for each slow one, and on a busy machine
			// for the large one too.
			if n := p.Cloud.Counts().Tenants[c.TenantID][m365.KindReport]; n > 1+len(cloud.Faults) {
				t.Errorf("customer %d was asked %d times", c.Index, n)
			}
		}
	}
	t.Logf("%d slices, %s", record.Slices, took.Round(time.Second))
}

func TestNobodyIsGivenUpForAMinuteOfThrottling(t *testing.T) {
	t.Parallel()
	cloud := slowly(13)
	cloud.Faults = map[int]m365.Fault{5: m365.HeaderOnly}
	p := open(t, cloud, map[string]string{"CONCURRENCY": "16"})
	release := p.Cloud.Hold(m365.KindReport, many/4)
	p.Host.Enqueue("rollup-runs", p.message("night"))
	p.await(many/4 + 1)
	p.Cloud.SetOutage(m365.ThrottledAll, true)
	release()
	time.Sleep(12 * time.Second) // several of the pauses that a host gets
	p.Cloud.SetOutage(m365.ThrottledAll, false)
	p.idle()
	if record := p.record("night", p.today); record.WithData != many-1 || record.NoData != 1 {
		t.Errorf("record: %+v", record)
	}
}
