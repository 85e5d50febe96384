package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tenantrollup/internal/standin"
	"tenantrollup/internal/standin/m365"
)

// Every service repeats what it was told, in each shape and in every text it has; the
// handler and the SDK log all they can. Whatever is left behind is searched at the end,
// as of every story.
func TestNoSecretIsEverShown(t *testing.T) {
	t.Parallel()
	p := start(t, standin.Options{
		Handler: binary, Package: debugging(t), Clocks: clocks,
		Cloud: m365.Options{Customers: 60, Seed: 91, Auth: m365.RefreshTokenSecret},
		Settings: func(c *m365.Cloud) map[string]string {
			return map[string]string{
				"REPORTS": "details=" + detailCall + ";traffic=" + trafficCall, "NOTIFY_WEBHOOK_URL": c.PlainWebhook(),
				"AZURE_SDK_GO_LOGGING": "all",
			}
		},
	})
	p.night()
	p.wantLinesOfTheSDK()
	for _, echo := range []m365.Outage{
		m365.SignInEchoes, m365.GraphEchoes, m365.ReportsEcho, m365.ExchangeEchoes, m365.VaultEchoes, m365.WebhookEchoes, m365.StorageEchoes,
	} {
		p.Cloud.RotateSecret() // else the tokens of earlier runs would serve
		p.Cloud.SetOutage(echo, true)
		logged, answered := len(p.Console()), len(p.answers)
		p.check("AZURE_SDK_GO_LOGGING=all", "NOTIFY_WEBHOOK_URL="+p.Cloud.PlainWebhook())
		status, answer := p.call(http.MethodPost, "/api/runs", "rerun", fmt.Sprintf(`{"date":%q,"reports":["details","traffic"],"scope":"all"}`, p.today))
		if echo != m365.StorageEchoes && status != http.StatusAccepted {
			t.Errorf("%s: rerun answered %d %s", echo, status, answer)
		}
		p.idle()
		for _, name := range []string{"details", "traffic"} {
			p.call(http.MethodGet, "/api/runs/"+name+"/"+p.today, "runs", "")
		}
		for _, name := range []string{"details", "traffic"} {
			text, _ := p.Blob(t.Context(), fmt.Sprintf("%s/%s/%[1]s_%[2]s.errors.log", name, p.today))
			p.answers = append(p.answers, string(text)) // the next run replaces it
		}
		heard := p.Console()[logged:] + strings.Join(p.answers[answered:], "")
		p.Cloud.SetOutage(echo, false)
		if echo != m365.WebhookEchoes && echo != m365.ReportsEcho && !strings.Contains(heard, "you sent") {
			t.Errorf("%s: nothing was echoed", echo)
		}
	}
}

// wantLinesOfTheSDK wants each event of the SDK to be one line of the log.
func (p *place) wantLinesOfTheSDK() {
	p.t.Helper()
	told := 0
	for line := range strings.Lines(p.Console()) {
		if !strings.Contains(line, "==> OUTGOING REQUEST") {
			continue
		}
		told++
		var event struct{ Msg, Event, Text string }
		if err := json.Unmarshal([]byte(line), &event); err != nil || event.Msg != "Azure SDK" || event.Event != "Request" || !strings.Contains(event.Text, "User-Agent: ") {
			p.t.Errorf("%v: %+v in %s", err, event, line)
		}
	}
	if told == 0 {
		p.t.Error("the SDK logs nothing")
	}
}

// debugging is the function app with the handler's own progress lines.
func debugging(t *testing.T) string {
	dir := t.TempDir()
	text, err := os.ReadFile("../host.json")
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.Replace(text, []byte(`"arguments": []`), []byte(`"arguments": ["-debug"]`), 1)
	if !bytes.Contains(text, []byte("-debug")) {
		t.Fatal("host.json has no arguments to replace")
	}
	if err := os.WriteFile(filepath.Join(dir, "host.json"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, os.DirFS("../function")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// shapesOf are the ways in which a secret may be written.
func shapesOf(secret string) []string {
	quoted, _ := json.Marshal(secret)
	var throughout strings.Builder
	for _, b := range []byte(secret) {
		fmt.Fprintf(&throughout, "%%%02x", b)
	}
	return []string{secret, url.QueryEscape(secret), url.PathEscape(secret), strings.Trim(string(quoted), `"`), throughout.String()}
}
