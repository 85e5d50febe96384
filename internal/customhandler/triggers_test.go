package customhandler_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/customhandler"
)

// receive sends an envelope to the handler and returns what read makes of it.
func receive[T any](t *testing.T, envelope string, read func(*customhandler.Invocation) (T, error)) (got T, err error) {
	t.Helper()
	call(t, io.Discard, "POST", "/nightly", envelope, func(_ context.Context, inv *customhandler.Invocation) (customhandler.Result, error) {
		got, err = read(inv)
		return customhandler.Result{}, nil
	})
	return got, err
}

func readTimer(inv *customhandler.Invocation) (customhandler.Timer, error) { return inv.Timer("timer") }
func readQueue(inv *customhandler.Invocation) (customhandler.Queued, error) {
	return inv.Queue("message")
}
func readHTTP(inv *customhandler.Invocation) (customhandler.Request, error) { return inv.HTTP("req") }

func TestTimer(t *testing.T) {
	at := time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC)
	const info = `{"Data":{"timer":{"Schedule":{"AdjustForDST":true},"ScheduleStatus":%s,"IsPastDue":false}},"Metadata":{"sys":{"MethodName":"nightly","UtcNow":"2026-11-24T01:00:00Z"}}}`
	tests := []struct {
		rule, envelope string
		want           customhandler.Timer
	}{
		{"as the host sends it", fmt.Sprintf(info, `{"Last":"2026-11-23T01:00:00.0039670+00:00","Next":"2026-11-24T01:00:00Z","LastUpdated":"2026-11-23T01:00:00Z"}`),
			customhandler.Timer{Next: at}},
		{"another zone is converted to UTC", fmt.Sprintf(info, `{"Next":"2026-11-24T02:00:00+01:00"}`), customhandler.Timer{Next: at}},
		{"no zone means UTC", fmt.Sprintf(info, `{"Next":"2026-11-24T01:00:00"}`), customhandler.Timer{Next: at}},
		{"seven digits and no zone", fmt.Sprintf(info, `{"Next":"2026-11-24T01:00:00.0000000"}`), customhandler.Timer{Next: at}},
		{"nine digits", fmt.Sprintf(info, `{"Next":"2026-11-24T01:00:00.000000001Z"}`), customhandler.Timer{Next: at.Add(1)}},
		{"a quoted date", fmt.Sprintf(info, `{"Next":"\"2026-11-24T01:00:00Z\""}`), customhandler.Timer{Next: at}},
		{"year 1 without a zone means never", fmt.Sprintf(info, `{"Last":"0001-01-01T00:00:00","Next":"2026-11-24T01:00:00Z"}`), customhandler.Timer{Next: at}},
		{"year 1 with a zone means never", fmt.Sprintf(info, `{"Last":"0001-01-01T00:00:00+02:00","Next":"0001-01-01T00:00:00-05:00"}`), customhandler.Timer{}},
		{"nonsense means never", fmt.Sprintf(info, `{"Last":7,"Next":"tomorrow"}`), customhandler.Timer{}},
		{"a null status", fmt.Sprintf(info, `null`), customhandler.Timer{}},
		{"a quoted null status", fmt.Sprintf(info, `"null"`), customhandler.Timer{}},
		{"no status", `{"Data":{"timer":{"IsPastDue":false}}}`, customhandler.Timer{}},
		{"a manual start without data", `{"Data":{"timer":null}}`, customhandler.Timer{}},
		{"a manual start with empty text", `{"Data":{"timer":"\"\""}}`, customhandler.Timer{}},
		{"names in another case", `{"data":{"Timer":{"scheduleStatus":{"next":"2026-11-24T01:00:00Z"},"isPastDue":true}}}`, customhandler.Timer{Next: at}},
		{"the whole timer as JSON text, quoted twice", `{"Data":{"timer":` + strconv.Quote(strconv.Quote(`{"ScheduleStatus":{"Next":"2026-11-24T01:00:00Z"}}`)) + `}}`, customhandler.Timer{Next: at}},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			got, err := receive(t, tt.envelope, readTimer)
			if err != nil || got != tt.want {
				t.Errorf("got %+v, %v, want %+v", got, err, tt.want)
			}
		})
	}
}

func TestDue(t *testing.T) {
	now := time.Date(2026, 11, 24, 1, 0, 3, 0, time.UTC)
	tests := []struct {
		rule            string
		next, now, want time.Time
	}{
		{"a scheduled run was due at Next", now.Add(-3 * time.Second), now, now.Add(-3 * time.Second)},
		{"a late run was due when it was missed", now.Add(-24 * time.Hour), now, now.Add(-24 * time.Hour)},
		{"a run that is more than a day late is due now", now.Add(-24*time.Hour - time.Second), now, now},
		{"a manual start that gets tomorrow's Next is due now", now.Add(24 * time.Hour), now, now},
		{"a manual start a minute before the night is due now", now.Add(time.Minute), now, now},
		{"an unknown Next means now", time.Time{}, now, now},
		{"a run that fires early at midnight belongs to the new date", time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC),
			time.Date(2026, 11, 24, 23, 59, 58, 0, time.UTC), time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			if got := (customhandler.Timer{Next: tt.next}).Due(tt.now); !got.Equal(tt.want) {
				t.Errorf("due %s, want %s", got, tt.want)
			}
		})
	}
}

func TestQueue(t *testing.T) {
	text := `{"run":"0a1b2c3d","report":"mailbox-activity"}`
	metadata := `"Metadata":{"DequeueCount":"3","Id":"\"5c1c\"","PopReceipt":"\"x\"","ExpirationTime":"2026-12-01T01:00:00+00:00","run":"\"0a1b2c3d\"","sys":{"MethodName":"rollup"}}`
	want := customhandler.Queued{Text: text, DequeueCount: 3}
	quoted := func(value string) string { return `{"Data":{"message":` + value + `},` + metadata + `}` }
	tests := []struct {
		rule, envelope string
		want           customhandler.Queued
	}{
		{"quoted twice, as the host does it", quoted(strconv.Quote(strconv.Quote(text))), want},
		{"quoted once, as the documentation says", quoted(strconv.Quote(text)), want},
		{"not quoted at all", quoted(text), want},
		{"a text's own quotes are kept", quoted(strconv.Quote(strconv.Quote(`"abc"`))), customhandler.Queued{Text: `"abc"`, DequeueCount: 3}},
		{"no JSON at all", quoted(strconv.Quote(strconv.Quote(`abc "d`))), customhandler.Queued{Text: `abc "d`, DequeueCount: 3}},
		{"numbers and ids as they are", `{"Data":{"message":"a"},"Metadata":{"dequeuecount":2,"id":"b"}}`, customhandler.Queued{Text: "a", DequeueCount: 2}},
		{"the exact name wins over the message's own", `{"Data":{"message":"a"},"Metadata":{"DEQUEUECOUNT":9,"DequeueCount":2,"dequeueCount":8}}`, customhandler.Queued{Text: "a", DequeueCount: 2}},
		{"a manual start has no count", `{"Data":{"message":"a"}}`, customhandler.Queued{Text: "a"}},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			got, err := receive(t, tt.envelope, readQueue)
			if err != nil || got != tt.want {
				t.Errorf("got %+v, %v, want %+v", got, err, tt.want)
			}
		})
	}
}

func TestHTTP(t *testing.T) {
	body := `{"date":"2026-11-24","note":"a \"b\""}`
	want := customhandler.Request{
		Method: "POST",
		URL:    "https://contoso.azurewebsites.net/api/runs?code=k",
		Header: http.Header{"Accept": {"text/html", "*/*"}, "Content-Type": {"application/json"}},
		Body:   []byte(body),
	}
	const query, headers = `{"code":"k","q":"\"x\""}`, `{"accept":["text/html","*/*"],"Content-Type":"application/json"}`
	const params, identities = `{"path":"mailbox-activity/latest"}`, `[{"AuthenticationType":null,"Claims":[]}]`
	request := func(query, headers, params, identities, body string) string {
		return `{"Data":{"req":{"Url":"https://contoso.azurewebsites.net/api/runs?code=k","Method":"POST","Query":` + query +
			`,"Headers":` + headers + `,"Params":` + params + `,"Identities":` + identities + `,"Body":` + body + `}},"Metadata":{}}`
	}
	t.Run("as the host sends it", func(t *testing.T) {
		got, err := receive(t, request(query, headers, params, identities, strconv.Quote(body)), readHTTP)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
		if got.Header.Get("ACCEPT") != "text/html" {
			t.Errorf("header names are case-sensitive: %v", got.Header)
		}
	})
	t.Run("objects as JSON text, as older hosts send them, and a body that is not JSON", func(t *testing.T) {
		got, err := receive(t, request(strconv.Quote(query), strconv.Quote(headers), strconv.Quote(params), `"[]"`, body), readHTTP)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
	})
	t.Run("a body's own quotes are kept", func(t *testing.T) {
		got, err := receive(t, request(`{}`, `{}`, `{}`, `[]`, `"\"abc\""`), readHTTP)
		if err != nil || string(got.Body) != `"abc"` {
			t.Errorf("body %s, %v, want \"abc\" with its quotes", got.Body, err)
		}
	})
	for rule, req := range map[string]string{
		"no body, query or route arrived":  `{"Method":"GET","Url":"http://localhost:7071/api/runs"}`,
		"null body, empty query and route": `{"Method":"GET","Url":"http://localhost:7071/api/runs","Query":"{}","Params":null,"Headers":{},"Body":null}`,
	} {
		t.Run(rule, func(t *testing.T) {
			got, err := receive(t, `{"Data":{"req":`+req+`}}`, readHTTP)
			if err != nil || len(got.Body) != 0 || got.Method != "GET" {
				t.Errorf("got %+v, %v, want a bare GET", got, err)
			}
		})
	}
}

func TestTriggerErrors(t *testing.T) {
	timer := func(inv *customhandler.Invocation) (string, error) { _, err := inv.Timer("timer"); return "", err }
	queue := func(inv *customhandler.Invocation) (string, error) { _, err := inv.Queue("message"); return "", err }
	request := func(inv *customhandler.Invocation) (string, error) { _, err := inv.HTTP("req"); return "", err }
	tests := []struct {
		rule, envelope string
		read           func(*customhandler.Invocation) (string, error)
		want           string
	}{
		{"no timer", `{"Data":{"clock":{}}}`, timer, `invocation of nightly: Data has no "timer": its function.json must give the trigger that name`},
		{"an invalid timer", `{"Data":{"timer":[]}}`, timer, `timer "timer": not a JSON object`},
		{"an invalid status", `{"Data":{"timer":{"ScheduleStatus":[]}}}`, timer, `ScheduleStatus: not a JSON object`},
		{"no message", `{"Data":{}}`, queue, `Data has no "message"`},
		{"an invalid delivery count", `{"Data":{"message":"a"},"Metadata":{"DequeueCount":"x"}}`, queue, `DequeueCount: "x" is not a count`},
		{"no request", `{}`, request, `Data has no "req"`},
		{"an empty request", `{"Data":{"req":null}}`, request, `request "req": it is empty`},
		{"invalid headers", `{"Data":{"req":{"Headers":"secret-key"}}}`, request, `Headers: not a JSON object`},
	}
	for _, tt := range tests {
		t.Run(tt.rule+" is named", func(t *testing.T) {
			_, err := receive(t, tt.envelope, tt.read)
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "secret-key") {
				t.Errorf("error %v, want one with %q and without the value", err, tt.want)
			}
		})
	}
}
