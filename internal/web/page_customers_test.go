package web_test

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

var (
	groups    = regexp.MustCompile(`(?s)<section class="group".*?</section>`)
	names     = regexp.MustCompile(`<strong><bdi>(.*?)</bdi></strong>(?: <span class="since[^"]*">(.*?)</span>)?`)
	groupHead = regexp.MustCompile(`(?s)</span> ([^<]*) <span class="small">(.*?)</span></h3>\n(?:<p class="remedy">(.*?)</p>)?`)
)

// grouped writes down the groups of a page, and who is in them since when.
func grouped(page string) string {
	var all []string
	for _, g := range groups.FindAllString(page, -1) {
		head := groupHead.FindStringSubmatch(g)
		var who []string
		for _, name := range names.FindAllStringSubmatch(g, -1) {
			who = append(who, strings.TrimSpace(name[1]+" "+name[2]))
		}
		all = append(all, fmt.Sprintf("%s, %s: %s [%s]", head[1], head[2], head[3], strings.Join(who, ", ")))
	}
	return strings.Join(all, "\n")
}

func TestCustomersWithoutData(t *testing.T) {
	known := nights(map[report.Date][]run.Line{"2026-11-24": {
		noData('1', run.Excluded, "Adatum", ""),
		noData('2', run.NoData, "Contoso", "Nothing."),
		noData('3', run.ConsentMissing, "Fabrikam", consent),
		noData('4', run.ServiceFault, "Litware", "Wait."),
		noData('5', run.ConsentMissing, "Northwind", consent),
		noData('6', run.ConsentMissing, "Proseware", consent+" Then wait."),
	}})
	t.Run("are grouped by what to do, the largest class first", func(t *testing.T) {
		page := openRun(t, "details/2026-11-24", known)
		const open = " since 24 Nov or earlier"
		want := "Consent missing, 2 customers: Have an administrator of the customer open the customer&#39;s consent address and accept. [Fabrikam" + open + ", Northwind" + open + "]\n" +
			"Consent missing, 1 customer: Have an administrator of the customer open the customer&#39;s consent address and accept. Then wait. [Proseware" + open + "]\n" +
			"Service fault, 1 customer: Wait. [Litware" + open + "]\n" +
			"No data, 1 customer: Nothing. [Contoso" + open + "]\n" +
			"Excluded, 1 customer:  [Adatum]"
		if got := grouped(page); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		if !strings.Contains(page, `href="https://login.microsoftonline.com/00000000-0000-4000-8000-000000000003/adminconsent?client_id=1"`) {
			t.Errorf("no consent address:\n%s", page)
		}
		if n := strings.Count(page, `id="consent-missing"`); n != 1 {
			t.Errorf("%d elements have the same id", n)
		}
	})
	for _, forged := range []string{
		"https://login.microsoftonline.com.fabrikam.example/{tenant}/adminconsent?client_id=1",
		"https://login.microsoftonline.com@fabrikam.example/{tenant}/adminconsent?client_id=1",
		"https://me@login.microsoftonline.com/{tenant}/adminconsent?client_id=1",
		"https://login.microsoftonline.com:8443/{tenant}/adminconsent?client_id=1",
		"https://login.microsoftonline.com/{tenant}/oauth2/authorize?client_id=1",
	} {
		t.Run("are never led to "+forged, func(t *testing.T) {
			page := openRun(t, "details/2026-11-24", nights(map[report.Date][]run.Line{"2026-11-24": {
				noData('3', run.ConsentMissing, "Fabrikam", "Have an administrator of the customer open "+forged+" and accept."),
			}}))
			shown := strings.ReplaceAll(forged, "{tenant}", "00000000-0000-4000-8000-000000000003")
			if strings.Contains(page, "consent address") || strings.Contains(page, `href="`+shown) || !strings.Contains(page, shown) {
				t.Errorf("want it as text alone:\n%s", page)
			}
		})
	}
	for search, want := range map[string]string{
		"FABRIK": "Fabrikam", "contoso5.example": "Northwind", "000000000004": "Litware", "excluded": "Adatum", "ABC2": "Contoso", "nobody": "",
	} {
		t.Run("are found by "+search, func(t *testing.T) {
			page := openRun(t, "details/2026-11-24?search="+search, known)
			found := names.FindAllStringSubmatch(page, -1)
			if (want == "") != (len(found) == 0) || len(found) > 1 || want != "" && found[0][1] != want {
				t.Errorf("found %q", found)
			}
			if !strings.Contains(page, `value="`+search+`"`) || !strings.Contains(page, "of 6 without data") {
				t.Errorf("page:\n%s", page)
			}
		})
	}
	t.Run("are listed up to a limit, and the others can be found", func(t *testing.T) {
		var many []run.Line
		for i := range 1250 {
			many = append(many, noData('7', run.ConsentMissing, fmt.Sprintf("Woodgrove %04d", i), consent))
		}
		known := nights(map[report.Date][]run.Line{"2026-11-24": many})
		page := openRun(t, "details/2026-11-24", known)
		if n := len(names.FindAllString(page, -1)); n != 200 || !strings.Contains(page, "And 1,050 more") {
			t.Errorf("%d are listed", n)
		}
		if page := openRun(t, "details/2026-11-24?search=woodgrove+1249", known); !strings.Contains(page, "Woodgrove 1249") {
			t.Errorf("page:\n%s", page)
		}
	})
	t.Run("with too many remedies for a page are counted, and can be found", func(t *testing.T) {
		var many []run.Line
		for i := range 75 {
			many = append(many, noData('8', run.ServiceFault, fmt.Sprintf("Woodgrove %04d", i), fmt.Sprintf("Do %d.", i)))
		}
		known := nights(map[report.Date][]run.Line{"2026-11-24": many})
		page := openRun(t, "details/2026-11-24", known)
		if n := len(groups.FindAllString(page, -1)); n != 60 || !strings.Contains(page, "Other remedies apply to 15 customers") {
			t.Errorf("%d groups", n)
		}
		if page := openRun(t, "details/2026-11-24?search=woodgrove+0074", known); !strings.Contains(page, "Do 74.") {
			t.Errorf("page:\n%s", page)
		}
	})
	t.Run("whose log cannot be read leave the rest of the page", func(t *testing.T) {
		broken := known
		broken.logErr = errors.New("blob details_2026-11-24.errors.log is gone")
		page := openRun(t, "details/2026-11-24", broken)
		if !strings.Contains(page, "The error log cannot be read") || !strings.Contains(page, "/csv?code=") {
			t.Errorf("page:\n%s", page)
		}
	})
}

func TestSinceWhen(t *testing.T) {
	a, b, c, d := noData('1', run.ConsentMissing, "Adatum", "Do."), noData('2', run.NoData, "Contoso", "Do."),
		noData('3', run.TenantGone, "Fabrikam", "Do."), noData('4', run.ServiceFault, "Litware", "Do.")
	excluded := noData('4', run.Excluded, "Litware", "")
	page := openRun(t, "details/2026-11-24", nights(map[report.Date][]run.Line{
		"2026-11-24": {a, b, c, d},
		"2026-11-23": {a, b, excluded},
		"2026-11-21": {a, b}, // that of the 22nd is missing
		"2026-11-20": {b, c}, // c failed, then had data, and fails again
		"2026-11-19": {a},
	}))
	for name, want := range map[string]string{"Adatum": "since 21 Nov", "Contoso": "since 20 Nov", "Fabrikam": "new", "Litware": "new"} {
		t.Run(name+" "+want, func(t *testing.T) {
			for _, found := range names.FindAllStringSubmatch(page, -1) {
				if found[1] == name && found[2] != want {
					t.Errorf("got %q", found[2])
				}
			}
			if !strings.Contains(page, name) {
				t.Errorf("page:\n%s", page)
			}
		})
	}
	t.Run("as far back as there is time for", func(t *testing.T) {
		known := nights(map[report.Date][]run.Line{"2026-11-24": {a, d}, "2026-11-23": {a}, "2026-11-22": {a}, "2026-11-21": {a}})
		known.slow = "2026-11-22"
		if got := grouped(openRun(t, "details/2026-11-24", known)); !strings.Contains(got, "Adatum since 23 Nov or earlier") || !strings.Contains(got, "Litware new") {
			t.Errorf("got %s", got)
		}
	})
	t.Run("no further back than a month", func(t *testing.T) {
		logs := map[report.Date][]run.Line{}
		for back := range 40 {
			logs[report.Date("2026-11-24").AddDays(-back)] = []run.Line{a}
		}
		if page := openRun(t, "details/2026-11-24", nights(logs)); !strings.Contains(page, "since 25 Oct or earlier") {
			t.Errorf("page:\n%s", page)
		}
	})
}

// hostile are names that customers may choose, and that break a careless page.
var hostile = []string{
	`<script>alert("Litware")</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, "{{.Home}}",
	"</strong></bdi></section><h1>Contoso", "javascript:alert(1)", "Proseware \u202eemaN", "&lt;b&gt;", "]]>", "<!--", "</script><script>alert(1)</script>",
}

func TestHostileTextIsInert(t *testing.T) {
	for _, text := range hostile {
		t.Run(text, func(t *testing.T) {
			line := noData('1', run.ServiceFault, text, text+" https://login.example/{tenant}/"+text)
			line.Customer.Domain, line.Failure.Message, line.Failure.CorrelationID = text, text, text
			other := noData('2', run.Class(text), text, "javascript:alert('{tenant}')")
			known := nights(map[report.Date][]run.Line{"2026-11-24": {line, other}})
			known.known[0].Notes, known.known[0].Call, known.known[0].Reason = []string{text}, text, text
			known.known[0].Classes[run.Class(text)] = 1
			page := openRun(t, "details/2026-11-24?search="+url.QueryEscape(text), known)
			if strings.Count(page, "<h1>") != 1 || strings.Count(page, "<bdi>") != 4 || strings.Count(page, "</section>") != 2 {
				t.Errorf("the page has another shape:\n%s", page)
			}
		})
	}
}
