package main_test

import (
	"crypto/tls"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/standin/m365"
)

func TestDownloads(t *testing.T) {
	t.Parallel()
	p := open(t, m365.Options{Customers: few, Seed: 1}, nil)
	p.night()
	client := &http.Client{
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}, // the stand-in's own authority
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	t.Cleanup(client.CloseIdleConnections)
	fetch := func(address string) (int, string, http.Header) {
		response, err := client.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(text), response.Header
	}
	path := "mailbox-activity/" + p.today
	for file, blob := range map[string]string{"csv": ".csv", "errors": ".errors.log"} {
		for _, date := range []string{p.today, "latest"} {
			status, answer, header := fetch(p.Host.URL() + "/api/runs/mailbox-activity/" + date + "/" + file + "?code=" + url.QueryEscape(p.Host.FunctionKey("runs")))
			location := header.Get("Location")
			link, err := url.Parse(location)
			if status != http.StatusFound || err != nil {
				t.Fatalf("%s of %s: answered %d %s to %s", file, date, status, answer, location)
			}
			end, err := time.Parse(time.RFC3339, link.Query().Get("se"))
			if left := time.Until(end); err != nil || left > 10*time.Minute || left < 9*time.Minute {
				t.Errorf("the link is good for %s", left)
			}
			status, text, _ := fetch(location)
			if want := string(p.blob(path + "/mailbox-activity_" + p.today + blob)); status != http.StatusOK || text != want {
				t.Errorf("%s of %s: the link answers %d and %d bytes, want %d", file, date, status, len(text), len(want))
			}
			if strings.Contains(p.Console(), link.Query().Get("sig")) || strings.Contains(p.Console(), url.QueryEscape(link.Query().Get("sig"))) {
				t.Error("the handler has logged the link")
			}
			query := link.Query()
			query.Set("se", end.Add(time.Hour).Format(time.RFC3339))
			link.RawQuery = query.Encode()
			if status, _, _ := fetch(link.String()); status != http.StatusForbidden {
				t.Errorf("an extended link answers %d", status)
			}
		}
	}
	status, answer, _ := fetch(p.Host.URL() + "/api/runs?state=published&code=" + url.QueryEscape(p.Host.FunctionKey("runs")))
	if status != http.StatusOK || !strings.Contains(answer, `"status_url":"/api/runs/`+path+`"`) {
		t.Errorf("the list answers %d %s", status, answer)
	}
	if status, answer, _ := fetch(p.Host.URL() + "/api/runs?limit=7&code=" + url.QueryEscape(p.Host.FunctionKey("runs"))); status != http.StatusBadRequest || !strings.Contains(answer, `\"limit\"`) {
		t.Errorf("an unknown parameter: answered %d %s", status, answer)
	}
}
