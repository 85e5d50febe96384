package customhandler_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"tenantrollup/internal/customhandler"
)

// Whatever is posted, the answer is a JSON object (call checks it) and nothing
// panics, read as every kind of trigger.
func FuzzEnvelope(f *testing.F) {
	for _, seed := range []string{
		``, `null`, `{}`, `"{}"`, `"\"{}\""`, `[`, `{"Data":null,"Metadata":"\"{}\""}`,
		`{"Data":{"x":{"ScheduleStatus":{"Last":"0001-01-01T00:00:00","Next":"2026-11-24T01:00:00.0000000Z"},"IsPastDue":true}},"Metadata":{"RetryContext":{"RetryCount":1}}}`,
		`{"Data":{"x":"\"{\\\"run\\\":\\\"0a1b2c3d\\\"}\""},"Metadata":{"DequeueCount":"1","Id":"\"a\""}}`,
		`{"Data":{"x":{"Url":"http://localhost/api/runs","Method":"GET","Query":"{}","Headers":{"Accept":["a",1,null]},"Params":{"path":""},"Identities":[],"Body":"YQ=="}}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		status, answer := call(t, io.Discard, "POST", "/nightly", body, func(_ context.Context, inv *customhandler.Invocation) (customhandler.Result, error) {
			_, timerErr := inv.Timer("x")
			_, queueErr := inv.Queue("x")
			_, httpErr := inv.HTTP("x")
			return customhandler.Result{}, errors.Join(timerErr, queueErr, httpErr)
		})
		if _, failed := answer["error"]; failed != (status != 200) {
			t.Errorf("status %d with answer %v", status, answer)
		}
		if message, _ := answer["error"].(string); strings.HasPrefix(message, "function ") {
			t.Errorf("a trigger panicked: %s", message)
		}
	})
}
