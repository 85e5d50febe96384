package web_test

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/run"
	"tenantrollup/internal/web"
)

// browser is the Accept header of browsers.
const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"

// browse sends a request as a browser does, at a certain time of 2026-11-24, with a
// key whose characters an address must encode. It checks what every page promises.
func browse(t *testing.T, at time.Duration, method, target, body string, known runs, r *requests) (status int, page string) {
	t.Helper()
	target += map[bool]string{true: "&", false: "?"}[strings.Contains(target, "?")] + "code=hunter2%2F%2B%3D%3D"
	recorder := httptest.NewRecorder()
	var log strings.Builder
	synctest.Test(t, func(t *testing.T) {
		today := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
		time.Sleep(time.Until(today.Add(at)))
		api := &web.API{
			Login:   "login.microsoftonline.com",
			Reports: []web.Report{{Name: "mailbox-activity", AsOfNow: true}, {Name: "details"}, {Name: "access", AsOfNow: true, OnDemand: true}},
			Runs:    known, Requests: r, Today: "2026-11-24", Log: slog.New(slog.NewTextHandler(&log, nil)),
		}
		request := httptest.NewRequest(method, target, strings.NewReader(body))
		request.Header.Set("Accept", browser)
		api.ServeHTTP(recorder, request)
	})
	if strings.Contains(log.String(), "hunter2") {
		t.Errorf("logged %s", &log)
	}
	page = recorder.Body.String()
	checkPromises(t, recorder.Header(), page)
	return recorder.Code, page
}

var (
	mayHoldTheKey = regexp.MustCompile(` (?:href|action|data-then)="/api/runs[^"]*"|<input type="hidden" name="code" value="[^"]*">`)
	embedded      = regexp.MustCompile(`(?s)<(style|script)>(.*?)</`)
	tags          = regexp.MustCompile(`<[^>]*>`)
	quoted        = regexp.MustCompile(`"[^"]*"`)
	activeAddress = regexp.MustCompile(`(?i)(href|action)="\s*javascript:`)
	activeMarkup  = regexp.MustCompile(`(?i)^<(script|style|img|iframe|object|embed|base)|\s(on[a-z]+|style)\s*=`)
)

func checkPromises(t *testing.T, header http.Header, page string) {
	t.Helper()
	policy := header.Get("Content-Security-Policy")
	for name, want := range map[string]string{
		"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
		"X-Content-Type-Options": "nosniff", "Vary": "Accept",
	} {
		if got := header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	for _, part := range []string{"default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
		if !strings.Contains(policy, part) {
			t.Errorf("the policy has no %s: %s", part, policy)
		}
	}
	if strings.Contains(policy, "unsafe") {
		t.Errorf("policy %s", policy)
	}
	found := embedded.FindAllStringSubmatch(page, -1)
	if len(found) < 2 {
		t.Errorf("%d styles and scripts, want one of each or more", len(found))
	}
	for _, text := range found {
		sum := sha256.Sum256([]byte(text[2]))
		_, permitted, _ := strings.Cut(policy, text[1]+"-src ")
		permitted, _, _ = strings.Cut(permitted, ";")
		if want := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(permitted, want) {
			t.Errorf("the policy does not let the page's %s through: %s", text[1], policy)
		}
	}
	rest := embedded.ReplaceAllString(page, "")
	for _, tag := range tags.FindAllString(rest, -1) {
		if activeAddress.MatchString(tag) || activeMarkup.MatchString(quoted.ReplaceAllString(tag, `""`)) {
			t.Errorf("the page holds %s", tag)
		}
	}
	if rest := mayHoldTheKey.ReplaceAllString(page, ""); strings.Contains(rest, "hunter2") {
		t.Errorf("the key is outside links and forms:\n%s", rest)
	}
}

func TestWhoGetsThePage(t *testing.T) {
	for accept, want := range map[string]string{
		browser:                                "text/html; charset=utf-8",
		"text/html":                            "text/html; charset=utf-8",
		"text/*":                               "text/html; charset=utf-8",
		"TEXT/HTML;q=0.5":                      "text/html; charset=utf-8",
		"":                                     "application/json",
		"*/*":                                  "application/json",
		"application/json":                     "application/json",
		"application/json, text/html":          "application/json",
		"application/json;q=0.9, text/html":    "text/html; charset=utf-8",
		"text/html;q=0":                        "application/json",
		"text/html;level=1;q=0.3, */*;q=0.8":   "application/json",
		"*/*;q=0.9, text/html":                 "text/html; charset=utf-8",
		"text/html;q=high, application/*;q=.5": "text/html; charset=utf-8",
	} {
		t.Run("Accept: "+accept, func(t *testing.T) {
			api := &web.API{Runs: stored(), Today: "2026-11-24", Log: slog.New(slog.DiscardHandler)}
			recorder := httptest.NewRecorder()
			request := httptest.NewRequest(http.MethodGet, "/api/runs", nil)
			request.Header.Set("Accept", accept)
			api.ServeHTTP(recorder, request)
			if got := recorder.Header().Get("Content-Type"); got != want || recorder.Header().Get("Vary") != "Accept" {
				t.Errorf("got %s, %v", got, recorder.Header())
			}
		})
	}
}

func TestRefusalsAreShownOnAPageWithAWayBack(t *testing.T) {
	for _, c := range []struct {
		rule, method, target, body string
		known                      runs
		r                          requests
		status                     int
		says                       string
	}{
		{"a run that is not there", "GET", "/details/2026-11-01", "", stored(), requests{}, http.StatusNotFound, "<h1>There is no run of details on 1 November 2026</h1>"},
		{"a report that is not there", "GET", "?report=detials", "", stored(), requests{}, http.StatusNotFound, "there are mailbox-activity, details, access, dropped"},
		{"a run of one", "GET", "/detials/2026-11-24", "", stored(), requests{}, http.StatusNotFound, "there are mailbox-activity, details, access, dropped"},
		{"an unknown customer", "GET", "?by=customer&customer=00000000-0000-4000-8000-000000000001", "", stored(), requests{}, http.StatusNotFound, "no run of these nights has the customer"},
		{"a path with nothing at it", "GET", "/details", "", stored(), requests{}, http.StatusNotFound, "there is nothing at /api/runs/details"},
		{"markup in a path", "GET", "/%3Cscript%3Ealert(1)%3C%2Fscript%3E/2026-11-24", "", stored(), requests{}, http.StatusBadRequest, "&lt;script&gt;alert(1)&lt;/script&gt;"},
		{"an unknown parameter", "GET", "?limit=7", "", stored(), requests{}, http.StatusBadRequest, "limit"},
		{"a search of all nights", "GET", "?find=contoso", "", stored(), requests{}, http.StatusBadRequest, "want by=customer with it"},
		{"a file that was not published", "GET", "/details/2026-11-24/csv", "", stored(), requests{}, http.StatusNotFound, "nothing has been published"},
		{"storage that fails", "GET", "/details/2026-11-24", "", runs{err: errors.New("account contosoreports is locked")}, requests{}, http.StatusServiceUnavailable, "try again"},
		{"an empty form", "POST", "", "", stored(), requests{}, http.StatusBadRequest, "no body arrived"},
		{"a form with other fields", "POST", "", "report=details", stored(), requests{}, http.StatusBadRequest, "unknown field"},
		{"nothing published yet", "POST", "", "reports=details&scope=failed", stored(), requests{judgement: run.ErrNotPublished}, http.StatusNotFound, "nothing has been published"},
		{"a run that is busy", "POST", "", "reports=details&scope=all", stored(), requests{busy: "details"}, http.StatusConflict, "a rerun of the failed customers is under way"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			status, page := browse(t, 6*time.Hour, c.method, "/api/runs"+c.target, c.body, c.known, &c.r)
			if status != c.status || !strings.Contains(page, c.says) || !strings.Contains(page, ">Back to the morning</a>") || strings.Contains(page, "contosoreports") {
				t.Errorf("answered %d\n%s", status, page)
			}
		})
	}
}

func TestFormWithoutScript(t *testing.T) {
	for body, want := range map[string]string{
		"reports=details&date=2026-11-20&scope=all":         "[details/2026-11-20 all]",
		"reports=details&reports=access&date=2026-11-24":    "[details/2026-11-24 all access/2026-11-24 all]",
		`{"reports":["mailbox-activity"],"scope":"failed"}`: "[mailbox-activity/2026-11-24 failed]",
	} {
		t.Run("takes "+body, func(t *testing.T) {
			var r requests
			status, page := browse(t, 6*time.Hour, http.MethodPost, "/api/runs", body, stored(), &r)
			if status != http.StatusAccepted || fmt.Sprint(r.queued) != want {
				t.Errorf("answered %d, queued %q", status, r.queued)
			}
			for _, asked := range r.queued {
				path, _, _ := strings.Cut(asked, " ")
				if !strings.Contains(page, `href="/api/runs/`+path+`?code=hunter2%2F%2B%3D%3D"`) {
					t.Errorf("no link to %s:\n%s", path, page)
				}
			}
		})
	}
}
