//go:build readers

package main_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
	"tenantrollup/internal/standin"
	"tenantrollup/internal/standin/m365"
)

// recipes are the blocks of docs/read.md under a heading, by the name in bold
// before each.
func recipes(t *testing.T, heading string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "docs", "read.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(text), "\n## "+heading+"\n")
	if !found {
		t.Fatalf("docs/read.md has no section %q", heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	blocks, tool, inside := map[string]string{}, "", false
	for line := range strings.Lines(section) {
		switch name, bold := strings.CutPrefix(line, "**"); {
		case strings.HasPrefix(line, "```"):
			inside = !inside
		case inside:
			blocks[tool] += line
		case bold:
			tool, _, _ = strings.Cut(name, "*")
			tool = strings.TrimSuffix(tool, ":")
		}
	}
	return blocks
}

// asRows prints a table as a list of objects.
const asRows = `
import json
table = %s
print(json.dumps(table.to_dicts() if hasattr(table, "to_dicts") else table.to_dict("records")))
`

// reader is a place with the programs that read from it.
type reader struct {
	*place
	scripts string
	dir     string // where they run
}

func openReader(t *testing.T, cloud m365.Options, settings map[string]string) reader {
	t.Helper()
	scripts := os.Getenv("READERS")
	if scripts == "" {
		t.Fatal("READERS is not set; make test-readers sets it")
	}
	return reader{open(t, cloud, settings), scripts, t.TempDir()}
}

// output runs a program that reaches storage as the handler does.
func (r reader) output(t *testing.T, name string, arguments ...string) []byte {
	t.Helper()
	command := exec.CommandContext(t.Context(), name, arguments...)
	ca := r.Cloud.Settings()["SSL_CERT_FILE"]
	command.Dir = r.dir
	command.Env = slices.Concat(os.Environ(), r.Cloud.Env(), []string{"REQUESTS_CA_BUNDLE=" + ca, "NODE_EXTRA_CA_CERTS=" + ca, "AZCOPY_LOG_LOCATION=" + r.dir, "AZCOPY_JOB_PLAN_LOCATION=" + r.dir, "HOME=" + r.dir})
	var problem bytes.Buffer
	command.Stderr = &problem
	output, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", filepath.Base(name), err, problem.Bytes(), output)
	}
	return output
}

func (r reader) python(t *testing.T, code string) []byte {
	t.Helper()
	return r.output(t, filepath.Join(r.scripts, ".venv", "bin", "python"), "-c", code)
}

// rowsOfJSON are the records of JSON objects, an array or one a line.
func rowsOfJSON(t *testing.T, text []byte) (rows []map[string]string) {
	t.Helper()
	if !bytes.HasPrefix(text, []byte("[")) {
		text = fmt.Appendf(nil, "[%s]", bytes.ReplaceAll(bytes.TrimSpace(text), []byte("}\n{"), []byte("},{")))
	}
	var objects []map[string]any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&objects); err != nil {
		t.Fatalf("%v\n%.500s", err, text)
	}
	for _, object := range objects {
		row := map[string]string{}
		for name, value := range object {
			row[name] = strings.ReplaceAll(fmt.Sprint(value), "\r\n", "\n")
		}
		rows = append(rows, row)
	}
	return rows
}

// records are the rows of a published file, as encoding/csv reads them.
func records(t *testing.T, text []byte) (rows []map[string]string) {
	t.Helper()
	lines, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, value := range line {
			row[lines[0][i]] = value
		}
		rows = append(rows, row)
	}
	return rows
}

func sameTable(t *testing.T, got, want []map[string]string) {
	t.Helper()
	texts := func(rows []map[string]string) (texts []string) {
		for _, row := range rows {
			text, _ := json.Marshal(row) // by name
			texts = append(texts, string(text))
		}
		slices.Sort(texts)
		return texts
	}
	a, b := texts(got), texts(want)
	if len(a) != len(b) {
		t.Fatalf("%d records, want %d", len(a), len(b))
	}
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("record\n%s\nwant\n%s", a[i], b[i])
		}
	}
}

// TestReadersOfOneNight: every program reads the file of a night full of awkward
// names, from storage and as a table. make test-readers runs it.
func TestReadersOfOneNight(t *testing.T) {
	r := openReader(t, troublesome(), map[string]string{"REPORTS": "details=" + detailCall})
	r.night()
	name := fmt.Sprintf("details/%s/details_%[1]s", r.today)
	file, log := r.blob(name+".csv"), r.blob(name+".errors.log")

	for what, want := range map[string][]byte{"csv": file, "errors": log} {
		link := r.link(t, "details/"+r.today+"/"+what)
		for program, command := range map[string][]string{
			"azure-storage-blob":  {filepath.Join(r.scripts, ".venv", "bin", "python"), filepath.Join(r.scripts, "blob.py")},
			"@azure/storage-blob": {"node", filepath.Join(r.scripts, "blob.mjs")},
		} {
			t.Run(what+" by its link with "+program, func(t *testing.T) {
				into := filepath.Join(t.TempDir(), "file")
				var told struct {
					MD5               bool
					Type, Disposition string
					Metadata          map[string]string
				}
				if err := json.Unmarshal(r.output(t, command[0], command[1], link, into), &told); err != nil {
					t.Fatal(err)
				}
				sameFile(t, into, want)
				if told.MD5 != (what == "csv") || !strings.Contains(told.Disposition, "details_"+r.today) || told.Metadata["customers"] == "" || !strings.HasSuffix(told.Type, "; charset=utf-8") {
					t.Errorf("its properties: %+v", told)
				}
			})
		}
		t.Run(what+" by its link with azcopy", func(t *testing.T) {
			into := filepath.Join(t.TempDir(), "file")
			r.output(t, filepath.Join(r.scripts, "node_modules", "@azure-tools", "azcopy-linux", "dist", "bin", "azcopy_linux_amd64"),
				"copy", link, into, "--check-md5", "FailIfDifferent", "--skip-version-check")
			sameFile(t, into, want)
		})
	}
	t.Run("the folder with rclone", func(t *testing.T) {
		key := regexp.MustCompile(`AccountKey=([^;]+)`).FindStringSubmatch(r.Connection())[1]
		into := t.TempDir()
		r.output(t, "rclone", "copy", "--config", filepath.Join(into, "none"), "--azureblob-account", standin.StorageAccount, "--azureblob-key", key, ":azureblob:reports/details", into)
		sameFile(t, filepath.Join(into, r.today, "details_"+r.today+".csv"), file)
		sameFile(t, filepath.Join(into, r.today, "details_"+r.today+".errors.log"), log)
	})

	if err := os.WriteFile(filepath.Join(r.dir, "mailbox-activity.csv"), file, 0o600); err != nil {
		t.Fatal(err)
	}
	blocks := recipes(t, "One night")
	if len(blocks) != 4 {
		t.Fatalf("docs/read.md has the recipes %q for one night", blocks)
	}
	for tool, recipe := range blocks {
		t.Run("the recipe for "+tool, func(t *testing.T) {
			if tool == "Miller" {
				sameTable(t, rowsOfJSON(t, r.output(t, "sh", "-c", recipe)), records(t, file))
				return
			}
			sameTable(t, rowsOfJSON(t, r.python(t, recipe+fmt.Sprintf(asRows, "night"))), records(t, file))
		})
	}
}

// link is where the runs API redirects for a file, under storage's real host name.
func (r reader) link(t *testing.T, path string) string {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Get(r.Host.URL() + "/api/runs/" + path + "?code=" + url.QueryEscape(r.Host.FunctionKey("runs")))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	link, err := response.Location()
	if err != nil {
		t.Fatal(err)
	}
	// The host's stand-in put a loopback address there, for browsers.
	link.Host, link.Path = standin.StorageHost, strings.TrimPrefix(link.Path, "/"+standin.StorageAccount)
	return link.String()
}

func sameFile(t *testing.T, name string, want []byte) {
	t.Helper()
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%d bytes, want %d", len(got), len(want))
	}
}

// TestReadersOfAllNights: the recipes make one table of nights with other columns,
// each customer's day once.
func TestReadersOfAllNights(t *testing.T) {
	r := openReader(t, m365.Options{Customers: 12, Seed: 9}, nil)
	var want []map[string]string
	newest := map[[2]string]string{}
	for i, fault := range []m365.Fault{m365.None, m365.ExtraColumn, m365.HeaderOnly} {
		r.Cloud.SetFault(i, fault)
		date := r.due.AddDate(0, 0, i-2).Format(time.DateOnly)
		text, err := json.Marshal(run.Message{
			Run: fmt.Sprintf("%08x", i+1), Turn: "0001-00000000", Report: "mailbox-activity", Call: countsCall,
			Date: report.Date(date), Scope: run.ScopeMissing,
		})
		if err != nil {
			t.Fatal(err)
		}
		r.Host.Enqueue("rollup-runs", string(text))
		r.idle()
		name := fmt.Sprintf("mailbox-activity/%s/mailbox-activity_%[1]s.csv", date)
		file := filepath.Join(r.dir, "nights", filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, r.blob(name), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, row := range records(t, r.blob(name)) {
			row["Night"] = date
			newest[dayOf(row)] = date
			want = append(want, row)
		}
	}
	want = slices.DeleteFunc(want, func(row map[string]string) bool { return row["Night"] != newest[dayOf(row)] })
	columns := map[string]bool{}
	for _, row := range want {
		for name := range row {
			columns[name] = true
		}
	}
	for _, row := range want {
		for name := range columns {
			row[name] += "" // a night without the column
		}
	}
	blocks := recipes(t, "All nights as one table")
	if len(blocks) != 4 {
		t.Fatalf("docs/read.md has the recipes %q for all nights", blocks)
	}
	for tool, recipe := range blocks {
		t.Run("the recipe for "+tool, func(t *testing.T) {
			if tool == "Spark" {
				r.python(t, fmt.Sprintf("import ast; ast.parse(%q)", recipe))
				return
			}
			sameTable(t, rowsOfJSON(t, r.python(t, recipe+fmt.Sprintf(asRows, "nights"))), want)
		})
	}
}

// dayOf is a customer's day.
func dayOf(row map[string]string) [2]string {
	return [2]string{row["Customer Tenant Id"], row["Report Date"]}
}
