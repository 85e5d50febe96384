package config

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// unlimitedTimeout is used if host.json sets no limit: it is the default of the
// plans that allow no limit, on which the platform still recycles workers.
const unlimitedTimeout = 30 * time.Minute

var timeSpan = regexp.MustCompile(`^(?:(\d{1,3})\.)?([01]?\d|2[0-3]):([0-5]\d):([0-5]\d)$`)

// defaultDequeueCount is the host's own if host.json names none.
const defaultDequeueCount = 5

// Host is what the handler must know of host.json.
type Host struct {
	// FunctionTimeout is when the host kills an invocation. Without a limit
	// (-1, or no such key) it is 30 minutes.
	FunctionTimeout time.Duration
	// MaxDequeueCount is how often a message is delivered at most.
	MaxDequeueCount int
}

// ReadHost reads the text of host.json.
//
// Source: https://learn.microsoft.com/azure/azure-functions/functions-host-json
func ReadHost(hostJSON []byte) (Host, error) {
	var file struct {
		FunctionTimeout any
		Extensions      struct {
			Queues struct{ MaxDequeueCount *int }
		}
	}
	if err := json.Unmarshal(hostJSON, &file); err != nil {
		return Host{}, fmt.Errorf("host.json: %w", err)
	}
	timeout, err := parseTimeSpan(file.FunctionTimeout)
	if err != nil {
		return Host{}, fmt.Errorf("host.json: functionTimeout: %w", err)
	}
	host := Host{FunctionTimeout: timeout, MaxDequeueCount: defaultDequeueCount}
	if count := file.Extensions.Queues.MaxDequeueCount; count != nil {
		host.MaxDequeueCount = *count
	}
	if host.MaxDequeueCount < 1 {
		return Host{}, fmt.Errorf("host.json: extensions.queues.maxDequeueCount %d: want 1 or more", host.MaxDequeueCount)
	}
	return host, nil
}

// parseTimeSpan reads hh:mm:ss or d.hh:mm:ss, a .NET TimeSpan.
func parseTimeSpan(value any) (time.Duration, error) {
	text := fmt.Sprint(value)
	if value == nil || text == "-1" {
		return unlimitedTimeout, nil
	}
	fields := timeSpan.FindStringSubmatch(text)
	if fields == nil {
		return 0, fmt.Errorf("%q: want hh:mm:ss, d.hh:mm:ss or -1", text)
	}
	var total time.Duration
	for i, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second} {
		n, _ := strconv.Atoi(fields[i+1]) // digits, or "" for no days
		total += time.Duration(n) * unit
	}
	return total, nil
}
