package config_test

import (
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/config"
)

func TestReadHost(t *testing.T) {
	tests := []struct {
		rule, json string
		want       time.Duration
	}{
		{"hours, minutes, seconds", `{"functionTimeout":"00:10:00"}`, 10 * time.Minute},
		{"with days in front", `{"functionTimeout":"1.02:03:04"}`, 26*time.Hour + 3*time.Minute + 4*time.Second},
		{"a host without a setting has half an hour", `{"version":"2.0"}`, 30 * time.Minute},
		{"and so has a host without a limit", `{"functionTimeout":"-1"}`, 30 * time.Minute},
		{"even if written as a number", `{"functionTimeout":-1}`, 30 * time.Minute},
		{"the case of keys does not matter", `{"FunctionTimeout":"00:00:20"}`, 20 * time.Second},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			got, err := config.ReadHost([]byte(test.json))
			if err != nil || got.FunctionTimeout != test.want {
				t.Errorf("FunctionTimeout = %v, %v; want %v", got.FunctionTimeout, err, test.want)
			}
		})
	}
	for _, bad := range []string{`10m`, `""`, `"24:00:00"`, `"00:60:00"`, `"00:10"`, `600`, `{}`} {
		t.Run("refuses "+bad, func(t *testing.T) {
			got, err := config.ReadHost([]byte(`{"functionTimeout":` + bad + `}`))
			if err == nil || !strings.HasPrefix(err.Error(), "host.json: ") {
				t.Errorf("FunctionTimeout = %v, %v; want an error that names host.json", got, err)
			}
		})
	}
	for text, want := range map[string]int{
		`{}`: 5, `{"extensions":{"queues":{"maxDequeueCount":10}}}`: 10, `{"extensions":{"queues":{"maxDequeueCount":0}}}`: 0,
	} {
		t.Run("deliveries of "+text, func(t *testing.T) {
			got, err := config.ReadHost([]byte(text))
			if got.MaxDequeueCount != want || (err != nil) != (want == 0) {
				t.Errorf("MaxDequeueCount = %d, %v; want %d", got.MaxDequeueCount, err, want)
			}
		})
	}
}

func TestExecutionBudget(t *testing.T) {
	tests := []struct {
		rule            string
		functionTimeout time.Duration
		budget          string
		want            time.Duration
	}{
		{"one minute less than the host allows", 30 * time.Minute, "", 29 * time.Minute},
		{"half of a time-out under two minutes", time.Minute, "", 30 * time.Second},
		{"half of the shortest time-out", 4 * time.Second, "", 2 * time.Second},
		{"as set, up to half a minute before the end", time.Minute, "30s", 30 * time.Second},
		{"as set, up to half of a time-out under a minute", 20 * time.Second, "10s", 10 * time.Second},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			c, err := config.Load(settings(map[string]string{"EXECUTION_BUDGET": test.budget}), nil, test.functionTimeout, today)
			if err != nil || c.ExecutionBudget != test.want {
				t.Errorf("ExecutionBudget = %v, %v; want %v", c.ExecutionBudget, err, test.want)
			}
		})
	}
	t.Run("a host that allows too little is named", func(t *testing.T) {
		for _, budget := range []string{"", "2s"} {
			_, err := config.Load(settings(map[string]string{"EXECUTION_BUDGET": budget}), nil, 3*time.Second, today)
			if want := "host.json: functionTimeout is 3s: want at least 4s"; err == nil || err.Error() != want {
				t.Errorf("error %v, want %s", err, want)
			}
		}
	})
}
