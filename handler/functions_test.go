package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"tenantrollup/internal/config"
	"tenantrollup/internal/refusal"
)

// What the Functions host reads and what the handler does are written down in different
// places. These tests check that they agree.
func TestFunctionsAgreeWithTheHandler(t *testing.T) {
	t.Run("as they are", func(t *testing.T) {
		for _, problem := range disagreements(t, os.DirFS("..")) {
			t.Error(problem)
		}
	})
	tests := []struct {
		rule, file, old, new, want string
	}{
		{"a folder is a function that the handler serves", "function/nightly/function.json", "", "", "handler serves nightly, and there is no function/nightly"},
		{"a function that the handler serves has its folder", "function/weekly/function.json", "", `{"bindings":[]}`, "function/weekly: the handler serves no function of that name"},
		{"a binding has the name that the handler reads", "function/rollup/function.json", `"message"`, `"item"`, "rollup: message queueTrigger in"},
		{"a binding that the handler never uses", "function/rollup/function.json", `"bindings": [`, `"bindings": [{"type":"queue","direction":"out","name":"spare","queueName":"rollup-runs","connection":"AzureWebJobsStorage"},`, "rollup: spare queue out: in function.json true"},
		{"an output goes out", "function/nightly/function.json", `"direction": "out"`, `"direction": "in"`, "nightly: messages queue out"},
		{"the handler reads what is declared", "handler/http.go", `Respond("res"`, `Respond("response"`, "rerun: response http out"},
		{"what is enqueued has a trigger", "function/rerun/function.json", "rollup-runs", "runs", `rerun: queue "runs" starts no function`},
		{"queues are in the host's storage", "function/rollup/function.json", "AzureWebJobsStorage", "REPORTS_STORAGE", `rollup: connection "REPORTS_STORAGE"`},
		{"a route leads to what the API serves", "function/rerun/function.json", `"route": "runs"`, `"route": "rerun"`, "rerun: the API serves nothing at POST /api/rerun"},
		{"a method is one that the API serves", "function/rerun/function.json", `"post"`, `"put"`, "rerun: the API serves nothing at PUT /api/runs"},
		{"what the API serves has a route", "function/runs/function.json", "runs/{*path}", "runs", "no function has a route to GET /api/runs/mailbox-activity/2026-11-24"},
		{"no route is open to everybody", "function/runs/function.json", `"authLevel": "function"`, `"authLevel": "anonymous"`, `runs: authLevel "anonymous"`},
		{"host.json can be read", "host.json", "00:10:00", "ten", "functionTimeout"},
		{"the host starts what is packaged", "host.json", `"defaultExecutablePath": "handler"`, `"defaultExecutablePath": "app"`, `host.json: the host starts "app"`},
		{"the host's routes begin with /api", "host.json", `"extensions": {`, `"extensions": {"http": {"routePrefix": "v1"},`, `host.json: routePrefix "v1"`},
		{"the example has a setting for each one that a function names", "local.settings.json.example", "NIGHTLY_SCHEDULE", "SCHEDULE", "NIGHTLY_SCHEDULE"},
		{"the example's settings are accepted", "local.settings.json.example", `"PARTNER_AUTH": "certificate"`, `"PARTNER_AUTH": "password"`, "local.settings.json.example: PARTNER_AUTH"},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			root := checkout(t)
			file := root[tt.file]
			switch {
			case tt.old == "" && tt.new == "":
				delete(root, tt.file)
			case file == nil:
				root[tt.file] = &fstest.MapFile{Data: []byte(tt.new)}
			case !strings.Contains(string(file.Data), tt.old):
				t.Fatalf("%s does not contain %q", tt.file, tt.old)
			default:
				file.Data = []byte(strings.ReplaceAll(string(file.Data), tt.old, tt.new))
			}
			got := strings.Join(disagreements(t, root), "\n")
			if !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q in it", got, tt.want)
			}
		})
	}
}

// checkout is a copy of all that disagreements looks at.
func checkout(t *testing.T) fstest.MapFS {
	t.Helper()
	names := []string{"host.json", "local.settings.json.example"}
	for _, pattern := range []string{"function/*/function.json", "handler/*.go"} {
		found, err := fs.Glob(os.DirFS(".."), pattern)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, found...)
	}
	root := fstest.MapFS{}
	for _, name := range names {
		root[name] = &fstest.MapFile{Data: readFile(t, os.DirFS(".."), name)}
	}
	return root
}

func readFile(t *testing.T, root fs.FS, name string) []byte {
	t.Helper()
	text, err := fs.ReadFile(root, name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// declared is a binding as function.json declares it.
type declared struct {
	Type, Direction, Name string
	QueueName, Connection string
	Route, AuthLevel      string
	Methods               []string
}

func disagreements(t *testing.T, root fs.FS) []string {
	t.Helper()
	names, err := fs.Glob(root, "function/*/function.json")
	if err != nil {
		t.Fatal(err)
	}
	folders := map[string][]declared{}
	for _, name := range names {
		var file struct{ Bindings []declared }
		if err := json.Unmarshal(readFile(t, root, name), &file); err != nil {
			return []string{name + ": " + err.Error()}
		}
		folders[strings.Split(name, "/")[1]] = file.Bindings
	}
	return slices.Concat(
		servedProblems(folders), bindingProblems(folders, parseHandler(t, root)),
		queueProblems(folders), routeProblems(folders, served()),
		hostProblems(readFile(t, root, "host.json")), exampleProblems(t, root, names),
	)
}

func servedProblems(folders map[string][]declared) (problems []string) {
	served := functions(func(string) string { return "" }, slog.New(slog.DiscardHandler), new(refusal.Secrets))
	for name := range served {
		if _, found := folders[name]; !found {
			problems = append(problems, fmt.Sprintf("the handler serves %s, and there is no function/%[1]s/function.json", name))
		}
	}
	for name := range folders {
		if _, found := served[name]; !found {
			problems = append(problems, "function/"+name+": the handler serves no function of that name")
		}
	}
	return problems
}

func bindingProblems(folders map[string][]declared, handler sourceCode) (problems []string) {
	for name, bindings := range folders {
		var inFile []string
		for _, b := range bindings {
			inFile = append(inFile, b.Name+" "+b.Type+" "+b.Direction)
		}
		inCode := handler.bindings(name)
		for _, b := range slices.Compact(slices.Sorted(slices.Values(slices.Concat(inFile, inCode)))) {
			if declared, used := slices.Contains(inFile, b), slices.Contains(inCode, b); declared != used {
				problems = append(problems, fmt.Sprintf("%s: %s: in function.json %v, in the handler %v", name, b, declared, used))
			}
		}
	}
	return problems
}

func queueProblems(folders map[string][]declared) (problems []string) {
	triggers := map[string]bool{}
	for b := range eachBinding(folders) {
		if b.Type == "queueTrigger" {
			triggers[b.QueueName] = true
		}
	}
	for b, name := range eachBinding(folders) {
		if b.QueueName == "" {
			continue
		}
		if !triggers[b.QueueName] {
			problems = append(problems, fmt.Sprintf("%s: queue %q starts no function", name, b.QueueName))
		}
		if b.Connection != "AzureWebJobsStorage" {
			problems = append(problems, fmt.Sprintf("%s: connection %q, want AzureWebJobsStorage", name, b.Connection))
		}
	}
	return problems
}

func routeProblems(folders map[string][]declared, served []string) (problems []string) {
	reached := map[string]bool{}
	for b, name := range eachBinding(folders) {
		if b.Type != "httpTrigger" {
			continue
		}
		if b.AuthLevel != "function" {
			problems = append(problems, fmt.Sprintf("%s: authLevel %q, want function", name, b.AuthLevel))
		}
		for _, method := range b.Methods {
			begin, more := strings.CutSuffix(strings.ToUpper(method)+" /api/"+b.Route, "/{*path}")
			found := false
			for _, request := range served {
				if request == begin || more && strings.HasPrefix(request, begin+"/") {
					found, reached[request] = true, true
				}
			}
			if !found {
				problems = append(problems, name+": the API serves nothing at "+begin)
			}
		}
	}
	for _, request := range served {
		if !reached[request] {
			problems = append(problems, "no function has a route to "+request)
		}
	}
	return problems
}

func hostProblems(text []byte) (problems []string) {
	if _, err := config.ReadHost(text); err != nil {
		return []string{err.Error()}
	}
	var file struct {
		CustomHandler struct {
			Description struct{ DefaultExecutablePath string }
		}
		Extensions struct{ HTTP struct{ RoutePrefix *string } }
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return []string{"host.json: " + err.Error()}
	}
	if starts := file.CustomHandler.Description.DefaultExecutablePath; starts != "handler" {
		problems = append(problems, fmt.Sprintf("host.json: the host starts %q, and the package holds handler", starts))
	}
	if prefix := file.Extensions.HTTP.RoutePrefix; prefix != nil && *prefix != "api" {
		problems = append(problems, fmt.Sprintf("host.json: routePrefix %q, want none, which is api", *prefix))
	}
	return problems
}

var settingInJSON = regexp.MustCompile(`%([A-Z_]+)%`)

// exampleProblems accepts the ids of the example, all zeros, as given.
func exampleProblems(t *testing.T, root fs.FS, functionFiles []string) (problems []string) {
	var example struct{ Values map[string]string }
	if err := json.Unmarshal(readFile(t, root, "local.settings.json.example"), &example); err != nil {
		return []string{"local.settings.json.example: " + err.Error()}
	}
	for _, name := range functionFiles {
		for _, match := range settingInJSON.FindAllStringSubmatch(string(readFile(t, root, name)), -1) {
			if example.Values[match[1]] == "" {
				problems = append(problems, fmt.Sprintf("%s names the setting %s, which local.settings.json.example does not have", name, match[1]))
			}
		}
	}
	settings := map[string]string{"FUNCTIONS_APP_ROOT_PATH": ".."}
	maps.Copy(settings, example.Values)
	if _, err := wire(func(name string) string { return settings[name] }, new(refusal.Secrets)); err != nil {
		problems = append(problems, "local.settings.json.example: "+err.Error())
	}
	return problems
}
