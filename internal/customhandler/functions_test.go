package customhandler_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// The files at the root of the repository are the other half of this protocol:
// names that the program and they must share.

func readJSON(t *testing.T, name string, into any) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

type object = map[string]any

func TestFunctions(t *testing.T) {
	queue := func(name string) object {
		return object{"type": "queue", "direction": "out", "name": name, "queueName": "rollup-runs", "connection": "AzureWebJobsStorage"}
	}
	request := func(method, route string) object {
		return object{"type": "httpTrigger", "direction": "in", "name": "req", "authLevel": "function", "methods": []any{method}, "route": route}
	}
	response := object{"type": "http", "direction": "out", "name": "res"}
	want := map[string]object{
		"nightly": {
			"bindings": []any{
				object{"type": "timerTrigger", "direction": "in", "name": "timer", "schedule": "%NIGHTLY_SCHEDULE%", "useMonitor": true, "runOnStartup": false},
				queue("messages"),
			},
			"retry": object{"strategy": "fixedDelay", "maxRetryCount": 5.0, "delayInterval": "00:01:00"},
		},
		"rollup": {"bindings": []any{
			object{"type": "queueTrigger", "direction": "in", "name": "message", "queueName": "rollup-runs", "connection": "AzureWebJobsStorage"},
			queue("continuation"),
		}},
		"rerun": {"bindings": []any{request("post", "runs"), response, queue("messages")}},
		"runs":  {"bindings": []any{request("get", "runs/{*path}"), response}},
	}
	folders, err := filepath.Glob(filepath.Join("..", "..", "function", "*"))
	if err != nil || len(folders) != len(want) {
		t.Errorf("folders %v, %v; want these four functions", folders, err)
	}
	for name, function := range want {
		t.Run(name, func(t *testing.T) {
			var got object
			readJSON(t, "function/"+name+"/function.json", &got)
			if !reflect.DeepEqual(got, function) {
				t.Errorf("function.json is\n%v\nwant\n%v", got, function)
			}
			// Any other file in the folder would be taken for its script.
			files, err := os.ReadDir(filepath.Join("..", "..", "function", name))
			if err != nil || len(files) != 1 {
				t.Errorf("the folder has %v, %v; want function.json alone", files, err)
			}
		})
	}
}

func TestHostFile(t *testing.T) {
	var got object
	readJSON(t, "host.json", &got)
	want := map[string]any{
		"version":         "2.0",
		"functionTimeout": "00:10:00",
		"extensionBundle": object{"id": "Microsoft.Azure.Functions.ExtensionBundle", "version": "[4.*, 5.0.0)"},
		"customHandler":   object{"description": object{"defaultExecutablePath": "handler", "workingDirectory": "", "arguments": []any{}}},
		"extensions":      object{"queues": object{"batchSize": 1.0, "newBatchThreshold": 0.0, "maxPollingInterval": "00:00:10", "visibilityTimeout": "00:02:00", "maxDequeueCount": 10.0}},
	}
	for name, value := range want {
		t.Run(name, func(t *testing.T) {
			if !reflect.DeepEqual(got[name], value) {
				t.Errorf("%s is %v, want %v", name, got[name], value)
			}
		})
	}
	t.Run("every console line reaches the alarms", func(t *testing.T) {
		var host struct {
			Logging struct {
				ApplicationInsights struct {
					SamplingSettings struct{ IsEnabled *bool }
				}
				LogLevel map[string]string
			}
		}
		readJSON(t, "host.json", &host)
		if sampled := host.Logging.ApplicationInsights.SamplingSettings.IsEnabled; sampled == nil || *sampled {
			t.Error("sampling is not switched off")
		}
		if level := host.Logging.LogLevel["Host.Function.Console"]; level != "Information" {
			t.Errorf("console lines are kept from level %q, want Information", level)
		}
	})
}

func TestLocalSettings(t *testing.T) {
	var got struct {
		IsEncrypted *bool
		Values      map[string]string
	}
	readJSON(t, "local.settings.json.example", &got)
	if got.IsEncrypted == nil || *got.IsEncrypted {
		t.Error("IsEncrypted must be false: the file is copied and edited")
	}
	for name, want := range map[string]string{
		"FUNCTIONS_WORKER_RUNTIME": "custom",
		"AzureWebJobsStorage":      "UseDevelopmentStorage=true",
		"NIGHTLY_SCHEDULE":         "0 0 1 * * *",
	} {
		if got.Values[name] != want {
			t.Errorf("%s is %q, want %q", name, got.Values[name], want)
		}
	}
	for _, required := range []string{"PARTNER_TENANT_ID", "PARTNER_CLIENT_ID", "KEY_VAULT_URL"} {
		if got.Values[required] == "" {
			t.Errorf("%s is missing", required)
		}
	}
}
