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

// timerEnvelope carries a TimerInfo object. A nil status is null, as it is for every
// run if useMonitor is off, or the schedule fires every few seconds.
func timerEnvelope(f *function, status *timer, next time.Time, pastDue bool) envelope {
	var scheduleStatus any
	monitor := f.trigger.UseMonitor
	if status != nil && (monitor == nil || *monitor) && !subMinute(f.trigger.Schedule) {
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

// subMinute: the schedule fires more than once a minute.
func subMinute(schedule string) bool {
	seconds, _, _ := strings.Cut(schedule, " ")
	return strings.ContainsAny(seconds, "*,-/")
}

// retryContext is that of an attempt; cause is the failure of the one before,
// nil for the first.
func retryContext(retry, limit int, cause error) map[string]any {
	var exception any
	if cause != nil {
		exception = map[string]any{
			"ClassName": "Microsoft.Azure.WebJobs.Host.FunctionInvocationException",
			"Message":   "Exception while executing function.",
			"InnerException": map[string]any{
				"ClassName": "System.Net.Http.HttpRequestException",
				"Message":   cause.Error(),
			},
			"StackTraceString": strings.Repeat("   at Microsoft.Azure.WebJobs.Host.Executors.FunctionExecutor.TryExecuteAsync(IFunctionInstance functionInstance)\n", 30),
		}
	}
	return map[string]any{
		"RetryCount": retry, "MaxRetryCount": limit, "Exception": exception,
		"Instance": nil, "State": map[string]any{},
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

// addFields copies the top-level fields of a JSON object, arrays and nulls
// excepted, over the metadata: a field named like a key of the host replaces it,
// and dates are printed again (Utility.ApplyBindingData).
func (e envelope) addFields(text string) {
	var fields map[string]any
	if json.Unmarshal([]byte(text), &fields) != nil {
		return
	}
	for name, value := range fields {
		switch value := value.(type) {
		case nil, []any:
		case map[string]any:
			e.setMetadata(name, value)
		case string:
			e.setMetadata(name, inString(reformatted(value)))
		default:
			e.setMetadata(name, inString(value))
		}
	}
}

// setMetadata replaces a key of any case. It leaves out what the host
// considers the trigger's own value.
func (e envelope) setMetadata(name string, value any) {
	maps.DeleteFunc(e.Metadata, func(key string, _ any) bool { return strings.EqualFold(key, name) })
	if !strings.HasSuffix(strings.ToLower(name), "trigger") {
		e.Metadata[name] = value
	}
}

// httpEnvelope carries the request as an object. The body is there only with
// a Content-Length: the host drops a chunked one.
func httpEnvelope(f *function, r *http.Request, params map[string]any) (envelope, error) {
	headers := map[string][]string{"Host": {r.Host}}
	maps.Copy(headers, r.Header)
	flat := map[string]string{}
	for name, values := range headers {
		flat[name] = strings.Join(values, ",")
	}
	query, last := map[string]string{}, map[string]string{}
	for name, values := range r.URL.Query() {
		query[name], last[name] = strings.Join(values, ","), values[len(values)-1]
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
	body, _ := request["Body"].(string)
	e.addFields(body)
	for name, value := range last {
		e.setMetadata(name, inString(value))
	}
	for name, value := range params {
		if value != nil {
			e.setMetadata(name, inString(value))
		}
	}
	e.Metadata["Query"], e.Metadata["Headers"] = last, flat
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
