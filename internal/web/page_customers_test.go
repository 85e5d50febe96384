package web_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

var (
	groups    = regexp.MustCompile(`(?s)<section class="group.*?</section>`)
	names     = regexp.MustCompile(`<li><a href="[^"]*"><bdi>(.*?)</bdi></a>.*?(?:<span class="since[^>]*>(.*?)</span>)?</li>`)
	groupHead = regexp.MustCompile(`(?s)<section class="group[^>]*>\n(?:<h3>.*?</svg> ([^<]*)</h3>)?\s*(?:<button[^\n]*)?\s*(?:<p class="remedy">(.*?)</p>)?`)
)

// grouped lists the groups of a page, and who has been in them since when.
func grouped(page string) string {
	var all []string
	for _, g := range groups.FindAllString(page, -1) {
		head := groupHead.FindStringSubmatch(g)
		var who []string
		for _, name := range names.FindAllStringSubmatch(g, -1) {
			who = append(who, strings.TrimSpace(name[1]+" "+name[2]))
		}
		all = append(all, fmt.Sprintf("%s: %s [%s]", head[1], head[2], strings.Join(who, ", ")))
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
	t.Run("are grouped by what to do, most useful first", func(t *testing.T) {
		page := openRun(t, "details/2026-11-24", known)
		const open = " since 24 Nov or earlier"
		want := "Consent missing: Have an administrator of the customer open the customer&#39;s consent address and accept. [Fabrikam" + open + ", Northwind" + open + "]\n" +
			": Have an administrator of the customer open the customer&#39;s consent address and accept. Then wait. [Proseware" + open + "]\n" +
			"Service fault: Wait. [Litware" + open + "]\n" +
			"No data: Nothing. [Contoso" + open + "]\n" +
			"Excluded:  [Adatum]"
		if got := grouped(page); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		if !strings.Contains(page, `href="https://login.microsoftonline.com/00000000-0000-4000-8000-000000000003/adminconsent?client_id=1"`) {
			t.Errorf("no consent address:\n%s", page)
		}
	})
	for _, forged := range []string{
		"https://login.microsoftonline.com.fabrikam.example/{tenant}/adminconsent?client_id=1",
		"https://login.microsoftonline.com@fabrikam.example/{tenant}/adminconsent?client_id=1",
		"https://me@login.microsoftonline.com/{tenant}/adminconsent?client_id=1",
		"https://login.microsoftonline.com:8443/{tenant}/adminconsent?client_id=1",
		"https://login.microsoftonline.com/{tenant}/oauth2/authorize?client_id=1",
		"https://login.microsoftonline.com/{tenant}/adminconsent/../oauth2/authorize?client_id=1",
		"https://login.microsoftonline.com/{tenant}/adminconsented?client_id=1",
	} {
		t.Run("never get a link to "+forged, func(t *testing.T) {
			page := openRun(t, "details/2026-11-24", nights(map[report.Date][]run.Line{"2026-11-24": {
				noData('3', run.ConsentMissing, "Fabrikam", "Have an administrator of the customer open "+forged+" and accept."),
			}}))
			shown := strings.ReplaceAll(forged, "{tenant}", "00000000-0000-4000-8000-000000000003")
			if strings.Contains(page, ">consent address<") || strings.Contains(page, `href="`+shown) || !strings.Contains(page, shown) {
				t.Errorf("want it as text alone:\n%s", page)
			}
		})
	}
	for search, want := range map[string]string{
		"FABRIK": "Fabrikam", "contoso5.example": "Northwind", "000000000004": "Litware", "excluded": "Adatum", "ABC2": "Contoso", "nobody": "",
	} {
		t.Run("are found by "+search, func(t *testing.T) {
			page := openRun(t, "details/2026-11-24?find="+search, known)
			found := names.FindAllStringSubmatch(page, -1)
			if (want == "") != (len(found) == 0) || len(found) > 1 || want != "" && found[0][1] != want {
				t.Errorf("found %q", found)
			}
			if !strings.Contains(page, `value="`+search+`"`) || !strings.Contains(page, "of 6 customers without data") {
				t.Errorf("page:\n%s", page)
			}
		})
	}
	t.Run("are listed 200 to a page, and can be found or chosen by class", func(t *testing.T) {
		many := []run.Line{noData('1', run.NoData, "Contoso", "Nothing.")}
		for i := range 1250 {
			line := noData('7', run.ConsentMissing, fmt.Sprintf("Woodgrove %04d", i), consent)
			line.Customer.TenantID = fmt.Sprintf("00000000-0000-4000-8000-%012d", i+100)
			many = append(many, line)
		}
		known := nights(map[report.Date][]run.Line{"2026-11-24": many})
		for query, want := range map[string]string{
			"": "200: Woodgrove 0000 to Woodgrove 0199", "?page=7": "51: Woodgrove 1200 to Contoso", "?page=9": "51: Woodgrove 1200 to Contoso",
			"?find=woodgrove+1249": "1: Woodgrove 1249 to Woodgrove 1249", "?class=no-data": "1: Contoso to Contoso",
		} {
			page := openRun(t, "details/2026-11-24"+query, known)
			found := names.FindAllStringSubmatch(page, -1)
			got := fmt.Sprint(len(found))
			if len(found) > 0 {
				got += ": " + found[0][1] + " to " + found[len(found)-1][1]
			}
			if got != want {
				t.Errorf("%s: got %s", query, got)
			}
			if query == "" && (!strings.Contains(page, "1 to 200 of 1,251") || !strings.Contains(page, "page=2")) {
				t.Errorf("page:\n%s", page)
			}
		}
	})
	t.Run("whose log cannot be read leave the rest of the page intact", func(t *testing.T) {
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
	t.Run("ignoring the log of a night without a publication", func(t *testing.T) {
		known := nights(map[report.Date][]run.Line{"2026-11-24": {a}, "2026-11-23": {a}, "2026-11-22": {}})
		known.known[1] = nightOf("details", "2026-11-23", run.StateStopped, 0)
		if got := grouped(openRun(t, "details/2026-11-24", known)); !strings.Contains(got, "Adatum new") {
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

func TestWhoeverIsNewInAnEarlierNightIsNotNewTonight(t *testing.T) {
	known := nights(map[report.Date][]run.Line{"2026-11-20": {noData('1', run.ConsentMissing, "Adatum", "Do.")}, "2026-11-19": {}})
	known.known = append([]run.Status{nightOf("mailbox-activity", "2026-11-24", run.StatePublished, 0)}, known.known...)
	known.lists = map[string][]run.Customer{"mailbox-activity/2026-11-24": {{TenantID: tenant('1'), Name: "Adatum"}}}
	for _, target := range []string{"", "?by=customer", "?by=customer&customer=" + tenant('1')} {
		page := openMorning(t, target, known)
		if strings.Contains(page, `class="since new"`) || !strings.Contains(page, `<span class="since">since 20 Nov</span>`) {
			t.Errorf("%s:\n%s", target, page)
		}
	}
}

func TestNobodyIsNewInANightWithoutAPublication(t *testing.T) {
	known := nights(map[report.Date][]run.Line{"2026-11-20": {noData('1', run.ConsentMissing, "Adatum", "Do.")}, "2026-11-19": {}})
	known.known = append([]run.Status{nightOf("details", "2026-11-24", run.StateStopped, 0)}, known.known...)
	for _, target := range []string{"", "?by=customer", "?by=customer&customer=" + tenant('1')} {
		page := openMorning(t, target, known)
		if strings.Contains(page, `class="since new"`) || !strings.Contains(page, `<span class="since">since 20 Nov</span>`) {
			t.Errorf("%s:\n%s", target, page)
		}
	}
}

func TestSinceWhenIsSaidOnceForMostOfAGroup(t *testing.T) {
	fails := func(names ...string) (lines []run.Line) {
		for i, name := range names {
			lines = append(lines, noData('1'+byte(i), run.ConsentMissing, name, "Do."))
		}
		return lines
	}
	for _, c := range []struct {
		rule             string
		tonight, earlier []run.Line
		said, each       string
	}{
		{"for all", fails("A", "B", "C"), fails("A", "B", "C"), `<p class="since">all since 20 Nov</p>`, "A, B, C"},
		{"if all are new", fails("A", "B", "C"), nil, `<p class="since new">all new</p>`, "A, B, C"},
		{"except those with another night", fails("A", "B", "C", "D", "E"), fails("A", "B", "C"), `<p class="since">since 20 Nov unless stated</p>`, "A, B, C, D new, E new"},
		{"not for half of a group", fails("A", "B", "C", "D", "E", "F"), fails("A", "B", "C"), "", "A since 20 Nov, B since 20 Nov, C since 20 Nov, D new, E new, F new"},
		{"not for two customers", fails("A", "B"), fails("A", "B"), "", "A since 20 Nov, B since 20 Nov"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			page := openRun(t, "details/2026-11-24", nights(map[report.Date][]run.Line{"2026-11-24": c.tonight, "2026-11-20": c.earlier, "2026-11-19": {}}))
			said := sinceOfGroup.FindString(page)
			if got := grouped(page); said != c.said || got != "Consent missing: Do. ["+c.each+"]" {
				t.Errorf("got %q %s", said, got)
			}
		})
	}
}

var sinceOfGroup = regexp.MustCompile(`<p class="since.*?</p>`)

// hostile are names that customers may choose and that break a careless page.
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
			known.known[0].Warnings = run.Classes{run.WarnRelationshipEnding: 1, run.Class("warning-" + text): 1}
			known.lists = map[string][]run.Customer{"details/2026-11-24": {{TenantID: tenant('1'), Name: text, Domain: text, Ends: "2026-11-30"}}}
			stopped := nightOf("mailbox-activity", "2026-11-24", run.StateStopped, 0)
			stopped.Reason = text
			known.known = append(known.known, stopped)
			for target, shape := range map[string]string{
				"/details/2026-11-24?find=" + url.QueryEscape(text): "1 h1, 5 bdi, 2 section",
				"":                         "1 h1, 4 bdi, 5 section",
				"?report=mailbox-activity": "1 h1, 0 bdi, 0 section",
				"?by=customer&find=" + url.QueryEscape(text):         "1 h1, 4 bdi, 2 section",
				"?by=customer&customer=" + tenant('1'):               "1 h1, 2 bdi, 1 section",
				"/details/2026-11-24?class=" + url.QueryEscape(text): "1 h1, 0 bdi, 0 section",
			} {
				_, page := browse(t, 6*time.Hour, http.MethodGet, "/api/runs"+target, "", known, nil)
				got := fmt.Sprintf("%d h1, %d bdi, %d section", strings.Count(page, "<h1"), strings.Count(page, "<bdi"), strings.Count(page, "</section>"))
				if got != shape {
					t.Errorf("%s has another structure: %s\n%s", target, got, page)
				}
			}
		})
	}
}
