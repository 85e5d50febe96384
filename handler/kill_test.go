package main_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
	"tenantrollup/internal/standin/functionshost"
	"tenantrollup/internal/standin/m365"
)

// many takes two slices of the shortest budget, four customers at a time.
const many = 80

func slowly(seed uint64) m365.Options {
	return m365.Options{
		Customers: many, Seed: seed, CallLimit: 1000,
		Latency: m365.Latency{Token: 10 * time.Millisecond, Report: 40 * time.Millisecond, Download: 25 * time.Millisecond},
	}
}

var twoSlices = map[string]string{"CONCURRENCY": "4", "EXECUTION_BUDGET": "2s"}

// varying is a cloud whose customers answer differently at each attempt, so that what
// is done twice can't be equal by chance.
func varying(seed uint64) m365.Options {
	cloud := slowly(seed)
	cloud.Vary = true
	return cloud
}

// message requests a run with that name, as the nightly function does.
func (p *place) message(name string) string { return messageOf(name, countsCall, p.today) }

func messageOf(name, call, date string) string {
	text, err := json.Marshal(run.Message{
		Run: fmt.Sprintf("%08x", rand.Uint32()), Turn: "0001-00000000", Report: name, Call: call,
		Date: report.Date(date), Scope: run.ScopeMissing,
	})
	if err != nil {
		panic(err)
	}
	return string(text)
}

// await waits until that many report calls have been made, since the last kill if there
// was one.
func (p *place) await(calls int) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), time.Minute)
	defer cancel()
	if err := p.Cloud.Await(ctx, m365.KindReport, p.asked+calls); err != nil {
		p.t.Fatal(err)
	}
}

func (p *place) reportCalls() int { return p.Cloud.Counts().Kinds[m365.KindReport].Requests }

// classOf is the class that the refusal of an attempt has.
var classOf = map[m365.Fault]run.Class{
	m365.HeaderOnly: run.NoData, m365.Unlicensed: run.NotLicensed, m365.NoRole: run.ConsentMissing, m365.ServerError: run.ServiceFault,
}

// accounted checks the one rule of a published night: each customer's rows come from
// exactly one attempt, or it has exactly one line, which fits one.
func (p *place) accounted(name string) {
	p.t.Helper()
	published, failures, record := p.published(name), p.failures(name), p.record(name, p.today)
	if record.State != run.StatePublished || record.WithData != len(published.rows) || record.Customers != len(published.rows)+len(failures) {
		p.t.Errorf("%s: %d customers in the csv, %d in the log, record %+v", name, len(published.rows), len(failures), record)
	}
	for _, c := range p.Cloud.Customers() {
		rows, line := published.rows[c.TenantID], failures[c.TenantID]
		attempts := p.Cloud.Attempts(c.TenantID, countsCall)
		fits := slices.ContainsFunc(attempts, func(a m365.Attempt) bool {
			if len(rows) == 0 {
				return classOf[a.Fault] == line.Failure.Class
			}
			return a.Body != nil && sameRows(published.header, rows, a.Body)
		})
		if (len(rows) > 0) == (line.Failure.Class != "") || !fits {
			p.t.Errorf("%s: customer %d has %d rows, class %q, which is none of its %d attempts", name, c.Index, len(rows), line.Failure.Class, len(attempts))
		}
	}
}

func sameRows(header []string, rows [][]string, body []byte) bool {
	served, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(body, []byte("\ufeff")))).ReadAll()
	if err != nil || len(served)-1 != len(rows) {
		return false
	}
	for i, row := range rows {
		for column := 3; column < len(header); column++ {
			want := ""
			if at := slices.Index(served[0], header[column]); at >= 0 {
				want = served[i+1][at]
			}
			if row[column] != want {
				return false
			}
		}
	}
	return true
}

func TestKilledAtARandomMoment(t *testing.T) {
	t.Parallel()
	for where, open := range everywhere {
		for quarter := range 4 {
			t.Run(fmt.Sprintf("five nights with one kill each, %d, %s", quarter+1, where), func(t *testing.T) {
				t.Parallel()
				p := open(t, varying(uint64(quarter)), always(twoSlices))
				for i := range 5 {
					name, moment := fmt.Sprintf("night-%d", i), rand.IntN(many)
					t.Logf("%s is killed after %d calls", name, moment)
					p.asked = p.reportCalls()
					p.queue(name)
					p.await(moment + 1)
					p.kill()
					p.idle()
					p.accounted(name)
				}
			})
		}
		t.Run("one night with nine kills, "+where, func(t *testing.T) {
			t.Parallel()
			p := open(t, varying(9), always(twoSlices))
			p.queue("night")
			for range 9 {
				p.await(rand.IntN(many/10) + 1)
				p.kill()
			}
			p.idle()
			p.accounted("night")
		})
	}
}

func TestHostIsLost(t *testing.T) {
	t.Parallel()
	p := open(t, varying(4), twoSlices)
	release := p.Cloud.Hold(m365.KindReport, many/2)
	p.Host.Enqueue("rollup-runs", p.message("night"))
	p.await(many/2 + 1)
	if err := p.Host.LoseHost(t.Context()); err != nil {
		t.Fatal(err)
	}
	release()
	p.idle()
	p.accounted("night")
}

// The container sends SIGTERM. The host never does.
func TestToldToStop(t *testing.T) {
	t.Parallel()
	for where, open := range everywhere {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			p := open(t, slowly(5), always(map[string]string{"CONCURRENCY": "4"}))
			release := p.Cloud.Hold(m365.KindReport, many/4)
			p.queue("night")
			p.await(many/4 + 1)
			if done := p.record("night", p.today).Progress.Done; done != 0 {
				t.Fatalf("%d customers were saved before it was told to stop", done)
			}
			p.tellToStop()
			release()
			p.idle()
			if record := p.record("night", p.today); record.WithData != many || record.Slices != 2 {
				t.Errorf("record: %+v", record)
			}
			if n := p.Cloud.Counts().Kinds[m365.KindOrganization].Requests; n > many+8 {
				t.Errorf("%d customers were asked, want %d and those in flight: what was done was saved", n, many)
			}
		})
	}
}

// tellToStop ends the process, by Ctrl-C if a person started it.
func (p *place) tellToStop() {
	p.t.Helper()
	if p.hands != nil {
		p.hands.signal(os.Interrupt)
		for _, want := range []string{"is not published: it was interrupted.", "Stopped. The work so far is saved. To continue: handler night -report"} {
			if !strings.Contains(p.Console(), want) {
				p.t.Errorf("no %q in %s", want, p.Console())
			}
		}
		p.hands.start(p.hands.args...)
		return
	}
	handler, err := os.FindProcess(p.Host.PID())
	if err == nil {
		err = handler.Signal(syscall.SIGTERM)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

func TestHostLeavesTheHandlerBehind(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*functionshost.Host, context.Context) error{
		"when it is killed":                     (*functionshost.Host).KillHost,
		"when it stops before the work is done": (*functionshost.Host).StopHost,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hidden := clocks
			hidden.Window = 5 * time.Second
			p := openWith(t, hidden, slowly(10), map[string]string{"CONCURRENCY": "4"})
			release := p.Cloud.Hold(m365.KindReport, many/4)
			p.Host.Enqueue("rollup-runs", p.message("night"))
			p.await(many/4 + 1)
			if done := p.record("night", p.today).Progress.Done; done != 0 {
				t.Fatalf("%d customers were saved before the host ended", done)
			}
			if err := end(p.Host, t.Context()); err != nil {
				t.Fatal(err)
			}
			for p.record("night", p.today).Progress.Done == 0 {
				if p.Host.Messages("rollup-runs")[0].DequeueCount > 1 {
					t.Fatal("nothing was saved before the other began")
				}
			}
			release()
			left := p.Host.LeftBehind()
			if len(left) != 1 {
				t.Fatalf("left behind: %v", left)
			}
			answer, err := http.Get(left[0].URL)
			if err != nil {
				t.Fatalf("the handler no longer serves: %v", err)
			}
			answer.Body.Close()
			p.idle()
			if record := p.record("night", p.today); record.WithData != many || record.Slices != 2 {
				t.Errorf("record: %+v", record)
			}
			if n := p.Cloud.Counts().Kinds[m365.KindOrganization].Requests; n > many+8 {
				t.Errorf("%d customers were asked, want %d and those in flight: what was done was saved", n, many)
			}
		})
	}
}

func TestLineThatCannotBeWrittenEndsNothing(t *testing.T) {
	t.Parallel()
	p := open(t, m365.Options{Customers: few, Seed: 11}, nil)
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	read.Close()
	defer write.Close()
	port := freePort(t)
	handler := exec.CommandContext(t.Context(), binary)
	handler.Env, handler.Stdout, handler.Stderr = p.Host.HandlerEnv(port), write, write
	if err := handler.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		handler.Process.Kill()
		handler.Wait()
	}()
	address := fmt.Sprintf("http://127.0.0.1:%d/", port)
	for end := time.Now().Add(time.Minute); ; {
		answer, err := http.Get(address)
		if err == nil {
			answer.Body.Close()
			break
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
	for range 2 { // each leaves a line
		answer, err := http.Post(address+"nobody", "application/json", strings.NewReader("{}"))
		if err != nil {
			t.Fatalf("the handler has ended: %v", err)
		}
		answer.Body.Close()
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

// other starts a second host on the same storage.
func (p *place) other() *functionshost.Host {
	p.t.Helper()
	host, err := p.StartHost(context.Background())
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { host.Close() })
	return host
}

func TestDeliveredTwiceWhileTheFirstIsAtWork(t *testing.T) {
	t.Parallel()
	// As in production, a message comes back later than a slice takes to save
	// something: otherwise two slices could take the run from each other endlessly.
	patient := clocks
	patient.VisibilityTimeout = 8 * time.Second
	const concurrency = 2
	p := openWith(t, patient, varying(6), map[string]string{"CONCURRENCY": fmt.Sprint(concurrency)}) // one slice, of some seconds
	other, m := p.other(), p.message("night")
	release := p.Cloud.Hold(m365.KindReport, many/4)
	p.Host.Enqueue("rollup-runs", m)
	p.await(many/4 + concurrency)
	other.Enqueue("rollup-runs", m)
	p.await(many/4 + concurrency + 1) // the other is at work, too
	release()
	p.idle()
	if err := other.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.accounted("night")
	if !strings.Contains(p.Console(), run.ErrRefused.Error()) {
		t.Error("the older slice did not find out that it has lost its run")
	}
	if poison := len(p.Host.Poison("rollup-runs")) + len(other.Poison("rollup-runs")); poison > 0 {
		t.Errorf("%d messages were given up", poison)
	}
}

func TestTwoNightsAndARequestAtOnce(t *testing.T) {
	t.Parallel()
	p := open(t, varying(7), twoSlices)
	other := p.other()
	release := p.Cloud.Hold(m365.KindReport, 0)
	p.Host.Enqueue("rollup-runs", p.message("mailbox-activity"))
	other.Enqueue("rollup-runs", p.message("mailbox-activity"))
	p.await(1)
	status, answer := p.call(http.MethodPost, "/api/runs", "rerun", "{}")
	if status != http.StatusAccepted {
		t.Fatalf("rerun answered %d %s", status, answer)
	}
	started := p.record("mailbox-activity", p.today)
	release()
	p.idle()
	if err := other.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.accounted("mailbox-activity")
	if record := p.record("mailbox-activity", p.today); record.Run != started.Run {
		t.Errorf("run %s was published, but %s was requested three times", record.Run, started.Run)
	}
}

func TestRequestRevivesARunWhoseMessagesAreGone(t *testing.T) {
	t.Parallel()
	p := open(t, varying(8), twoSlices)
	release := p.Cloud.Hold(m365.KindReport, many/2)
	p.Host.Enqueue("rollup-runs", p.message("mailbox-activity"))
	p.await(many/2 + 1)
	if err := p.Host.Close(); err != nil { // the queue is gone with it
		t.Fatal(err)
	}
	release()
	p.Host = p.other()
	begun := p.record("mailbox-activity", p.today)
	if begun.State != run.StateRunning {
		t.Fatalf("record: %+v", begun)
	}
	if status, answer := p.call(http.MethodPost, "/api/runs", "rerun", "{}"); status != http.StatusAccepted {
		t.Fatalf("rerun answered %d %s", status, answer)
	}
	p.idle()
	p.accounted("mailbox-activity")
	if record := p.record("mailbox-activity", p.today); record.Run != begun.Run {
		t.Errorf("run %s was published, want %s", record.Run, begun.Run)
	}
}
