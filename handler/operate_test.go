package main_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
	"tenantrollup/internal/standin/m365"
)

// playbook is docs/operate.md by its second-level headings.
func playbook(t *testing.T) map[string]string {
	t.Helper()
	sections := map[string]string{}
	for part := range strings.SplitSeq(repositoryFile(t, "docs/operate.md"), "\n## ") {
		title, text, _ := strings.Cut(part, "\n")
		sections[title] = text
	}
	return sections
}

var fences = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")

func TestEveryCurlHasItsPowerShell(t *testing.T) {
	for _, name := range []string{"README.md", "docs/operate.md"} {
		blocks := fences.FindAllStringSubmatch(repositoryFile(t, name), -1)
		for i, block := range blocks {
			language, text := block[1], block[2]
			if language == "sh" && strings.Contains(text, "curl") && (i+1 == len(blocks) || blocks[i+1][1] != "powershell") {
				t.Errorf("%s: no PowerShell beside\n%s", name, text)
			}
			if strings.Contains(text, "Get-Content") && strings.Contains(text, "ConvertFrom-Csv") {
				t.Errorf("%s: Get-Content breaks quoted line breaks\n%s", name, text)
			}
			if strings.Contains(text, "-Method Post") && !strings.Contains(text, "application/json") {
				t.Errorf("%s: PowerShell would send a form\n%s", name, text)
			}
		}
	}
}

// curl sends a header on to wherever it is redirected, and storage must not learn the
// key.
func TestNoRecipeSendsTheKeyToStorage(t *testing.T) {
	follows := regexp.MustCompile(`\s(-[a-zA-Z]*L[a-zA-Z]*|--location)\b`)
	for _, name := range []string{"README.md", "docs/operate.md", "docs/deploy.md"} {
		for line := range strings.Lines(repositoryFile(t, name)) {
			if strings.Contains(line, "x-functions-key") && follows.MatchString(line) {
				t.Errorf("%s: %s", name, line)
			}
		}
	}
}

// repositoryFile returns a file of the repository.
func repositoryFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// matchesOf are the first groups of a pattern's matches.
func matchesOf(text, pattern string) []string {
	var all []string
	for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		all = append(all, match[1])
	}
	return all
}

// classConstants are the constants of type run.Class.
func classConstants(t *testing.T) (all []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "class.go", repositoryFile(t, "internal/run/class.go"), 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(node ast.Node) bool {
		constant, ok := node.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := constant.Type.(*ast.Ident); ok && kind.Name == "Class" {
			text, err := strconv.Unquote(constant.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, text)
		}
		return true
	})
	return all
}

func TestPlaybookHasAll(t *testing.T) {
	sections := playbook(t)
	chapters := func(titles ...string) (names []string) {
		for _, title := range titles {
			names = append(names, matchesOf(sections[title], "(?m)^### `([a-z-]+)`")...)
		}
		return slices.Sorted(slices.Values(names))
	}
	t.Run("every class has its chapter", func(t *testing.T) {
		want := slices.Sorted(slices.Values(classConstants(t)))
		if got := chapters("What each class means", "What each warning means"); len(want) < 20 || !slices.Equal(got, want) {
			t.Errorf("chapters: %q\nclasses:  %q", got, want)
		}
	})
	t.Run("every alarm has its chapter", func(t *testing.T) {
		_, alarms, _ := strings.Cut(repositoryFile(t, "infra/alarms.tf"), "\n  alarms = {\n")
		alarms, _, _ = strings.Cut(alarms, "\n  }\n")
		want := slices.Sorted(slices.Values(matchesOf(alarms, `(?m)^    ([a-z-]+) += \{`)))
		if got := chapters("When an alarm calls"); len(want) == 0 || !slices.Equal(got, want) {
			t.Errorf("chapters: %q\nalarms:   %q", got, want)
		}
	})
	t.Run("every link within the page leads somewhere", func(t *testing.T) {
		text := repositoryFile(t, "docs/operate.md")
		var anchors []string
		for _, heading := range matchesOf(text, "(?m)^##+ (.*)$") {
			heading = regexp.MustCompile("[^a-z0-9 -]").ReplaceAllString(strings.ToLower(heading), "")
			anchors = append(anchors, strings.ReplaceAll(heading, " ", "-"))
		}
		for _, link := range matchesOf(text, `\]\(#([^)]*)\)`) {
			if !slices.Contains(anchors, link) {
				t.Errorf("#%s is not a heading", link)
			}
		}
	})
	t.Run("the queries ask for columns that the report has", func(t *testing.T) {
		call, err := report.Parse(countsCall)
		if err != nil {
			t.Fatal(err)
		}
		columns := append(call.Columns(), "Customer Tenant Id")
		query := strings.Join(matchesOf(sections["The files"], "(?s)```powerquery\n(.*?)```"), "")
		asked := slices.Concat(matchesOf(query, `\{"([^"]+)", (?:type|Int64)`), matchesOf(query, `Table.Group\(Nights, \{"([^"]+)"`), matchesOf(query, `Table.Group\(Nights, \{"[^"]+", "([^"]+)"`))
		if len(asked) != 5 {
			t.Errorf("columns: %q", asked)
		}
		for _, name := range asked {
			if !slices.Contains(columns, name) {
				t.Errorf("%q is none of %q", name, columns)
			}
		}
	})
}

// TestPlaybookWorks does what the page says, with today instead of its date.
func TestPlaybookWorks(t *testing.T) {
	t.Parallel()
	p := open(t, m365.Options{Customers: few, Seed: 91, Faults: map[int]m365.Fault{
		2: m365.NotConsented, 4: m365.Stale, 6: m365.HeaderOnly,
	}}, nil)
	sections := playbook(t)
	for title, text := range sections {
		sections[title] = strings.ReplaceAll(text, "2026-11-24", p.today)
	}
	page := strings.Join(slices.Collect(maps.Values(sections)), "\n")
	page = strings.ReplaceAll(page, "contoso.onmicrosoft.com", p.Cloud.Customers()[2].TenantID)
	p.Cloud.SetOutage(m365.VaultForbidden, true)
	p.night()
	p.Cloud.SetOutage(m365.VaultForbidden, false)

	bodies := matchesOf(page, `-d '(\{[^']*\})'`)
	slices.SortFunc(bodies, func(a, b string) int { return len(a) - len(b) }) // {} first: it publishes
	if len(bodies) < 4 || bodies[0] != "{}" {
		t.Fatalf("requests: %q", bodies)
	}
	for _, body := range bodies {
		if strings.Contains(body, `"accept"`) {
			p.holdOne()
		}
		if status, answer := p.call(http.MethodPost, "/api/runs", "rerun", body); status != http.StatusAccepted {
			t.Errorf("%s: answered %d %s", body, status, answer)
		}
		p.idle()
	}
	for _, path := range matchesOf(strings.ReplaceAll(page, "$(date -u +%F)", p.today), `"\$URL([/?][^"\s]*)"`) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.Host.URL()+"/api/runs"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("x-functions-key", p.Host.HostKey())
		answer, err := http.DefaultTransport.RoundTrip(request) // follows no redirect
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK && answer.StatusCode != http.StatusFound {
			t.Errorf("%s: answered %d", path, answer.StatusCode)
		}
	}
	names := matchesOf(page, `--container-name reports --name (\S+)`)
	if len(names) != 4 { // in two shells
		t.Errorf("blobs: %q", names)
	}
	for _, name := range names {
		p.blob(name)
	}
	t.Run("the queries ask for fields that the log has", func(t *testing.T) { p.loggedWhat(t, sections["The logs"]) })
}

// holdOne makes most customers' consent missing while all are asked again.
func (p *place) holdOne() {
	p.t.Helper()
	for index := range few - 2 {
		p.Cloud.SetFault(index, m365.NotConsented)
	}
	if status, answer := p.call(http.MethodPost, "/api/runs", "rerun", `{"reports":["mailbox-activity"]}`); status != http.StatusAccepted {
		p.t.Fatalf("answered %d %s", status, answer)
	}
	p.idle()
	if state := p.record("mailbox-activity", p.today).State; state != run.StateHeld {
		p.t.Fatalf("the run is %s", state)
	}
}

// loggedWhat looks for the fields and texts that the queries name.
func (p *place) loggedWhat(t *testing.T, queries string) {
	fields, messages := map[string]bool{}, map[string]bool{}
	for text := range strings.Lines(p.Console()) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		for name := range line {
			fields[name] = true
		}
		messages[line["msg"].(string)] = true
	}
	asked := matchesOf(queries, `line\.(\w+)`)
	if len(asked) < 20 {
		t.Errorf("fields: %q", asked)
	}
	for _, name := range asked {
		if !fields[name] {
			t.Errorf("no line has the field %s", name)
		}
	}
	for _, list := range matchesOf(queries, `tostring\(line\.msg\) in \(([^)]*)\)`) {
		for _, message := range matchesOf(list, `"([^"]*)"`) {
			if !messages[message] {
				t.Errorf("no line says %q", message)
			}
		}
	}
}
