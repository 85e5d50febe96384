package main_test

import (
	"bytes"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"

	"tenantrollup/internal/run"
	"tenantrollup/internal/standin/m365"
)

const nightFolder = "mailbox-activity/"

func (p *place) metadata(name string) map[string]*string {
	p.t.Helper()
	properties, err := p.Reports.NewBlobClient(name).GetProperties(p.t.Context(), nil)
	if err != nil {
		p.t.Fatal(err)
	}
	return properties.Metadata
}

// edit changes metadata as a person with a storage browser does.
func (p *place) edit(name, key, value string) {
	p.t.Helper()
	metadata := p.metadata(name)
	maps.DeleteFunc(metadata, func(k string, _ *string) bool { return strings.EqualFold(k, key) })
	metadata[key] = &value
	if _, err := p.Reports.NewBlobClient(name).SetMetadata(p.t.Context(), metadata, nil); err != nil {
		p.t.Fatal(err)
	}
}

// cut leaves the first half of a blob, and its metadata.
func (p *place) cut(name string) {
	p.t.Helper()
	text := p.blob(name)
	_, err := p.Reports.NewBlockBlobClient(name).Upload(p.t.Context(), streaming.NopCloser(bytes.NewReader(text[:len(text)/2])),
		&blockblob.UploadOptions{Metadata: p.metadata(name)})
	if err != nil {
		p.t.Fatal(err)
	}
}

// says wants each of the words in the handler's log.
func (p *place) says(t *testing.T, words ...string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(p.Console(), word) {
			t.Errorf("the handler's log does not say %q", word)
		}
	}
}

func TestHostileMessages(t *testing.T) {
	t.Parallel()
	p := open(t, m365.Options{Customers: few, Seed: 81}, nil)
	good := p.message("former")
	bad := map[string]string{ // and what the log must say of it
		"":          "queue message: EOF",
		"hello":     "queue message: invalid character 'h'",
		"bnVsbA==":  "queue message: invalid character 'b'",
		"[]":        "cannot unmarshal array",
		`{"a":1}`:   `unknown field \"a\"`,
		good + good: "there is more after the object",
		strings.Replace(good, `"former"`, `"../former"`, 1):   "report: ",
		strings.Replace(good, countsCall, "getEverything", 1): "call: ",
		strings.Replace(good, p.today, "2026-02-30", 1):       `date \"2026-02-30\"`,
		strings.Replace(good, `"missing"`, `"some"`, 1):       `scope \"some\": want missing, all or failed`,
		strings.Repeat("[", 30_000):                           "exceeded max depth",
		`{"run":"` + strings.Repeat("0", 60_000) + `"}`:       "0000…",
	}
	for text := range bad {
		p.Host.Enqueue("rollup-runs", text)
	}
	p.Host.Enqueue("rollup-runs", good)
	p.idle()
	t.Run("each is in the poison queue unchanged, with a reason in the log", func(t *testing.T) {
		var poison []string
		for _, m := range p.Host.Poison("rollup-runs") {
			poison = append(poison, m.Text)
		}
		slices.Sort(poison)
		if !slices.Equal(poison, slices.Sorted(maps.Keys(bad))) {
			t.Errorf("%d messages of %d: %.200q", len(poison), len(bad), poison)
		}
		for _, reason := range bad {
			p.says(t, reason)
		}
		if longest := slices.MaxFunc(strings.Split(p.Console(), "\n"), func(a, b string) int { return len(a) - len(b) }); len(longest) > 4096 {
			t.Errorf("a line of the log has %d bytes: %.200s", len(longest), longest)
		}
	})
	t.Run("a run of a report that REPORTS does not name is still finished", func(t *testing.T) {
		if record := p.record("former", p.today); record.State != run.StatePublished || record.WithData != few {
			t.Errorf("record: %+v", record)
		}
		if status, answer := p.call(http.MethodPost, "/api/runs", "rerun", `{"reports":["former"]}`); status != http.StatusBadRequest || !strings.Contains(answer, "is not in REPORTS") {
			t.Errorf("asked for again: %d %s", status, answer)
		}
	})
	t.Run("a huge body is answered that it is too large, and fails no invocation", func(t *testing.T) {
		before := strings.Count(p.Console(), "invocation failed")
		status, answer := p.call(http.MethodPost, "/api/runs", "rerun", `{"reports":["`+strings.Repeat("x", 5<<20)+`"]}`)
		if status != http.StatusRequestEntityTooLarge || !strings.Contains(answer, "body-too-large") {
			t.Errorf("answered %d %s", status, answer)
		}
		if status, answer := p.call(http.MethodPost, "/api/runs", "rerun", strings.Repeat(`{"reports":[`, 2000)); status != http.StatusBadRequest {
			t.Errorf("answered %d %s", status, answer)
		}
		if after := strings.Count(p.Console(), "invocation failed"); after != before {
			t.Errorf("%d invocations failed", after-before)
		}
	})
	t.Run("there is no way in other than the functions", func(t *testing.T) {
		for _, path := range []string{"/api/rollup", "/api/nightly", "/api/runs/../../rollup", "/admin/functions/rollup"} {
			if status, answer := p.call(http.MethodPost, path, "rerun", "{}"); status != http.StatusNotFound && status != http.StatusUnauthorized && status != http.StatusMethodNotAllowed {
				t.Errorf("%s answered %d %s", path, status, answer)
			}
		}
	})
}

func TestEditedRecords(t *testing.T) {
	t.Parallel()
	p := open(t, m365.Options{Customers: few, Seed: 82}, nil)
	p.night()
	name := nightFolder + p.today + "/run.json"
	csv := nightFolder + p.today + "/mailbox-activity_" + p.today + ".csv"
	published := p.blob(csv)
	good := p.metadata(name)
	for _, c := range []struct{ rule, key, value, says string }{
		{"of a newer release", "Version", "99", "deploy the release that wrote it, or delete the blob"},
		{"edited by hand", "Cursor", "many", `metadata key cursor: \"many\", want a count: correct it, or delete the blob`},
		{"that contradicts itself", "Deferred", "99:1:throttled", "metadata key deferred"},
		{"whose call is unknown", "Call", "getEverything", "call: "},
	} {
		t.Run("a record "+c.rule+" is named and left unchanged", func(t *testing.T) {
			p.t = t
			defer func() { p.Reports.NewBlobClient(name).SetMetadata(t.Context(), good, nil) }()
			p.edit(name, "State", "running")
			p.edit(name, c.key, c.value)
			before := p.metadata(name)
			poisoned := len(p.Host.Poison("rollup-runs"))
			p.Host.Enqueue("rollup-runs", p.message("mailbox-activity"))
			p.idle()
			p.says(t, c.says, "mailbox-activity/"+p.today)
			if len(p.Host.Poison("rollup-runs")) != poisoned+1 {
				t.Errorf("%d messages are poison", len(p.Host.Poison("rollup-runs"))-poisoned)
			}
			if !maps.EqualFunc(before, p.metadata(name), func(a, b *string) bool { return *a == *b }) || !bytes.Equal(p.blob(csv), published) {
				t.Error("something was written")
			}
		})
	}
	p.t = t
	t.Run("a truncated record says so, and a rerun repairs it", func(t *testing.T) {
		p.cut(name)
		if status, answer := p.call(http.MethodGet, "/api/runs/mailbox-activity/"+p.today, "runs", ""); !strings.Contains(answer, "run.json") {
			t.Errorf("answered %d %s", status, answer)
		}
		if status, answer := p.call(http.MethodPost, "/api/runs", "rerun", "{}"); status != http.StatusAccepted {
			t.Fatalf("rerun answered %d %s", status, answer)
		}
		p.idle()
		if record := p.record("mailbox-activity", p.today); record.State != run.StatePublished || record.WithData != few {
			t.Errorf("record: %+v", record)
		}
	})
}

func TestACustomerListCutShort(t *testing.T) {
	t.Parallel()
	p := open(t, slowly(83), twoSlices)
	list := nightFolder + p.today + "/customers.jsonl"
	release := p.Cloud.Hold(m365.KindReport, 3)
	if err := p.Host.FireTimer(t.Context(), "nightly", p.due, false); err != nil {
		t.Fatal(err)
	}
	p.await(4)
	p.cut(list)
	release()
	p.idle()
	t.Run("is made again, and the run starts over", func(t *testing.T) {
		if record := p.record("mailbox-activity", p.today); record.State != run.StatePublished || record.WithData != many || record.Restarts != 1 {
			t.Errorf("record: %+v", record)
		}
		if !strings.Contains(p.Console(), "customers.jsonl: line") {
			t.Error("the log does not say why")
		}
	})
}

func TestAContainerThatVanishes(t *testing.T) {
	t.Parallel()
	p := open(t, slowly(84), twoSlices)
	release := p.Cloud.Hold(m365.KindReport, many/2)
	if err := p.Host.FireTimer(t.Context(), "nightly", p.due, false); err != nil {
		t.Fatal(err)
	}
	p.await(many/2 + 1)
	if _, err := p.Reports.Delete(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	release()
	p.idle()
	t.Run("costs what was done, and the message makes the night again", func(t *testing.T) {
		if record := p.record("mailbox-activity", p.today); record.State != run.StatePublished || record.WithData != many {
			t.Errorf("record: %+v", record)
		}
		if rows := p.published("mailbox-activity").rows; len(rows) != many {
			t.Errorf("%d customers in the csv", len(rows))
		}
		p.says(t, "ContainerNotFound")
	})
}

func TestStorageThatMayOnlyBeRead(t *testing.T) {
	t.Parallel()
	p := open(t, m365.Options{Customers: few, Seed: 85}, nil)
	if _, err := p.Reports.Create(t.Context(), nil); err != nil { // this connection stays as it is
		t.Fatal(err)
	}
	p.Cloud.SetOutage(m365.BlobReadOnly, true)
	p.night()
	t.Run("names the blob, the refusal and the role that is missing", func(t *testing.T) {
		p.says(t, "write blob "+nightFolder+p.today+"/run.json", "403 AuthorizationPermissionMismatch", "Storage Blob Data Contributor")
		if n := len(p.Host.Poison("rollup-runs")); n != 1 {
			t.Errorf("%d messages are poison", n)
		}
		if n := p.Cloud.Counts().Kinds[m365.KindToken].Requests; n != 0 {
			t.Errorf("%d customers were asked for nothing", n)
		}
	})
	t.Run("with the role, a request makes the night", func(t *testing.T) {
		p.Cloud.SetOutage(m365.BlobReadOnly, false)
		if status, answer := p.call(http.MethodPost, "/api/runs", "rerun", "{}"); status != http.StatusAccepted {
			t.Fatalf("rerun answered %d %s", status, answer)
		}
		p.idle()
		if record := p.record("mailbox-activity", p.today); record.WithData != few {
			t.Errorf("record: %+v", record)
		}
	})
}
