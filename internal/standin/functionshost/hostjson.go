package functionshost

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// hostConfig is host.json with the host's own defaults filled in.
type hostConfig struct {
	FunctionTimeout timeSpan        `json:"functionTimeout"`
	ExtensionBundle json.RawMessage `json:"extensionBundle"`
	CustomHandler   struct {
		Description struct {
			DefaultExecutablePath string   `json:"defaultExecutablePath"`
			WorkingDirectory      string   `json:"workingDirectory"`
			Arguments             []string `json:"arguments"`
		} `json:"description"`
		InitializationTimeout       timeSpan `json:"initializationTimeout"`
		EnableForwardingHTTPRequest bool     `json:"enableForwardingHttpRequest"`
		EnableProxyingHTTPRequest   bool     `json:"enableProxyingHttpRequest"`
	} `json:"customHandler"`
	Extensions struct {
		Queues struct {
			BatchSize          int      `json:"batchSize"`
			NewBatchThreshold  *int     `json:"newBatchThreshold"`
			MaxPollingInterval timeSpan `json:"maxPollingInterval"`
			VisibilityTimeout  timeSpan `json:"visibilityTimeout"`
			MaxDequeueCount    int      `json:"maxDequeueCount"`
		} `json:"queues"`
		HTTP struct {
			RoutePrefix *string `json:"routePrefix"`
		} `json:"http"`
	} `json:"extensions"`
	Version string `json:"version"`
}

// largestBatch is how many messages storage hands out at once.
const largestBatch = 32

// readHostJSON reads root/host.json and lets clocks override its durations.
func readHostJSON(root string, clocks Clocks) (*hostConfig, error) {
	text, err := os.ReadFile(filepath.Join(root, "host.json"))
	if err != nil {
		return nil, err
	}
	var c hostConfig
	if err := json.Unmarshal(text, &c); err != nil {
		return nil, fmt.Errorf("host.json: %w", err)
	}
	handler, queues := &c.CustomHandler, &c.Extensions.Queues
	switch {
	case c.Version != "2.0":
		return nil, fmt.Errorf("host.json: version is %q: write \"2.0\"", c.Version)
	case handler.EnableForwardingHTTPRequest || handler.EnableProxyingHTTPRequest:
		return nil, errors.New("host.json: this stand-in posts envelopes only: leave enableForwardingHttpRequest and enableProxyingHttpRequest out")
	case handler.Description.DefaultExecutablePath == "":
		return nil, errors.New("host.json: customHandler.description.defaultExecutablePath is missing")
	case queues.MaxPollingInterval != 0 && time.Duration(queues.MaxPollingInterval) < shortestPause:
		return nil, fmt.Errorf("host.json: maxPollingInterval is less than %s", shortestPause)
	case queues.BatchSize < 0 || queues.BatchSize > largestBatch: // these as QueuesOptions.cs in github.com/Azure/azure-sdk-for-net has them
		return nil, fmt.Errorf("host.json: batchSize is %d: a queue hands out 1 to %d messages", queues.BatchSize, largestBatch)
	case queues.MaxDequeueCount < 0:
		return nil, errors.New("host.json: maxDequeueCount is less than 1")
	case queues.NewBatchThreshold != nil && *queues.NewBatchThreshold < 0:
		return nil, errors.New("host.json: newBatchThreshold is less than 0")
	}
	timeout := cmp.Or(time.Duration(c.FunctionTimeout), 30*time.Minute)
	c.FunctionTimeout = timeSpan(cmp.Or(clocks.FunctionTimeout, timeout))
	c.CustomHandler.InitializationTimeout = cmp.Or(handler.InitializationTimeout, timeSpan(30*time.Second))
	queues.VisibilityTimeout = cmp.Or(timeSpan(clocks.VisibilityTimeout), queues.VisibilityTimeout)
	queues.MaxPollingInterval = cmp.Or(timeSpan(clocks.MaxPollingInterval), queues.MaxPollingInterval, timeSpan(time.Minute))
	queues.BatchSize = cmp.Or(queues.BatchSize, 16)
	queues.MaxDequeueCount = cmp.Or(queues.MaxDequeueCount, 5)
	if queues.NewBatchThreshold == nil {
		queues.NewBatchThreshold = new(queues.BatchSize / 2)
	}
	if c.Extensions.HTTP.RoutePrefix == nil {
		c.Extensions.HTTP.RoutePrefix = new("api")
	}
	return &c, nil
}

// timeSpan is a .NET TimeSpan in JSON: "[days.]hh:mm:ss[.fraction]". "-1",
// which means an unbounded functionTimeout in host.json, is negative.
type timeSpan time.Duration

func (s *timeSpan) UnmarshalJSON(text []byte) error {
	var span string
	if err := json.Unmarshal(text, &span); err != nil {
		return err
	}
	if span == "-1" {
		*s = -1
		return nil
	}
	parts := strings.Split(span, ":")
	if len(parts) != 3 {
		return fmt.Errorf("%q is not a time span: write hh:mm:ss", span)
	}
	days, hours, found := strings.Cut(parts[0], ".")
	if !found {
		days, hours = "0", parts[0]
	}
	d, err1 := strconv.Atoi(days)
	h, err2 := strconv.Atoi(hours)
	rest, err3 := time.ParseDuration(parts[1] + "m" + parts[2] + "s")
	if err := errors.Join(err1, err2, err3); err != nil {
		return fmt.Errorf("%q is not a time span: write hh:mm:ss: %w", span, err)
	}
	*s = timeSpan(time.Duration(24*d+h)*time.Hour + rest)
	return nil
}
