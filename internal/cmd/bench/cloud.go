package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"

	"tenantrollup/internal/standin/m365"
)

// simulateCommand makes this program the simulator process.
const simulateCommand = "simulate"

// cloud is a simulator process, as the harness sees it.
type cloud struct {
	hello
	process *exec.Cmd
	stdin   io.Closer
}

// startCloud starts this program again as the simulator, so that its processor time
// and memory are separate from the handler's and the harness's.
func startCloud(ctx context.Context, options m365.Options) (*cloud, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := &cloud{process: exec.CommandContext(ctx, self, simulateCommand)}
	c.process.Stderr = os.Stderr
	stdin, err := c.process.StdinPipe()
	if err != nil {
		return nil, err
	}
	c.stdin = stdin
	stdout, err := c.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.process.Start(); err != nil {
		return nil, fmt.Errorf("start the simulator: %w", err)
	}
	err = json.NewEncoder(stdin).Encode(options)
	if err == nil {
		err = json.NewDecoder(stdout).Decode(&c.hello)
	}
	if err != nil {
		c.close()
		return nil, fmt.Errorf("start the simulator: %w", err)
	}
	return c, nil
}

func (c *cloud) counts(ctx context.Context) (tally, error) {
	var t tally
	response, err := c.ask(ctx, http.MethodGet, "/counts", nil)
	if err != nil {
		return t, err
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&t); err != nil {
		return t, fmt.Errorf("read the simulator's counters: %w", err)
	}
	return t, nil
}

func (c *cloud) reset(ctx context.Context) error { return c.tell(ctx, "/reset", nil) }

func (c *cloud) setStorage(ctx context.Context, address string) error {
	return c.tell(ctx, "/storage", url.Values{"address": {address}})
}

func (c *cloud) tell(ctx context.Context, path string, form url.Values) error {
	response, err := c.ask(ctx, http.MethodPost, path, form)
	if err != nil {
		return err
	}
	return response.Body.Close()
}

func (c *cloud) ask(ctx context.Context, method, path string, form url.Values) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.Control+path, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask the simulator: %w", err)
	}
	return response, nil
}

func (c *cloud) close() {
	c.stdin.Close()
	c.process.Wait()
}
