package web_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"tenantrollup/internal/run"
	"tenantrollup/internal/web"
)

// exchange is a request whose answer the document must describe.
type exchange struct {
	operation, target, body string
	known                   runs
	requests                requests
	status                  int
}

const (
	listOperation     = "get /api/runs"
	postOperation     = "post /api/runs"
	showOperation     = "get /api/runs/{report}/{date}"
	downloadOperation = "get /api/runs/{report}/{date}/{file}"
)

var exchanges = []exchange{
	{listOperation, "", "", stored(), requests{}, 200},
	{listOperation, "?report=dropped&from=2026-11-01&to=2026-11-24&state=published&code=key", "", stored(), requests{}, 200},
	{listOperation, "?state=asleep", "", stored(), requests{}, 400},
	{listOperation, "?report=detials", "", stored(), requests{}, 404},
	{listOperation, "?nights=7", "", stored(), requests{}, 200},
	{listOperation, "?by=customer", "", needy(), requests{}, 200},
	{listOperation, "?by=customer&class=no-data&find=contoso&page=7", "", needy(), requests{}, 200},
	{listOperation, "?by=customer&customer=00000000-0000-4000-8000-000000000003", "", needy(), requests{}, 200},
	{listOperation, "?by=customer&customer=00000000-0000-4000-8000-00000000000f", "", needy(), requests{}, 404},
	{listOperation, "", "", runs{err: errors.New("locked")}, requests{}, 503},
	{listOperation, "?by=customer", "", runs{known: needy().known, logErr: errors.New("locked")}, requests{}, 503},
	{postOperation, "", `{}`, stored(), requests{}, 202},
	{postOperation, "", ``, stored(), requests{}, 400},
	{postOperation, "", `{"date":7}`, stored(), requests{}, 400},
	{postOperation, "", strings.Repeat(" ", 64<<10+1), stored(), requests{}, 413},
	{postOperation, "", `{"date":"2026-11-01"}`, stored(), requests{}, 400},
	{postOperation, "", `{"scope":"failed"}`, stored(), requests{judgement: run.ErrNotPublished}, 404},
	{postOperation, "", `{"scope":"failed","class":"throttled"}`, stored(), requests{}, 404},
	{postOperation, "", `{"scope":"failed","customers":["contoso.example","a.example"]}`, stored(), requests{failed: map[string][]string{"details": {"a.example"}}}, 202},
	{postOperation, "", `{}`, stored(), requests{busy: "details"}, 409},
	{postOperation, "", `{"accept":"0002-ffffffff"}`, stored(), requests{}, 202},
	{postOperation, "", `{"accept":true}`, stored(), requests{judgement: run.ErrNotHeld}, 409},
	{postOperation, "", `{"accept":true}`, stored(), requests{judgement: run.ErrRowsGone}, 409},
	{postOperation, "", `{}`, stored(), requests{failure: run.ErrRefused}, 503},
	{showOperation, "/mailbox-activity/2026-11-23", "", stored(), requests{}, 200},
	{showOperation, "/mailbox-activity/latest", "", stored(), requests{}, 200},
	{showOperation, "/details/2026-11-24", "", stored(), requests{}, 200},
	{showOperation, "/details/2026-11-20", "", runs{known: []run.Status{nightOf("details", "2026-11-20", run.StateHeld, 221)}}, requests{}, 200},
	{showOperation, "/details/2026-11-21", "", stored(), requests{}, 200},
	{showOperation, "/details/1999-12-31", "", stored(), requests{}, 400},
	{showOperation, "/details/2026-11-22", "", stored(), requests{}, 404},
	{showOperation, "/details/latest", "", stored(), requests{}, 404},
	{showOperation, "/details/2026-11-24", "", runs{err: errors.New("locked")}, requests{}, 503},
	{downloadOperation, "/mailbox-activity/2026-11-23/csv", "", stored(), requests{}, 302},
	{downloadOperation, "/mailbox-activity/latest/errors", "", stored(), requests{}, 302},
	{downloadOperation, "/details/1999-12-31/csv", "", stored(), requests{}, 400},
	{downloadOperation, "/details/2026-11-24/csv", "", stored(), requests{}, 404},
	{downloadOperation, "/details/2026-11-24/pdf", "", stored(), requests{}, 404},
	{downloadOperation, "/details/2026-11-24/csv", "", runs{err: errors.New("locked")}, requests{}, 503},
}

func TestOpenAPI(t *testing.T) {
	d := openDocument(t)
	operations := operations(d)
	seen := map[string]bool{}
	for _, e := range exchanges {
		t.Run(fmt.Sprintf("%s%s answers %d as described", e.operation, e.target, e.status), func(t *testing.T) {
			method, _, _ := strings.Cut(e.operation, " ")
			recorder := call(t, strings.ToUpper(method), "/api/runs"+e.target, e.body, e.known, &e.requests, new(strings.Builder))
			if recorder.Code != e.status {
				t.Fatalf("answered %d %s", recorder.Code, recorder.Body)
			}
			responses := operations[e.operation]["responses"].(object)
			response := d.resolve(responses[fmt.Sprint(e.status)])
			if response == nil {
				t.Fatal("the document does not say so")
			}
			var body any
			if err := json.Unmarshal(recorder.Body.Bytes(), &body); err != nil {
				t.Fatal(err)
			}
			schema := d.resolve(d.resolve(response["content"])["application/json"])["schema"]
			if schema == nil {
				t.Fatal("the document has no schema for the body")
			}
			if err := d.judge(schema, body); err != nil {
				t.Errorf("body %s: %v", recorder.Body, err)
			}
			if described := response["headers"] != nil; described != (recorder.Header().Get("Location") != "") {
				t.Errorf("Location %q, headers described: %t", recorder.Header().Get("Location"), described)
			}
			seen[fmt.Sprint(e.operation, " ", e.status)] = true
			if failure, ok := body.(object)["error"].(object); ok {
				seen[failure["code"].(string)] = true
			}
		})
	}

	t.Run("wrong settings are reported as described", func(t *testing.T) {
		recorder := httptest.NewRecorder()
		web.WrongSettings("CLOUD").ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/api/runs", nil))
		var body any
		if err := json.Unmarshal(recorder.Body.Bytes(), &body); err != nil {
			t.Fatal(err)
		}
		if err := d.judge(d.at("components", "schemas", "Error"), body); err != nil {
			t.Error(err)
		}
		seen["settings"] = true
	})

	t.Run("every described answer and error code occurs", func(t *testing.T) {
		for name, operation := range operations {
			for status := range operation["responses"].(object) {
				// The Functions host answers 401 before it asks the handler.
				if status != "401" && !seen[name+" "+status] {
					t.Errorf("%s: nothing here is answered %s", name, status)
				}
			}
		}
		for _, code := range d.at("components", "schemas", "ErrorBody", "properties", "code")["enum"].([]any) {
			if !seen[code.(string)] {
				t.Errorf("error code %s: nothing here is answered with it", code)
			}
		}
	})

	t.Run("the described parameters are the accepted ones", func(t *testing.T) {
		accepted := map[string][]string{"": {"code"}, "/details/2026-11-24": {"code"}, "/details/2026-11-24/csv": {"code"}}
		for _, parameter := range operations[listOperation]["parameters"].([]any) {
			accepted[""] = append(accepted[""], parameter.(object)["name"].(string))
		}
		for target, names := range accepted {
			_, answer := ask(t, http.MethodGet, "/api/runs"+target+"?verbose=1", "", stored(), nil)
			if want := "accepted: " + strings.Join(names, ", ") + `"`; !strings.Contains(answer, want) {
				t.Errorf("%s: answered %s, want %s", target, answer, want)
			}
		}
	})

	t.Run("the request's schema accepts and refuses the same as the handler", func(t *testing.T) {
		schema := d.at("components", "schemas", "Request")
		for body, right := range map[string]bool{
			`{}`: true, `{"date":"2026-11-24","reports":["details"],"scope":"failed"}`: true, `{"scope":"all"}`: true,
			`{"accept":true}`: true, `{"accept":"0002-ffffffff"}`: true, `{"accept":"0002-ffffffff","date":"2026-11-01","reports":["details"]}`: true,
			`{"accept":false}`: false, `{"accept":null}`: false, `{"accept":"yes"}`: false, `{"accept":true,"scope":"all"}`: false,
			`[]`: false, `null`: false, `{"dates":[]}`: false, `{"Date":"2026-11-24"}`: false, `{"date":null}`: false, `{"date":""}`: false,
			`{"date":"2026-11-31"}`: false, `{"date":"1999-12-31"}`: false, `{"reports":[]}`: false, `{"reports":"details"}`: false,
			`{"scope":"failed","customers":["contoso.example"]}`: true, `{"scope":"failed","class":"throttled"}`: true,
			`{"customers":["contoso.example"]}`: false, `{"scope":"all","class":"throttled"}`: false, `{"scope":"failed","class":"broken"}`: false,
			`{"scope":"failed","customers":[]}`: false, `{"scope":"failed","customers":["<b>"]}`: false, `{"scope":"failed","customers":[null]}`: false,
			`{"scope":"failed","customers":["contoso.example"],"class":"throttled"}`: false, `{"accept":true,"class":"throttled"}`: false,
			`{"reports":["<b>"]}`: false, `{"reports":[null]}`: false, `{"scope":"missing"}`: false, `{"scope":["all"]}`: false,
		} {
			var value any
			if err := json.Unmarshal([]byte(body), &value); err != nil {
				t.Fatal(err)
			}
			described := d.judge(schema, value) == nil
			status, answer := ask(t, http.MethodPost, "/api/runs", body, runs{}, &requests{failed: map[string][]string{"details": {"contoso.example"}}})
			if described != right || (status == http.StatusAccepted) != right {
				t.Errorf("%s: the schema accepts it: %t, the handler answers %d %s", body, described, status, answer)
			}
		}
	})

	t.Run("the described dates are the ones that can be read", func(t *testing.T) {
		schema := d.at("components", "parameters", "Date")["schema"]
		for _, date := range []string{"latest", "2000-01-01", "2026-02-28", "2026-02-29", "1999-12-31", "2026-1-1", "newest", ".."} {
			status, answer := ask(t, http.MethodGet, "/api/runs/dropped/"+date, "", stored(), nil)
			if described := d.judge(schema, date) == nil; described == (status == http.StatusBadRequest) {
				t.Errorf("%s: the schema accepts it: %t, the handler answers %d %s", date, described, status, answer)
			}
		}
	})
}

// operations are those of the document, named by method and path.
func operations(d document) map[string]object {
	found := map[string]object{}
	for path, item := range d.at("paths") {
		for _, method := range slices.Sorted(maps.Keys(item.(object))) {
			if method != "parameters" {
				found[method+" "+path] = d.resolve(item.(object)[method])
			}
		}
	}
	return found
}
