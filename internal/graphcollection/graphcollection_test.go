package graphcollection_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/graphcollection"
	"tenantrollup/internal/msapi"
	"tenantrollup/internal/msapi/msapitest"
	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
	"tenantrollup/internal/run/runtest"
)

const (
	tenant = "11111111-1111-1111-1111-111111111111"
	host   = "graph.microsoft.com"
	front  = "https://" + host + "/v1.0"
)

var contoso = run.Customer{TenantID: tenant, Domain: "contoso.onmicrosoft.com"}

func answer(body string) msapitest.Answer { return msapitest.Answer{Status: 200, Body: body} }

func refused(status int, code, message string) msapitest.Answer {
	return msapitest.Answer{Status: status, Body: `{"error":{"code":"` + code + `","message":"` + message + `"}}`}
}

// page is a page of records, and says where the next one is.
func page(next string, records ...string) msapitest.Answer {
	if next != "" {
		next = `,"@odata.nextLink":"` + next + `"`
	}
	return answer(`{"@odata.context":"x","value":[` + strings.Join(records, ",") + `]` + next + `}`)
}

// fetch fetches a collection from a service without a network, and returns where
// the calls went, without the host.
func fetch(t *testing.T, path string, into *msapitest.Sink, answers ...msapitest.Answer) (calls []string, err error) {
	t.Helper()
	service := &msapitest.Service{Answers: answers}
	err = fetchFrom(t, service, path, into)
	for _, call := range service.Calls {
		calls = append(calls, strings.TrimPrefix(call.URL.String(), "https://"+host))
	}
	return calls, err
}

func fetchFrom(t *testing.T, service http.RoundTripper, path string, into run.Sink) error {
	t.Helper()
	call, err := report.Parse(path)
	if err != nil {
		t.Fatal(err)
	}
	client := msapi.NewClient(host, &http.Client{Transport: service}, &msapitest.Tokens{})
	return graphcollection.New(client).Fetch(t.Context(), contoso, call, "2026-11-24", into)
}

func TestPagesAreFollowedWithTheHeaderOfTheFirst(t *testing.T) {
	for path, eventual := range map[string]string{
		"/users?$select=id&$top=2":                             "",
		"/users?$select=id&$filter=userType ne 'Guest'&$top=2": "eventual",
	} {
		service := &msapitest.Service{Answers: []msapitest.Answer{page(front+"/users?$top=2&$skiptoken=a%27b", `{"id":"1"}`), page("https://GRAPH.microsoft.com:443/v1.0/users?$skiptoken=c"), page("", `{"id":"2"}`)}}
		into := &msapitest.Sink{}
		if err := fetchFrom(t, service, path, into); err != nil || into.String() != "id\r\n1\r\n2\r\n" {
			t.Errorf("got %q, %v", into, err)
		}
		if len(service.Calls) != 3 || service.Calls[1].URL.String() != front+"/users?$top=2&$skiptoken=a%27b" || service.Calls[2].URL.Host != host {
			t.Errorf("called %v", service.Calls)
		}
		for i, call := range service.Calls {
			if call.Header.Get("ConsistencyLevel") != eventual || call.Header.Get("Authorization") != "Bearer token-0" || call.Method != http.MethodGet {
				t.Errorf("call %d of %s: %s %v", i, path, call.Method, call.Header)
			}
		}
	}
}

func TestRecords(t *testing.T) {
	const activity = "signInActivity.lastSignInDateTime,signInActivity.lastSignInRequestId,signInActivity.lastNonInteractiveSignInDateTime," +
		"signInActivity.lastNonInteractiveSignInRequestId,signInActivity.lastSuccessfulSignInDateTime,signInActivity.lastSuccessfulSignInRequestId"
	for _, tt := range []struct {
		rule, path string
		answers    []msapitest.Answer
		csv        string
	}{
		{"objects become columns, and lists are joined", "/domains", []msapitest.Answer{page("", `{"id":"a","state":{"@odata.type":"x","status":"ok","when":null},"services":["Email","Intune"]}`)},
			"id,state.status,state.when,services\r\na,ok,,Email; Intune\r\n"},
		{"late columns are named at the end", "/domains", []msapitest.Answer{page(front+"/domains?2", `{"id":"a"}`), page("", `{"id":"b","state":{"status":"ok"}}`)},
			"id,state.status\r\na\r\nb,ok\r\n"},
		{"only what is selected is there, in that order", "/users?$select=mail,employeeOrgData,id", []msapitest.Answer{page("", `{"id":"1","employeeOrgData":{"division":"x"},"more":1}`)},
			"mail,employeeOrgData.division,id\r\n,x,1\r\n"},
		{"users who have never signed in have the columns of those who have", "/users?$select=id,signInActivity,mail", []msapitest.Answer{page("", `{"id":"1"}`)},
			"id," + activity + ",mail\r\n1,,,,,,,\r\n"},
		{"in the same order, with new ones after them", "/users?$select=id,signInActivity,mail", []msapitest.Answer{page("", `{"id":"1","signInActivity":{"new":"n","lastSuccessfulSignInDateTime":"s","lastSignInDateTime":"l"}}`)},
			"id," + activity + ",signInActivity.new,mail\r\n1,l,,,,s,,n,\r\n"},
		{"a member can be selected", "/users?$select=signInActivity/last", []msapitest.Answer{page("", `{"id":"1","signInActivity":{"last":"x","first":"y"}}`)},
			"signInActivity.last\r\nx\r\n"},
		{"what is expanded is there as well", "/groups?$select=id&$expand=members($select=id,mail),owners($levels=1)", []msapitest.Answer{page("", `{"id":"1","owners":[],"members":[{"id":"2"}],"mail":"x"}`)},
			"id,members,owners\r\n1,\"[{\"\"id\"\":\"\"2\"\"}]\",\r\n"},
		{"also with a query of its own", "/groups?$select=id&$expand=members($select=id;$filter=startsWith(mail,'('))", []msapitest.Answer{page("", `{"id":"1","members":[{"id":"2"}]}`)},
			"id,members\r\n1,\"[{\"\"id\"\":\"\"2\"\"}]\"\r\n"},
		{"a single object is one row", "/policies/authorizationPolicy", []msapitest.Answer{answer(`{"@odata.context":"x","id":"p","value":"v","roles":{"invite":[1,2]},"say \"x\"":null}`)},
			"id,value,roles.invite,say \"x\"\r\np,v,1; 2,\r\n"},
		{"an object may have an error of its own", "/policies/authorizationPolicy", []msapitest.Answer{answer(`{"error":{"code":"c"},"id":"p"}`)}, "id,error.code\r\np,c\r\n"},
		{"of something that is requested once, the first page is there", "/security/secureScores?$top=1", []msapitest.Answer{page(front + "/security/secureScores?2"), page(front+"/security/secureScores?3", `{"id":"new"}`), page("", `{"id":"old"}`)},
			"id\r\nnew\r\n"},
		{"a product's name is next to its code", "/subscribedSkus", []msapitest.Answer{page("", `{"skuPartNumber":"ENTERPRISEPACK","id":"1"}`, `{"skuPartNumber":"spe_e5"}`, `{"skuPartNumber":"NONE_SUCH"}`)},
			"skuPartNumber,productName,id\r\nENTERPRISEPACK,Office 365 E3,1\r\nspe_e5,Microsoft 365 E5,\r\nNONE_SUCH,,\r\n"},
		{"a role's name is next to its id", "/roleManagement/directory/roleAssignments?$expand=principal",
			[]msapitest.Answer{page(front+"/roleManagement/directory/roleDefinitions?2", `{"id":"r1","displayName":"Global Reader"}`), page("", `{"id":"r2","displayName":"Owner, own"}`),
				page("", `{"roleDefinitionId":"r2","principal":{"id":"u","displayName":"n"}}`, `{"roleDefinitionId":"r3","principal":null}`)},
			"roleDefinitionId,roleDefinition.displayName,principal.id,principal.displayName\r\nr2,\"Owner, own\",u,n\r\nr3,,,\r\n"},
		{"there is no role's name if no role is selected", "/roleManagement/directory/roleAssignments?$select=principalId", []msapitest.Answer{page("", `{"principalId":"p"}`)}, "principalId\r\np\r\n"},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			into := &msapitest.Sink{}
			calls, err := fetch(t, tt.path, into, tt.answers...)
			if err != nil || into.String() != tt.csv {
				t.Errorf("got  %q, %v\nwant %q\ncalled %q", into, err, tt.csv, calls)
			}
		})
	}
}

func TestFailures(t *testing.T) {
	next := front + "/users?2"
	for _, tt := range []struct {
		rule      string
		answers   []msapitest.Answer
		class     run.Class
		message   string
		calls     int
		transient bool
	}{
		{"no records count as no data", []msapitest.Answer{page("")}, run.NoData, "No report information for contoso.onmicrosoft.com.", 1, false},
		{"records with only annotations count as no data", []msapitest.Answer{page("", `{"@odata.etag":"1"}`, `{}`)}, run.NoData, "No report information", 1, false},
		{"an object with only annotations counts as no data", []msapitest.Answer{answer(`{"@odata.context":"x","@odata.count":0}`)}, run.NoData, "No report information", 1, false},
		{"null counts as no data", []msapitest.Answer{answer(`{"value":null}`)}, run.NoData, "No report information", 1, false},
		{"no content counts as no data", []msapitest.Answer{{Status: 204}}, run.NoData, "No report information", 1, false},
		{"records that are not objects", []msapitest.Answer{page("", `"x"`)}, run.MalformedReport, "a record is not an object", 1, false},
		{"an error instead of records", []msapitest.Answer{answer(`{"error":{"code":"UnknownError","message":"It broke."}}`)}, run.ServiceFault, "It broke.", 1, false},
		{"a list instead of an object", []msapitest.Answer{answer(`[]`)}, run.ServiceFault, "not the JSON", 1, false},
		{"JSON that ends early", []msapitest.Answer{answer(`{"value":[{"id":`)}, run.ServiceFault, "not the JSON", 1, true},
		{"JSON that an error breaks into", []msapitest.Answer{answer(`{"value":[{"id":1}{"error":{"code":"UnknownError"}}`)}, run.ServiceFault, "not the JSON", 1, true},
		{"nothing at all", []msapitest.Answer{answer("")}, run.ServiceFault, "not the JSON", 1, true},
		{"a web page", []msapitest.Answer{answer("\r\n<html>")}, run.ServiceFault, "not the JSON", 1, false},
		{"a redirect", []msapitest.Answer{{Status: 302, Header: http.Header{"Location": {"https://fabrikam.example/"}}}}, run.ServiceFault, "answered 302", 1, false},
		{"a next page at another host", []msapitest.Answer{page("https://graph.microsoft.com.fabrikam.example/v1.0/users", `{"id":1}`)}, run.ServiceFault, "not below https://graph.microsoft.com/v1.0", 1, false},
		{"without encryption", []msapitest.Answer{page("http://graph.microsoft.com/v1.0/users", `{"id":1}`)}, run.ServiceFault, "not below", 1, false},
		{"at another port", []msapitest.Answer{page("https://graph.microsoft.com:8443/v1.0/users", `{"id":1}`)}, run.ServiceFault, "not below", 1, false},
		{"with a user", []msapitest.Answer{page("https://x@graph.microsoft.com/v1.0/users", `{"id":1}`)}, run.ServiceFault, "not below", 1, false},
		{"of another version", []msapitest.Answer{page("https://graph.microsoft.com/beta/users", `{"id":1}`)}, run.ServiceFault, "not below", 1, false},
		{"of another version, in a roundabout way", []msapitest.Answer{page("https://graph.microsoft.com/v1.0/%2e%2E/beta/users", `{"id":1}`)}, run.ServiceFault, "not below", 1, false},
		{"a page that links to itself", []msapitest.Answer{page(next, `{"id":1}`)}, run.ServiceFault, "circle", 2, false},
		{"an unknown property", []msapitest.Answer{refused(400, "BadRequest", "Could not find a property named 'x' on type 'microsoft.graph.user'.")}, run.ServiceFault, "Could not find a property", 1, false},
		{"a property of single users", []msapitest.Answer{refused(501, "NotImplemented", "This operation target is not yet supported.")}, run.ServiceFault, "not in a list", 1, false},
		{"a missing premium licence", []msapitest.Answer{refused(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "Neither tenant is B2C or tenant doesn't have premium license")}, run.NotLicensed, "no licence", 1, false},
		{"a token that has expired on the first page", []msapitest.Answer{refused(400, "Directory_ExpiredPageToken", "It has expired.")}, run.ServiceFault, "expired", 1, false},
		{"a service that is down on the second page", []msapitest.Answer{page(next, `{"id":1}`), refused(503, "UnknownError", "")}, run.ServiceFault, "503", 5, true},
		{"a licence that is missing on the second page", []msapitest.Answer{page(next, `{"id":1}`), refused(400, "AadPremiumLicenseRequired", "x")}, run.NotLicensed, "no licence", 2, false},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls, err := fetch(t, "/users?$select=id", &msapitest.Sink{}, tt.answers...)
				f := runtest.WantFailure(t, err, tt.class)
				if !strings.Contains(f.Message, tt.message) || f.Transient != tt.transient || len(calls) != tt.calls {
					t.Errorf("called %q, want %d; %+v", calls, tt.calls, f)
				}
			})
		})
	}
	t.Run("endless columns", func(t *testing.T) {
		_, err := fetch(t, "/users", &msapitest.Sink{}, page("", `{"`+strings.Repeat("x", 70_000)+`":1}`))
		if f := runtest.WantFailure(t, err, run.MalformedReport); f.Transient || !strings.Contains(f.Remedy, "$select") {
			t.Errorf("got %+v", f)
		}
	})
	t.Run("the sink's error is returned as it is", func(t *testing.T) {
		full := errors.New("disk is full")
		if calls, err := fetch(t, "/users", &msapitest.Sink{Err: full}, page(next, `{"id":1}`), page("", `{"id":2}`)); !errors.Is(err, full) || len(calls) != 1 {
			t.Errorf("got %v after %q", err, calls)
		}
	})
	t.Run("a page of more than 32 MiB", func(t *testing.T) {
		_, err := fetch(t, "/users", &msapitest.Sink{}, page("", `{"id":"`+strings.Repeat("x", 32<<20)+`"}`))
		if f := runtest.WantFailure(t, err, run.ServiceFault); !strings.Contains(f.Message, "more than 32 MiB") {
			t.Errorf("got %+v", f)
		}
	})
	t.Run("roles that are refused", func(t *testing.T) {
		calls, err := fetch(t, "/roleManagement/directory/roleAssignments", &msapitest.Sink{}, refused(403, "Authorization_RequestDenied", "No."))
		if runtest.WantFailure(t, err, run.ConsentMissing); len(calls) != 1 {
			t.Errorf("called %q", calls)
		}
	})
}

func TestARefusedNextLinkStartsTheCollectionAgain(t *testing.T) {
	first, again := page(front+"/users?2", `{"id":"1"}`), refused(400, "Directory_ExpiredPageToken", "The specified page token value has expired.")
	t.Run("and earlier records do not appear twice", func(t *testing.T) {
		into := &msapitest.Sink{}
		_, err := fetch(t, "/users", into, first, again, first, msapitest.Answer{Status: 410}, first, page("", `{"id":"2"}`))
		if err != nil || into.String() != "id\r\n1\r\n2\r\n" || into.Resets != 2 {
			t.Errorf("got %q after %d resets, %v", into, into.Resets, err)
		}
	})
	t.Run("three times in all, and then the failure is temporary", func(t *testing.T) {
		calls, err := fetch(t, "/users", &msapitest.Sink{}, first, again, first, again, first, again)
		f := runtest.WantFailure(t, err, run.ServiceFault)
		if !f.Transient || len(calls) != 6 || strings.Contains(f.Remedy, "REPORTS") || !strings.Contains(f.Message, "expired") {
			t.Errorf("%d calls, %+v", len(calls), f)
		}
	})
}

func TestARefusedNextLinkStartsTheRolesAgain(t *testing.T) {
	first, again := page(front+"/roleManagement/directory/roleDefinitions?2", `{"id":"r1","displayName":"Global Reader"}`), refused(400, "Directory_ExpiredPageToken", "Expired.")
	into := &msapitest.Sink{}
	_, err := fetch(t, "/roleManagement/directory/roleAssignments", into, first, again, first, page("", `{"id":"r2","displayName":"Helpdesk"}`), page("", `{"roleDefinitionId":"r1"}`, `{"roleDefinitionId":"r2"}`))
	if want := "roleDefinitionId,roleDefinition.displayName\r\nr1,Global Reader\r\nr2,Helpdesk\r\n"; err != nil || into.String() != want {
		t.Errorf("got %q, %v", into, err)
	}
	_, err = fetch(t, "/roleManagement/directory/roleAssignments", into, first, again, first, again, first, again)
	if f := runtest.WantFailure(t, err, run.ServiceFault); !f.Transient {
		t.Errorf("got %+v", f)
	}
}

func TestALongListKeepsToItsServicesLimit(t *testing.T) {
	for path, want := range map[string]time.Duration{
		"/reports/authenticationMethods/userRegistrationDetails": 20 * time.Second, // 5 in 10 s
		"/identity/conditionalAccess/policies":                   11 * time.Second,
		"/users":                                                 0,
		"/users?$select=id,signInActivity":                       20 * time.Second, // as the reports: microsoft-graph-docs-contrib#8653
	} {
		synctest.Test(t, func(t *testing.T) {
			var answers []msapitest.Answer
			for i := range 12 {
				answers = append(answers, page(front+"/next?"+string(rune('a'+i)), `{"id":1}`))
			}
			answers[11] = page("", `{"id":2}`)
			began := time.Now()
			calls, err := fetch(t, path, &msapitest.Sink{}, answers...)
			if took := time.Since(began); err != nil || took != want || len(calls) != 12 {
				t.Errorf("%s: %d pages took %s, %v", path, len(calls), took, err)
			}
		})
	}
}

func TestTheDateIsTheRuns(t *testing.T) {
	calls, err := fetch(t, "/auditLogs/signIns?$filter=createdDateTime ge {today-1}", &msapitest.Sink{}, page("", `{"id":1}`))
	if want := []string{"/v1.0/auditLogs/signIns?$filter=createdDateTime%20ge%202026-11-23"}; err != nil || !slices.Equal(calls, want) {
		t.Errorf("called %q, %v", calls, err)
	}
}
