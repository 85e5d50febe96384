package report_test

import (
	"slices"
	"strings"
	"testing"

	"tenantrollup/internal/report"
)

func TestParseCollection(t *testing.T) {
	tests := []struct{ rule, text, canonical, path string }{
		{"a path", "/subscribedSkus", "/subscribedSkus", "/subscribedSkus"},
		{"a path with its query", "/users?$select=id,displayName&$top=500", "/users?$select=id,displayName&$top=500", "/users?$select=id,displayName&$top=500"},
		{"GET, the host and v1.0 are dropped", "GET https://graph.microsoft.com/v1.0/groups?$top=5", "/groups?$top=5", "/groups?$top=5"},
		{"each of them by itself", "get /V1.0/groups/", "/groups", "/groups"},
		{"no slash in front", "deviceManagement/managedDevices", "/deviceManagement/managedDevices", "/deviceManagement/managedDevices"},
		{"a known path in any case gets its own spelling", "/SUBSCRIBEDSKUS", "/subscribedSkus", "/subscribedSkus"},
		{"spaces are kept as written, and sent escaped", "/users?$filter=userType eq 'Guest'", "/users?$filter=userType eq 'Guest'", "/users?$filter=userType%20eq%20'Guest'"},
		{"escapes are understood", "/users?%24filter=userType%20eq%20%27Guest%27", "/users?$filter=userType eq 'Guest'", "/users?$filter=userType%20eq%20'Guest'"},
		{"options in any case, and spaces around names", "/users?$SELECT=id, mail &$Top=0050", "/users?$select=id,mail&$top=50", "/users?$select=id,mail&$top=50"},
		{"spaces in a row only in quotes", "/groups?$filter=displayName  eq   'a  b'", "/groups?$filter=displayName eq 'a %20b'", "/groups?$filter=displayName%20eq%20'a%20%20b'"},
		{"characters with another meaning are sent escaped", "/groups?$filter=displayName eq 'AT&T %2B Söhne; 100%25 # ? `'",
			"/groups?$filter=displayName eq 'AT%26T %2B S%C3%B6hne; 100%25 %23 %3F %60'", "/groups?$filter=displayName%20eq%20'AT%26T%20%2B%20S%C3%B6hne;%20100%25%20%23%20%3F%20%60'"},
		{"a doubled quote is a quote in the text", "/groups?$filter=displayName eq 'O''Brien'", "/groups?$filter=displayName eq 'O''Brien'", "/groups?$filter=displayName%20eq%20'O''Brien'"},
		{"a query in parentheses", "/groups?$expand=members($select=id;$top=5)", "/groups?$expand=members($select=id;$top=5)", "/groups?$expand=members($select=id;$top=5)"},
		{"a search in double quotes", `/users?$search="displayName:O'Brien" OR "mail:a"`, `/users?$search="displayName:O'Brien" OR "mail:a"`, `/users?$search=%22displayName:O'Brien%22%20OR%20%22mail:a%22`},
		{"a search of sites has no dollar", "/sites?search=*", "/sites?search=*", "/sites?search=*"},
		{"days counted from the run's date", "/auditLogs/signIns?$filter=createdDateTime ge {today-007}T00:00:00Z", "/auditLogs/signIns?$filter=createdDateTime ge {today-7}T00:00:00Z",
			"/auditLogs/signIns?$filter=createdDateTime%20ge%202026-11-17T00:00:00Z"},
		{"a function's parameters", "/reports/authenticationMethods/usersRegisteredByFeature(includedUserTypes='all',includedUserRoles='all')",
			"/reports/authenticationMethods/usersRegisteredByFeature(includedUserTypes='all',includedUserRoles='all')", "/reports/authenticationMethods/usersRegisteredByFeature(includedUserTypes='all',includedUserRoles='all')"},
		{"what the directory answers only with a count is asked with one", "/users?$filter=userType ne 'Guest'", "/users?$filter=userType ne 'Guest'&$count=true", "/users?$filter=userType%20ne%20'Guest'&$count=true"},
		{"text in quotes does not need a count", "/users?$filter=displayName eq 'not ne'", "/users?$filter=displayName eq 'not ne'", "/users?$filter=displayName%20eq%20'not%20ne'"},
		{"nor does another service", "/security/alerts_v2?$filter=status ne 'resolved'", "/security/alerts_v2?$filter=status ne 'resolved'", "/security/alerts_v2?$filter=status%20ne%20'resolved'"},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			call := mustParse(t, test.text)
			if call.String() != test.canonical || call.Kind() != report.Collection {
				t.Errorf("Parse = %s of kind %d, want\n%s", call, call.Kind(), test.canonical)
			}
			if got := call.Path("2026-11-24", "2026-11-26"); got != test.path {
				t.Errorf("Path() = %s, want\n%s", got, test.path)
			}
			if dated := strings.Contains(test.text, "{today"); call.AsOfNow() == dated || call.OneDay() {
				t.Errorf("AsOfNow() = %t, OneDay() = %t", call.AsOfNow(), call.OneDay())
			}
			if again := mustParse(t, call.String()); again != call {
				t.Errorf("parsed again: %#v, want %#v", again, call)
			}
			if call.Columns() != nil || call.AnswerableOn("2026-11-24", "2026-11-26") != nil {
				t.Errorf("Columns() = %q", call.Columns())
			}
		})
	}
}

func TestWhatACollectionSays(t *testing.T) {
	tests := []struct {
		rule, text, resource, function string
		selected                       []string
		eventual, first                bool
	}{
		{"only a path", "/directory/subscriptions", "/directory/subscriptions", "subscriptions", nil, false, false},
		{"the properties in their order", "/users?$select=mail,id,signInActivity/lastSignInDateTime", "/users", "users", []string{"mail", "id", "signInActivity/lastSignInDateTime"}, false, false},
		{"a documented spelling", "/USERS?$top=5", "/users", "users", nil, false, false},
		{"a count", "/x?$count=True", "/x", "x", nil, true, false},
		{"no count", "/x?$count=false", "/x", "x", nil, false, false},
		{"a search", `/groups?$search="displayName:a"`, "/groups", "groups", nil, true, false},
		{"a filter of the directory that needs a count", "/groups?$filter=not(startswith(mail,'a'))", "/groups", "groups", nil, true, false},
		{"a filter and an order", "/users?$filter=startswith(displayName,'a')&$orderby=displayName", "/users", "users", nil, true, false},
		{"a plain filter", "/users?$filter=userType eq 'Guest'", "/users", "users", nil, false, false},
		{"one row", "/security/secureScores?$top=1", "/security/secureScores", "secureScores", nil, false, true},
		{"a type after the path", "/groups/x/members/microsoft.graph.user", "/groups/x/members/microsoft.graph.user", "user", nil, false, false},
		{"parameters after the path", "/x/summary(a='b/c.d')", "/x/summary(a='b%2Fc.d')", "summary", nil, false, false},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			call := mustParse(t, test.text)
			if call.Resource() != test.resource || call.Function() != test.function {
				t.Errorf("Resource() = %s, Function() = %s", call.Resource(), call.Function())
			}
			if !slices.Equal(call.Selected(), test.selected) {
				t.Errorf("Selected() = %q, want %q", call.Selected(), test.selected)
			}
			if call.Eventual() != test.eventual || call.First() != test.first {
				t.Errorf("Eventual() = %t, First() = %t", call.Eventual(), call.First())
			}
		})
	}
	if call := mustParse(t, "getMailboxUsageDetail(period='D7')"); call.Resource() != "" || call.Eventual() || call.First() {
		t.Error("a usage report has what only a collection has")
	}
}

func TestWhatACollectionExpands(t *testing.T) {
	for text, want := range map[string][]string{
		"/users": nil,
		"/roleManagement/directory/roleAssignments?$expand=principal":                {"principal"},
		"/groups?$filter=mail eq 'a;b'&$expand=members($levels=max), owners":         {"members", "owners"},
		"/groups?$expand=members($select=id,mail;$filter=startsWith(mail,'(')),team": {"members", "team"},
	} {
		if got := mustParse(t, text).Expanded(); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

func TestParseRefusesCollections(t *testing.T) {
	const example = "/users?$select=id,displayName&$top=500"
	tests := []struct{ rule, text, want string }{
		{"only a slash", "/", "the path is empty: want a collection of Graph v1.0, such as " + example},
		{"only a host", "https://graph.microsoft.com", "an address without a path: want a collection of Graph v1.0, such as " + example},
		{"another verb", "PATCH /users", "PATCH changes something, and a report only reads: want GET, as in GET " + example},
		{"beta", "/beta/users", "beta changes without notice: want what Graph v1.0 has, such as " + example + " or getMailboxUsageDetail(period='D7')"},
		{"the user who signs in", "/me/messages", "/me is the user who has signed in, and the app signs in without one: want a collection, such as /users"},
		{"bytes", "/users/photo/$value", "$value is not a collection: want the path before it, such as /users"},
		{"a file", "/reports/getMailboxUsageDetail(period='D7')/content", "content is a file, and a report is made of rows: want the path before it"},
		{"a way out of v1.0", "/x(a=1/../../beta)/..", `".." in the path: want letters and digits, as in ` + example},
		{"a batch", "/$batch", "$batch is not a collection: want the path before it, such as /users"},
		{"a template left unfilled", "/users/{id}/memberOf", `"{id}": braces stand for one object, and every customer is asked: want a collection, and {today} or {today-N} for a day`},
		{"another in a filter", "/users?$filter=id eq '{id}'", `$filter: "id eq '{id}'": braces stand for one object, and every customer is asked: want a collection, and {today} or {today-N} for a day`},
		{"a misspelt day", "/x?$filter=a ge {today-x}", `$filter: "a ge {today-x}": want {today} or {today-N}, N at most 9999`},
		{"two slashes", "/a//b", "two slashes in a row: want one"},
		{"two paths without a semicolon", "/users /groups", `"/users /groups": want no space in a path, and ";" between two reports`},
		{"a space at the beginning of a segment", "/users/ manager", `"/users/ manager": want no space in a path, and ";" between two reports`},
		{"a space in the path", "/users $top=5", `"users $top=5" has a space: want a path, and a query behind a question mark, as in ` + example},
		{"an odd character in the path", "/users!x", `"users!x" in the path: want letters and digits, as in ` + example},
		{"an open quote in the path", "/x(a='b)", `a quote in "x(a='b)" is not closed`},
		{"a pipe", "/users | Export-Csv x.csv", "a collection is not piped to anything: want $select to choose columns, as in " + example},
		{"an unknown option", "/users?$skop=5", `"$skop" is not a query option that is understood here: want $count, $expand, $filter, $orderby, $search, $select, $top or search, and %26 for a & within a value`},
		{"an option without its dollar", "/users?select=id", `"select": want $select, with a dollar`},
		{"an option twice", "/users?$top=5&$Top=6", "$top is given twice"},
		{"an option without a value", "/users?$select", "$select has no value: want one, or $select left out"},
		{"an empty value", "/users?$filter= &$top=5", "$filter has no value: want one, or $filter left out"},
		{"an empty option", "/users?$top=5&", `an option of the query is empty: want one after "?" and between every two "&", as in ` + example},
		{"another format", "/users?$format=text/csv", "$format: the rows come as JSON and are made into CSV here: want it left out"},
		{"a start in the middle", "/users?$skip=5", "$skip starts in the middle, and a report has all rows: want it left out"},
		{"not a number", "/users?$top=all", `$top: "all": want the number of rows of a page, such as 500`},
		{"no rows", "/users?$top=0", `$top: "0": want the number of rows of a page, such as 500`},
		{"neither true nor false", "/users?$count=yes", `$count: "yes": want true or false`},
		{"every property", "/users?$select=*", "$select: * is every property: want each one's name written out, or $select left out"},
		{"an invalid property", "/users?$select=id,display name", `$select: "display name": want the names of properties with commas between them, as in ` + example},
		{"a property twice", "/users?$select=id,ID", `$select: property "ID" is given twice`},
		{"an open quote", "/users?$filter=userType eq 'Guest", `$filter: a quote in "userType eq 'Guest" is not closed`},
		{"an open parenthesis", "/users?$filter=startswith(mail,'a'", `$filter: a parenthesis in "startswith(mail,'a'" is not closed`},
		{"one parenthesis too many", "/users?$filter=mail eq 'a')", `$filter: "mail eq 'a')" closes a parenthesis that was not opened`},
		{"double quotes in a filter", `/users?$filter=userType eq "Guest"`, `$filter: "\"Guest\"": want text in single quotes here`},
		{"single quotes in a search", "/users?$search='displayName:a'", `$search: "'displayName:a'": want text in double quotes here`},
		{"a plus sign for a space", "/users?$filter=userType+eq+'Guest'", `$filter: "userType+eq+'Guest'" has a plus sign: want a space, or %2B for the sign itself`},
		{"a broken escape", "/users?$filter=mail eq '5%'", `$filter: "mail eq '5%'" is malformed: want %25 for a percent sign, and %26 for a &`},
		{"quotes from a word processor", "/users?$filter=userType eq \u2018Guest\u2019", "it has typographic quotes: want straight ones, or %E2%80%99 where a value has a \u2019"},
		{"a comma between two", "/users?$top=5,/groups", `",/groups": want ";" between two reports, not a comma, and quotes around a value`},
		{"a comma between two paths", "/users,/groups", `"/users,": want ";" between two reports, not a comma, and quotes around a value`},
		{"too long for a run's record", "/users?$filter=mail eq '" + strings.Repeat("a", 1000) + "'", "it is 1025 bytes long: want 1000 at most"},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			call, err := report.Parse(test.text)
			if err == nil || !strings.HasSuffix(err.Error(), ": "+test.want) {
				t.Errorf("Parse = %s, %v\nwant an error that ends with\n%s", call, err, test.want)
			}
			if call != (report.Call{}) {
				t.Errorf("a call came back with the error: %s", call)
			}
		})
	}
}
