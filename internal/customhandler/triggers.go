package customhandler

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// early is how far ahead of its schedule the host may fire a timer: it has been
// observed to do so by more than a second (azure-webjobs-sdk-extensions issue 40),
// and at midnight that would be another date.
const early = 10 * time.Second

// late is how long after its time a timer still runs for that time.
const late = 24 * time.Hour

// Timer is what a timerTrigger passes. Next is in UTC, and the zero time if the
// host sent none, null, year 1 or nonsense.
type Timer struct{ Next time.Time }

// Due returns when this run was due. On a scheduled run Next is this run's own
// time, on a late one the time that was missed; a manual start gets the next run's,
// which is in the future: then, and if Next is unknown or more than a day ago, the
// run is due now.
func (t Timer) Due(now time.Time) time.Time {
	if t.Next.IsZero() || t.Next.After(now.Add(early)) || now.Sub(t.Next) > late {
		return now
	}
	return t.Next
}

// Timer reads the timerTrigger of that name. The host sends no status for a timer
// without a monitor, and none for some manual starts; that is not an error.
func (i *Invocation) Timer(binding string) (Timer, error) {
	raw, err := i.input(binding)
	if err != nil {
		return Timer{}, err
	}
	info, err := object(raw)
	if err != nil {
		return Timer{}, fmt.Errorf("invocation of %s: timer %q: %w", i.Function, binding, err)
	}
	status, err := object(member(info, "ScheduleStatus"))
	if err != nil {
		return Timer{}, fmt.Errorf("invocation of %s: timer %q: ScheduleStatus: %w", i.Function, binding, err)
	}
	return Timer{Next: date(member(status, "Next"))}, nil
}

// date reads a date of .NET: with up to seven digits of a second, without a zone if
// it is UTC or was never set, in year 1 if it was never set.
func date(raw json.RawMessage) time.Time {
	s := unquote(raw)
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil && t.UTC().Year() > 1 {
			return t.UTC()
		}
	}
	return time.Time{}
}

// Queued is the message of a queueTrigger.
type Queued struct {
	Text         string // as the sender wrote it
	DequeueCount int    // 1 at the first delivery, 0 if the host sent none (a manual start)
}

// Queue reads the queueTrigger of that name.
func (i *Invocation) Queue(binding string) (Queued, error) {
	raw, err := i.input(binding)
	if err != nil {
		return Queued{}, err
	}
	count, err := number(member(i.metadata, "DequeueCount"))
	if err != nil {
		return Queued{}, fmt.Errorf("invocation of %s: Metadata.DequeueCount: %w", i.Function, err)
	}
	return Queued{Text: unquote(raw), DequeueCount: count}, nil
}

// Request is the HTTP request of an httpTrigger. URL and Header hold the
// caller's function key: they are not for logs.
type Request struct {
	Method string
	URL    string // the whole address
	Header http.Header
	Body   []byte // empty if none arrived; base64 if its content type is octet-stream or multipart
}

// HTTP reads the httpTrigger of that name.
func (i *Invocation) HTTP(binding string) (Request, error) {
	raw, err := i.input(binding)
	if err != nil {
		return Request{}, err
	}
	in, err := object(raw)
	if err == nil && in == nil {
		err = errors.New("it is empty")
	}
	if err != nil {
		return Request{}, fmt.Errorf("invocation of %s: request %q: %w", i.Function, binding, err)
	}
	req := Request{
		Method: text(member(in, "Method")),
		URL:    text(member(in, "Url")),
		Header: http.Header{},
		Body:   []byte(text(member(in, "Body"))),
	}
	headers, err := object(member(in, "Headers"))
	if err != nil {
		return Request{}, fmt.Errorf("invocation of %s: request %q: Headers: %w", i.Function, binding, err)
	}
	for name, values := range headers {
		for _, value := range list(values) {
			req.Header.Add(name, value)
		}
	}
	return req, nil
}

// list reads one string or an array of them.
func list(raw json.RawMessage) []string {
	var several []json.RawMessage
	if json.Unmarshal(raw, &several) != nil {
		return []string{text(raw)}
	}
	values := make([]string, 0, len(several))
	for _, value := range several {
		values = append(values, text(value))
	}
	return values
}

// text reads a string inside a request, which has one level of quotes: a second one
// is the caller's. Anything that is not a string is returned as its JSON, null as
// nothing.
func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return string(raw)
	}
	return s
}
