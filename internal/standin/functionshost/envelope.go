package functionshost

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"strings"
	"time"
)

// envelope is the body of every invocation (azure-functions-host,
// ScriptInvocationContextExtensions): objects and dates arrive as themselves,
// everything else as its JSON text in a string. So "abc" is "\"abc\"", and 1
// is "1".
type envelope struct {
	Data     map[string]any
	Metadata map[string]any
}

func newEnvelope(f *function, data any) envelope {
	return envelope{
		Data: map[string]any{f.trigger.Name: data},
		Metadata: map[string]any{"sys": map[string]any{
			"MethodName": f.name,
			"UtcNow":     dotNetDate(time.Now()),
			"RandGuid":   newGUID(),
		}},
	}
}

// inString is the JSON text of a value as the string that the host sends.
func inString(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // strings and decoded JSON only
	}
	return string(text)
}

// dotNetDate writes a DateTime as Newtonsoft.Json does on a host in UTC; the
// default value has no zone.
func dotNetDate(t time.Time) string {
	if t.IsZero() {
		return "0001-01-01T00:00:00"
	}
	return t.UTC().Format("2006-01-02T15:04:05.9999999-07:00")
}

// timerEnvelope carries a TimerInfo object. A nil status is null, as it is for every
// run if useMonitor is off.
func timerEnvelope(f *function, status *timer, next time.Time, pastDue bool) envelope {
	var scheduleStatus any
	if monitor := f.trigger.UseMonitor; status != nil && (monitor == nil || *monitor) {
		scheduleStatus = map[string]any{
			"Last":        dotNetDate(status.last),
			"Next":        dotNetDate(next),
			"LastUpdated": dotNetDate(status.updated),
		}
	}
	return newEnvelope(f, map[string]any{
		"Schedule":       map[string]any{"AdjustForDST": true},
		"ScheduleStatus": scheduleStatus,
		"IsPastDue":      pastDue,
	})
}

func retryContext(retry, limit int, cause error) map[string]any {
	return map[string]any{
		"RetryCount":    retry,
		"MaxRetryCount": limit,
		"Exception": map[string]any{
			"ClassName": "System.Net.Http.HttpRequestException",
			"Message":   cause.Error(),
		},
	}
}

func queueEnvelope(f *function, m taken, window time.Duration) envelope {
	var data any = inString(m.Text)
	if f.trigger.DataType == "binary" {
		data = base64.StdEncoding.EncodeToString([]byte(m.Text))
	}
	e := newEnvelope(f, data)
	e.Metadata["DequeueCount"] = inString(m.DequeueCount)
	e.Metadata["Id"] = inString(m.ID)
	e.Metadata["PopReceipt"] = inString(m.receipt)
	e.Metadata["InsertionTime"] = dotNetDate(m.Inserted)
	e.Metadata["ExpirationTime"] = dotNetDate(m.Inserted.AddDate(0, 0, 7))
	e.Metadata["NextVisibleTime"] = dotNetDate(time.Now().Add(window))
	e.addFields(m.Text)
	return e
}

// addFields copies the top-level fields of a JSON message, arrays and nulls
// excepted, over the metadata: a field named like a key of the host replaces
// it (Utility.ApplyBindingData).
func (e envelope) addFields(text string) {
	var fields map[string]any
	if json.Unmarshal([]byte(text), &fields) != nil {
		return
	}
	for name, value := range fields {
		for key := range e.Metadata {
			if strings.EqualFold(key, name) {
				delete(e.Metadata, key)
			}
		}
		switch value.(type) {
		case nil, []any:
		case map[string]any:
			e.setMetadata(name, value)
		default:
			e.setMetadata(name, inString(value))
		}
	}
}

// setMetadata leaves out what the host considers the trigger's own value.
func (e envelope) setMetadata(name string, value any) {
	if !strings.HasSuffix(strings.ToLower(name), "trigger") {
		e.Metadata[name] = value
	}
}

// httpEnvelope carries the request as an object. The body is there only with
// a Content-Length: the host drops a chunked one.
func httpEnvelope(f *function, r *http.Request, params map[string]string) (envelope, error) {
	headers := map[string][]string{"Host": {r.Host}}
	maps.Copy(headers, r.Header)
	query := map[string]string{}
	for name, values := range r.URL.Query() {
		query[name] = strings.Join(values, ",")
	}
	request := map[string]any{
		"Url":     "http://" + r.Host + r.URL.RequestURI(),
		"Method":  r.Method,
		"Query":   query,
		"Headers": headers,
		"Params":  params,
		"Identities": []any{map[string]any{
			"AuthenticationType": "WebJobsAuthLevel",
			"IsAuthenticated":    true,
			"Claims":             []any{map[string]string{"Type": "http://schemas.microsoft.com/2017/07/functions/claims/keyid", "Value": "default"}},
		}},
	}
	if r.ContentLength > 0 {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return envelope{}, fmt.Errorf("read request: %w", err)
		}
		request["Body"] = string(body)
		media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if media == "application/octet-stream" || strings.HasPrefix(media, "multipart/") {
			request["Body"] = base64.StdEncoding.EncodeToString(body)
		}
	}
	e := newEnvelope(f, request)
	for name, value := range query {
		e.setMetadata(name, inString(value))
	}
	for name, value := range params {
		e.setMetadata(name, inString(value))
	}
	return e, nil
}

func newGUID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// newKey is a function key in the form of Azure's: 40 random bytes in base64
// that need no escaping in an address.
func newKey() string {
	var b [40]byte
	rand.Read(b[:])
	return base64.URLEncoding.EncodeToString(b[:])
}
