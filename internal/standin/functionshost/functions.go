package functionshost

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// function is one function.json. The real host starts even if one is wrong; problem
// is why this one does not run.
type function struct {
	name    string
	trigger binding
	outputs []binding
	retry   retryPolicy
	problem error

	disabled bool // is the whole problem
}

// binding is the union of the bindings that the stand-in supports.
type binding struct {
	Type, Direction, Name, DataType string

	Schedule   string
	UseMonitor *bool

	QueueName, Connection string

	Route     *string
	Methods   []string
	AuthLevel string
}

// retryPolicy is a timer's; the zero value retries nothing.
type retryPolicy struct {
	Strategy        string
	MaxRetryCount   int
	DelayInterval   timeSpan
	MinimumInterval timeSpan
	MaximumInterval timeSpan
}

var (
	functionName = regexp.MustCompile(`(?i)^[a-z][a-z0-9_\-]{0,127}$`)
	settingName  = regexp.MustCompile(`%([^%]+)%`)
)

// readFunctions looks for function.json in the folders directly below root,
// as HostFunctionMetadataProvider does, and nowhere deeper.
func readFunctions(root string, c *hostConfig, settings map[string]string) (map[string]*function, error) {
	entries, err := os.ReadDir(root)
	if err != nil {
		return nil, err
	}
	functions := map[string]*function{}
	for _, entry := range entries {
		text, err := os.ReadFile(filepath.Join(root, entry.Name(), "function.json"))
		if err != nil {
			continue
		}
		f := &function{name: entry.Name()}
		f.problem = f.read(text, c, settings)
		functions[f.name] = f
	}
	return functions, nil
}

func (f *function) read(text []byte, c *hostConfig, settings map[string]string) error {
	var file struct {
		Bindings []binding
		Disabled bool
		Retry    *retryPolicy
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return fmt.Errorf("function.json: %w", err)
	}
	if !functionName.MatchString(f.name) || strings.EqualFold(f.name, "host") {
		return fmt.Errorf("folder name %q is no function name", f.name)
	}
	var problem error
	for _, b := range file.Bindings {
		if err := b.check(c, settings); err != nil {
			problem = errors.Join(problem, fmt.Errorf("binding %q: %w", b.Name, err))
		}
		switch {
		case b.Direction == "out":
			f.outputs = append(f.outputs, b)
		case f.trigger.Type != "":
			return errors.New("two triggers")
		default:
			f.trigger = b
		}
	}
	if problem != nil {
		return problem
	}
	if f.trigger.Type == "" {
		return errors.New("no trigger")
	}
	if file.Retry != nil && f.trigger.Type == "timerTrigger" {
		f.retry = *file.Retry
		if err := f.retry.check(); err != nil {
			return err
		}
	}
	if f.disabled = file.Disabled || strings.EqualFold(settings["AzureWebJobs."+f.name+".Disabled"], "true"); f.disabled {
		return errors.New("disabled")
	}
	return nil
}

// check resolves the settings in b and refuses what would keep the function
// from being indexed or its listener from starting.
func (b *binding) check(c *hostConfig, settings map[string]string) error {
	if b.Name == "" {
		return errors.New("name is missing")
	}
	var err1, err2 error
	b.Schedule, err1 = expand(b.Schedule, settings)
	b.QueueName, err2 = expand(b.QueueName, settings)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	switch b.Type + " " + b.Direction {
	case "timerTrigger in":
		if b.Schedule == "" {
			return errors.New("schedule is missing")
		}
		return storageSetting("AzureWebJobsStorage", settings)
	case "queueTrigger in", "queue out":
		if b.QueueName == "" {
			return errors.New("queueName is missing")
		}
		if c.ExtensionBundle == nil {
			return fmt.Errorf("type %s needs extensionBundle in host.json", b.Type)
		}
		if b.Connection == "" {
			b.Connection = "AzureWebJobsStorage"
		}
		return storageSetting(b.Connection, settings)
	case "httpTrigger in", "http out":
		return nil
	}
	return fmt.Errorf("type %q with direction %q is not known to this host", b.Type, b.Direction)
}

// expand replaces every %NAME% by its setting. If one is missing, it is replaced by
// nothing, and the error names it.
func expand(text string, settings map[string]string) (string, error) {
	var missing error
	text = settingName.ReplaceAllStringFunc(text, func(match string) string {
		value := settings[strings.Trim(match, "%")]
		if value == "" {
			missing = fmt.Errorf("%s does not resolve: the application setting is missing", match)
		}
		return value
	})
	return text, missing
}

// storageSetting finds a connection string or the identity-based form, name__….
func storageSetting(name string, settings map[string]string) error {
	for key, value := range settings {
		if value != "" && (key == name || strings.HasPrefix(key, name+"__")) {
			return nil
		}
	}
	return fmt.Errorf("application setting %s (or %s__accountName) is missing: the listener cannot start", name, name)
}

func (p retryPolicy) check() error {
	switch {
	case p.MaxRetryCount == 0:
		return errors.New("retry: maxRetryCount is missing")
	case p.Strategy == "fixedDelay" && p.DelayInterval > 0:
		return nil
	case p.Strategy == "exponentialBackoff" && p.MinimumInterval > 0 && p.MaximumInterval > 0:
		return nil
	}
	return fmt.Errorf("retry: strategy %q lacks its intervals (delayInterval, or minimumInterval and maximumInterval)", p.Strategy)
}

// delay is the pause before a retry, counted from 1.
func (p retryPolicy) delay(retry int) time.Duration {
	if p.Strategy == "fixedDelay" {
		return time.Duration(p.DelayInterval)
	}
	return time.Duration(min(p.MinimumInterval<<(retry-1), p.MaximumInterval))
}
