package main_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tenantrollup/internal/run"
	"tenantrollup/internal/standin/m365"
)

// handler runs the program by hand and returns what it prints and its exit code.
func (h *hands) handler(args ...string) (stdout, stderr string, code int) {
	h.t.Helper()
	command := exec.CommandContext(h.t.Context(), binary, args...)
	var out, complaints bytes.Buffer
	command.Env, command.Dir, command.Stdout, command.Stderr = h.env, h.dir, &out, &complaints
	command.Run()
	h.Write(out.Bytes())
	h.Write(complaints.Bytes())
	return out.String(), complaints.String(), command.ProcessState.ExitCode()
}

func TestNightByHand(t *testing.T) {
	t.Parallel()
	const failing = 3
	p := openByHand(t, m365.Options{Customers: few, Seed: 61}, always(nil))
	h := p.hands
	contains := func(t *testing.T, text string, words ...string) {
		t.Helper()
		for _, word := range words {
			if !strings.Contains(text, word) {
				t.Errorf("no %q in %s", word, text)
			}
		}
	}
	t.Run("exits with 0 if nobody failed, and says where the files are", func(t *testing.T) {
		stdout, stderr, code := h.handler("night", "-report", "counts="+countsCall)
		contains(t, stdout, "counts "+p.today+" is published: 12 customers = 12 with data + 0 no data + 0 failed + 0 excluded;",
			filepath.Join(h.dir, "reports", "counts", p.today, "counts_"+p.today+".csv"))
		contains(t, stderr, "counts "+p.today+": 12 of 12 customers")
		if code != 0 {
			t.Errorf("exit code %d", code)
		}
	})
	t.Run("asks nobody if the run exists", func(t *testing.T) {
		p.Cloud.ResetCounts()
		if stdout, _, code := h.handler("night", "-report", "counts="+countsCall); code != 0 || !strings.Contains(stdout, "is published") {
			t.Errorf("exit code %d, %s", code, stdout)
		}
		if n := len(p.Cloud.Counts().Tenants); n > 0 {
			t.Errorf("%d tenants were asked", n)
		}
	})
	t.Run("exits with 2 if a customer failed, and says what to do next", func(t *testing.T) {
		p.Cloud.SetFault(failing, m365.NotConsented)
		stdout, _, code := h.handler("night", "-report", "counts="+countsCall, "-scope", "all", "-out", "elsewhere")
		contains(t, stdout, "+ 1 failed +", "consent-missing: 1", `After that: handler night -report 'counts=getMailboxUsageMailboxCounts(period='\''D7'\'')' -date `+p.today+` -scope failed -out elsewhere`)
		if code != 2 {
			t.Errorf("exit code %d", code)
		}
	})
	t.Run("asks only the failed customers again", func(t *testing.T) {
		p.Cloud.SetFault(failing, m365.None)
		p.Cloud.ResetCounts()
		stdout, _, code := h.handler("night", "-report", "counts="+countsCall, "-scope", "failed", "-out", "elsewhere")
		contains(t, stdout, "= 12 with data")
		if _, asked := p.Cloud.Counts().Tenants[p.Cloud.Customers()[0].TenantID]; code != 0 || asked {
			t.Errorf("exit code %d, another customer was asked: %t", code, asked)
		}
	})
	t.Run("prints for programs what GET answers, and the files", func(t *testing.T) {
		stdout, _, code := h.handler("night", "-json", "-report", "counts="+countsCall, "-report", "users="+userCall)
		var answer struct {
			Runs []struct {
				run.Status
				Files struct{ CSV, ErrorLog string }
			}
		}
		if err := json.Unmarshal([]byte(stdout), &answer); err != nil || code != 0 || len(answer.Runs) != 2 {
			t.Fatalf("exit code %d, %v: %s", code, err, stdout)
		}
		for i, name := range []string{"counts", "users"} {
			if r := answer.Runs[i]; r.Report != name || r.State != run.StatePublished || r.WithData != few || filepath.Base(r.Files.CSV) != name+"_"+p.today+".csv" {
				t.Errorf("run: %+v", r)
			}
		}
	})
	t.Run("several reports share their tokens", func(t *testing.T) {
		p.Cloud.ResetCounts()
		if _, _, code := h.handler("night", "-report", "counts="+countsCall, "-report", "users="+userCall, "-out", "shared"); code != 0 {
			t.Errorf("exit code %d", code)
		}
		if n := p.Cloud.Counts().Kinds[m365.KindToken].Requests; n > few+1 {
			t.Errorf("%d tokens of %d customers and the partner", n, few)
		}
	})
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"an unknown report":                             {[]string{"-report", "licences"}, `-report "licences" is none of the reports that there are (mailbox-activity, access), and call "licences": no usage report`},
		"two calls with one name":                       {[]string{"-report", "licenses", "-report", "licenses=/users"}, `two reports are named "licenses": give one of them another name, as in other-name=/users`},
		"an invalid day":                                {[]string{"-date", "24.11.2026"}, `-date "24.11.2026": want a day such as`},
		"a future date":                                 {[]string{"-date", "2100-01-01"}, "date: 2100-01-01 is in the future"},
		"a report of the present for an earlier date":   {[]string{"-date", p.daysAgo(2)}, "shows the present"},
		"the failed of what was never published":        {[]string{"-scope", "failed"}, "nothing has been published"},
		"an unknown scope":                              {[]string{"-scope", "missing"}, "-scope missing: want all or failed"},
		"publishing a held run without naming a report": {[]string{"-accept"}, "-accept: want -report"},
		"one word too many":                             {[]string{"licenses"}, `"licenses" is not a flag`},
		"the address of a container":                    {[]string{"-out", "https://contoso.blob.core.windows.net/reports"}, "want a folder; the files go to storage if REPORTS_STORAGE is set and -out is not"},
		"a folder that is a file":                       {[]string{"-out", "/dev/null"}, "folder /dev/null"},
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			stdout, stderr, code := h.handler(slices.Concat([]string{"night"}, test.args)...)
			if code != 1 || !strings.Contains(stderr, test.want) || stdout != "" {
				t.Errorf("exit code %d: %s %s", code, stdout, stderr)
			}
		})
	}
	t.Run("exits with 1 if nothing is published, and says why", func(t *testing.T) {
		p.Cloud.SetOutage(m365.SecretExpired, true)
		defer p.Cloud.SetOutage(m365.SecretExpired, false)
		stdout, _, code := h.handler("night", "-out", "none")
		contains(t, stdout, "is stopped: ", "AZURE_CLIENT_SECRET")
		if code != 1 {
			t.Errorf("exit code %d", code)
		}
	})
	t.Run("never uses the variables as the partner's under the host", func(t *testing.T) {
		h.env = append(h.env, "FUNCTIONS_WORKER_RUNTIME=custom")
		defer func() { h.env = h.env[:len(h.env)-1] }()
		if _, stderr, code := h.handler("night"); code != 1 || !strings.Contains(stderr, "KEY_VAULT_URL is not set") {
			t.Errorf("exit code %d: %s", code, stderr)
		}
	})
}

// TestTheFirstFiveMinutes does what docs/try-it.md does, with one tenant.
func TestTheFirstFiveMinutes(t *testing.T) {
	t.Parallel()
	p := openByHand(t, m365.Options{Customers: few, Seed: 67}, func(c *m365.Cloud) map[string]string {
		return map[string]string{"CUSTOMERS_FROM": c.Customers()[0].TenantID}
	})
	stdout, _, code := p.hands.handler("night", "-out", "reports", "-report", "licenses")
	if code != 0 || !strings.Contains(stdout, "licenses "+p.today+" is published: 1 customer = 1 with data") {
		t.Fatalf("exit code %d: %s", code, stdout)
	}
	p.hands.dir = filepath.Join(p.hands.dir, "reports")
	if published := p.published("licenses"); len(published.order) != 1 || !slices.Contains(published.header, "skuPartNumber") {
		t.Errorf("published: %+v", published)
	}
	if lines := p.failures("licenses"); len(lines) > 0 {
		t.Errorf("error log: %+v", lines)
	}
}

// Each command makes the same run, users of today.
func TestACorrectedCallByHand(t *testing.T) {
	t.Parallel()
	p := openByHand(t, m365.Options{Customers: few, Seed: 68}, always(nil))
	h := p.hands
	env := h.env
	for _, step := range []struct {
		rule, setting string
		args          []string
		code          int
		want          string // in stdout or, of a refusal, in stderr
	}{
		{"a wrong call is stopped", "", []string{"-report", "/users?$select=wrong"}, 1, "'wrong'"},
		{"a corrected call runs instead", "", []string{"-report", "/users?$select=displayName"}, 0, "users " + p.today + " is published: 12 customers = 12 with data"},
		{"the same call asks nobody again", "", []string{"-report", "/users?$select=displayName"}, 0, "is published"},
		{"another call's file is not shown as this one's", "", []string{"-report", "/users?$select=mail"}, 1, "published, but with another call, /users?$select=displayName; replace it with -scope all"},
		{"what it says replaces it", "", []string{"-report", "/users?$select=wrong", "-scope", "all"}, 1, "'wrong'"},
		{"corrected in REPORTS, it runs, too", "/users?$select=mail", nil, 0, "users " + p.today + " is published: 12 customers = 12 with data"},
	} {
		h.env = slices.Concat(env, []string{"REPORTS=" + step.setting})
		stdout, stderr, code := h.handler(slices.Concat([]string{"night"}, step.args)...)
		if code != step.code || !strings.Contains(stdout+stderr, step.want) {
			t.Errorf("%s: exit code %d: %s %s", step.rule, code, stdout, stderr)
		}
	}
	p.hands.dir = filepath.Join(p.hands.dir, "reports")
	if published := p.published("users"); !slices.Contains(published.header, "mail") || slices.Contains(published.header, "displayName") {
		t.Errorf("header: %q", published.header)
	}
}

func TestNightByHandLooksAfterTheNightsBefore(t *testing.T) {
	t.Parallel()
	const daily = "getEmailActivityUserDetail(date={today-3})"
	p := openByHand(t, m365.Options{Customers: few, Seed: 64}, always(map[string]string{"REPORTS": "day=" + daily}))
	yesterday := p.daysAgo(1)
	release := p.Cloud.Hold(m365.KindReport, 2)
	p.hands.start("-date", yesterday)
	p.await(3)
	p.hands.kill()
	release()
	if record := p.record("day", yesterday); record.State != run.StateRunning {
		t.Fatalf("record: %+v", record)
	}
	p.night()
	for _, date := range []string{yesterday, p.today} {
		if record := p.record("day", date); record.State != run.StatePublished || record.WithData != few {
			t.Errorf("record: %+v", record)
		}
	}
}

func TestTwoNightsByHandOverOneFolder(t *testing.T) {
	t.Parallel()
	p := openByHand(t, varying(66), always(map[string]string{"CONCURRENCY": "4"}))
	other := &hands{t: t, dir: p.hands.dir, env: p.hands.env}
	p.queue("night")
	p.await(many / 4)
	other.start(p.hands.args...)
	code := other.wait()
	p.idle()
	if code != 0 && code != 2 {
		t.Errorf("the second ended with code %d: %s", code, other.said())
	}
	p.answers = append(p.answers, other.said())
	p.accounted("night")
}

func TestNightByHandUsesTheStorageOfTheSettings(t *testing.T) {
	t.Parallel()
	p := open(t, m365.Options{Customers: few, Seed: 65}, nil)
	h := &hands{t: t, dir: t.TempDir(), env: append(p.Cloud.Env(), "PATH="+os.Getenv("PATH"), "HOME="+t.TempDir())}
	stdout, _, code := h.handler("night")
	p.answers = append(p.answers, h.said())
	if code != 0 || !strings.Contains(stdout, "mailbox-activity "+p.today+" is published") {
		t.Errorf("exit code %d: %s", code, h.said())
	}
	if record := p.record("mailbox-activity", p.today); record.State != run.StatePublished || record.WithData != few {
		t.Errorf("record: %+v", record)
	}
	if files := h.files(); len(files) > 0 {
		t.Errorf("files: %q", files)
	}
}

func TestCheckByHand(t *testing.T) {
	t.Parallel()
	p := openByHand(t, m365.Options{Customers: few, Seed: 62}, always(nil))
	stdout, _, code := p.hands.handler("check", "-json")
	var findings []finding
	if err := json.Unmarshal([]byte(stdout), &findings); err != nil {
		t.Fatal(err, stdout)
	}
	var seen []string
	for _, f := range findings {
		if seen = append(seen, f.Check); !f.OK {
			t.Errorf("finding: %+v", f)
		}
	}
	if want := []string{"settings", "settings", "AZURE_CLIENT_SECRET", "storage", "partner sign-in", "permissions", "customers from gdap", "customers from contracts", "customers"}; code != 0 || !slices.Equal(seen, want) {
		t.Errorf("exit code %d, findings %q", code, seen)
	}
}

// TestNightByHandEqualsTheNightOfTheHost makes the same night both ways, by hand with
// five kills.
func TestNightByHandEqualsTheNightOfTheHost(t *testing.T) {
	t.Parallel()
	const customers, kills = 600, 5
	cloud := m365.Options{Customers: customers, Seed: 63, Today: begin(), Faults: map[int]m365.Fault{}}
	for fault := range without {
		if fault != m365.ServerError { // which is asked three times, with pauses
			cloud.Faults[len(cloud.Faults)*customers/len(without)] = fault
		}
	}
	settings := always(map[string]string{"REPORTS": "details=" + detailCall})
	host := openFor(t, clocks, cloud, settings)
	host.night()
	p := openByHand(t, cloud, settings)
	p.hands.start()
	for range kills {
		p.await(rand.IntN(customers/10) + 1)
		p.kill()
	}
	p.idle()
	if a, b := host.records("details"), p.records("details"); !slices.Equal(a, b) {
		t.Errorf("%d records of the host and %d by hand differ", len(a), len(b))
	}
	if a, b := host.logged("details"), p.logged("details"); !slices.Equal(a, b) {
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] {
				t.Errorf("line %d: host %q, by hand %q", i, a[i], b[i])
			}
		}
		t.Errorf("%d lines of the host, %d by hand", len(a), len(b))
	}
}

// records are those of the published file, sorted by tenant and otherwise in their
// order, and its header.
func (p *place) records(name string) []string {
	p.t.Helper()
	published := p.published(name)
	all := []string{strings.Join(published.header, "\x00")}
	for _, tenant := range slices.Sorted(slices.Values(published.order)) {
		for _, row := range published.rows[tenant] {
			all = append(all, strings.Join(row, "\x00"))
		}
	}
	return all
}

// port is that of a connection, which a message quotes.
var port = regexp.MustCompile(`127\.0\.0\.1:\d+`)

// logged are the lines of the error log by tenant, without time and correlation.
func (p *place) logged(name string) []string {
	p.t.Helper()
	var all []string
	for tenant, line := range p.failures(name) {
		f := line.Failure
		all = append(all, strings.Join([]string{tenant, string(f.Class), line.Customer.Domain, line.Customer.Name, port.ReplaceAllString(f.Message, ""), f.Remedy}, "\t"))
	}
	slices.Sort(all)
	return all
}
