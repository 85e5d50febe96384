package m365_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"tenantrollup/internal/standin/m365"
)

// collection reads a customer's collection to its end, with the header if eventual says
// so, and returns how many pages there were.
func (l *lab) collection(index int, path string, eventual bool) (records []json.RawMessage, pages int) {
	l.t.Helper()
	token := l.token(l.Customers()[index].TenantID)
	for next := address(path); next != ""; pages++ {
		a := l.collectionPage(next, token, eventual)
		if a.status != 200 {
			l.t.Fatalf("%s: %d %s", next, a.status, a.body)
		}
		var page struct {
			Value []json.RawMessage
			Next  string `json:"@odata.nextLink"`
		}
		if err := json.Unmarshal([]byte(a.body), &page); err != nil || page.Value == nil {
			l.t.Fatalf("%s: %v in %s", next, err, a.body)
		}
		records = append(records, page.Value...)
		next = page.Next
	}
	return records, pages
}

func address(path string) string {
	return "https://graph.microsoft.com/v1.0" + strings.NewReplacer(" ", "%20", `"`, "%22").Replace(path)
}

func (l *lab) collectionPage(address, token string, eventual bool) answer {
	l.t.Helper()
	if eventual {
		return l.get(address, token, "ConsistencyLevel", "eventual")
	}
	return l.get(address, token)
}

// ask asks one page of the first customer's collection.
func (l *lab) ask(path string) answer {
	l.t.Helper()
	return l.collectionPage(address(path), l.token(l.Customers()[0].TenantID), false)
}

func texts(records []json.RawMessage) (all []string) {
	for _, r := range records {
		all = append(all, string(r))
	}
	return all
}

// values are what records have at a property.
func values(t *testing.T, records []json.RawMessage, name string) (all []any) {
	t.Helper()
	for _, r := range records {
		var record map[string]any
		if err := json.Unmarshal(r, &record); err != nil {
			t.Fatal(err)
		}
		if value, has := record[name]; has {
			all = append(all, value)
		}
	}
	return all
}

func TestCollectionIsItsObjectsPageByPage(t *testing.T) {
	l := start(t, m365.Options{Customers: 2, Seed: 3, Rows: 250})
	for path, pages := range map[string]int{
		"/subscribedSkus":          1,
		"/directory/subscriptions": 1,
		"/users":                   3,
		"/roleManagement/directory/roleAssignments?$expand=principal":                 1,
		"/roleManagement/directory/roleDefinitions":                                   1,
		"/roleManagement/directory/roleDefinitions?$select=id,displayName&$top=2":     3,
		"/security/secureScores":                                                      1,
		"/security/secureScores?$top=30&$select=currentScore,createdDateTime":         3,
		"/deviceManagement/managedDevices":                                            1,
		"/deviceManagement/managedDevices?$select=deviceName,complianceState&$top=50": 3,
		"/identity/conditionalAccess/policies":                                        1,
		"/domains":                                                                    1,
		"/admin/serviceAnnouncement/healthOverviews":                                  1,
		"/admin/serviceAnnouncement/healthOverviews?$expand=issues":                   1,
		"/users?$select=id,displayName,userPrincipalName&$top=999":                    1,
		"/users?$select=displayName,signInActivity&$top=999":                          1,
		"/users?$filter=userType eq 'Guest'&$top=20":                                  2,
		"/users?$select=displayName&$top=40":                                          7,
		"/reports/authenticationMethods/userRegistrationDetails":                      3,
		"/users?$orderby=displayName&$top=100":                                        3,
		`/users?$search="displayName:Guest 1"&$select=id&$count=true`:                 1,
		"/users?$filter=assignedLicenses/$count ne 0&$count=true":                     2,
		"/users?$filter=endswith(mail,'fabrikam.example')&$count=true":                1,
	} {
		t.Run(path, func(t *testing.T) {
			want := l.Objects(l.Customers()[1].TenantID, path)
			got, n := l.collection(1, path, strings.Contains(path, "$count"))
			if n != pages || len(got) == 0 || !slices.Equal(texts(got), texts(want)) {
				t.Errorf("%d records on %d pages, want %d on %d", len(got), n, len(want), pages)
			}
		})
	}
}

func TestSelectKeepsWhatItNames(t *testing.T) {
	l := start(t, m365.Options{Customers: 1, Rows: 9})
	for query, want := range map[string]string{
		"/users?$select=displayName":                             `[{"displayName":"User 0"}`,
		"/users?$select=userType,displayName":                    `[{"displayName":"User 0","userType":"Member"}`,
		"/subscribedSkus?$select=prepaidUnits/enabled,appliesTo": `[{"appliesTo":"User","prepaidUnits":{"enabled":`,
	} {
		if body := l.ask(query).body; !strings.Contains(body, want) {
			t.Errorf("%s: %s, want %s", query, body, want)
		}
	}
	t.Run("and id along with the sign-in activity", func(t *testing.T) {
		records := l.Objects(l.Customers()[0].TenantID, "/users?$select=signInActivity")
		if n := len(values(t, records, "id")); n != 9 {
			t.Errorf("%d of 9 have an id", n)
		}
	})
	t.Run("without it, users have only the usual properties", func(t *testing.T) {
		if body := l.ask("/users").body; strings.Contains(body, "accountEnabled") || !strings.Contains(body, `"businessPhones":[`) {
			t.Error(body)
		}
	})
}

func TestFilterKeepsWhatItSays(t *testing.T) {
	l := start(t, m365.Options{Customers: 1, Rows: 70})
	for filter, want := range map[string]int{
		"userType eq 'Guest'":                                               10,
		"userType eq 'guest' and accountEnabled eq true":                    9,
		"not (userType eq 'Guest')":                                         60,
		"userType ne 'Guest'":                                               60,
		"startswith(displayName,'Guest') or startsWith(displayName,'User')": 70,
		"assignedLicenses/$count eq 0":                                      17,
		"userPrincipalName eq 'it''s nobody'":                               0,
		"signInActivity/lastSignInDateTime le 2999-01-01T00:00:00Z":         47,
	} {
		t.Run(filter, func(t *testing.T) {
			got := l.Objects(l.Customers()[0].TenantID, "/users?$select=id&$count=true&$filter="+url.QueryEscape(filter))
			if got == nil || len(got) != want {
				t.Errorf("%d, want %d", len(got), want)
			}
		})
	}
}

func TestCollectionRefusesAWrongQuery(t *testing.T) {
	l := start(t, m365.Options{Customers: 1})
	unsupported := "Request_UnsupportedQuery"
	for path, want := range map[string]struct {
		status int
		code   string
		says   string
	}{
		"/users?$select=shoeSize":                                 {400, "BadRequest", "Could not find a property named 'shoeSize' on type 'microsoft.graph.user'."},
		"/subscribedSkus?$select=id,userType":                     {400, "BadRequest", "'userType' on type 'microsoft.graph.subscribedSku'"},
		"/users?$select=id,aboutMe":                               {501, "NotImplemented", "aboutMe"},
		"/users?$top=1000":                                        {400, "Request_BadRequest", "Must be between 1 and 999 inclusive."},
		"/users?$top=0":                                           {400, "Request_BadRequest", "between 1 and 999"},
		"/users?$top=many":                                        {400, "BadRequest", "$top"},
		"/users?$skip=10":                                         {400, "BadRequest", "$skip"},
		"/users?$format=xml":                                      {400, "BadRequest", "$format"},
		"/users?$expand=manager":                                  {400, "BadRequest", "$expand"},
		"/users?$select=id&$select=mail":                          {400, "BadRequest", "more than once"},
		"/users?$select=":                                         {400, "BadRequest", "empty"},
		"/users?$filter=shoeSize eq 5":                            {400, "BadRequest", "'shoeSize'"},
		"/users?$filter=userType eq Guest":                        {400, "BadRequest", "Syntax error"},
		"/users?$filter=userType is 'Guest'":                      {400, "BadRequest", "Syntax error"},
		"/users?$filter=userType eq 'Guest":                       {400, "BadRequest", "Syntax error"},
		"/users?$filter=(userType eq 'Guest'":                     {400, "BadRequest", "Syntax error"},
		"/users?$filter=userType eq 'Guest' and":                  {400, "BadRequest", "Syntax error"},
		"/users?$filter=userType ne 'Guest'":                      {400, unsupported, "NotEqualsMatch"},
		"/users?$filter=not (userType eq 'Guest')&$count=true":    {400, unsupported, "Not"},
		"/users?$filter=endswith(mail,'x')":                       {400, unsupported, "'mail' of resource 'User'"},
		"/users?$filter=assignedLicenses/$count ne 0":             {400, unsupported, "assignedLicenses"},
		"/users?$filter=userType eq 'Guest'&$orderby=displayName": {400, unsupported, "Sorting"},
		"/users?$orderby=mail":                                    {400, unsupported, "mail"},
		`/users?$search="displayName:x"`:                          {400, unsupported, "ConsistencyLevel: eventual"},
		"/users?$skiptoken=abc":                                   {400, "Directory_ExpiredPageToken", "expired"},
		"/subscribedSkus?$filter=skuPartNumber eq 'SPB'":          {400, "BadRequest", "$filter"},
		"/users?$filter=signInActivity/lastSignInDateTime le 2020-01-01T00:00:00Z and userType eq 'Guest'": {400, "BadRequest", "combined"},
	} {
		t.Run(path, func(t *testing.T) {
			a := l.ask(path)
			if a.status != want.status || a.find("error", "code") != want.code || !strings.Contains(a.find("error", "message"), want.says) {
				t.Errorf("%d %s, want %d %s with %q", a.status, a.body, want.status, want.code, want.says)
			}
		})
	}
	t.Run("a page's token for another query", func(t *testing.T) {
		l := start(t, m365.Options{Customers: 1, Rows: 120})
		link := l.ask("/users?$select=id").find("@odata.nextLink")
		a := l.get(strings.Replace(link, "$select=id", "$select=mail", 1), l.token(l.Customers()[0].TenantID))
		if link == "" || a.status != 400 || a.find("error", "code") != "Directory_ExpiredPageToken" {
			t.Errorf("%s: %d %s", link, a.status, a.body)
		}
	})
}

func TestCountComesWithConsistencyLevelOnly(t *testing.T) {
	l := start(t, m365.Options{Customers: 1, Rows: 12})
	token := l.token(l.Customers()[0].TenantID)
	for _, eventual := range []bool{false, true} {
		a := l.collectionPage(address("/users?$count=true"), token, eventual)
		if a.status != 200 || strings.Contains(a.body, `"@odata.count":12`) != eventual {
			t.Errorf("eventual %v: %d %.200s", eventual, a.status, a.body)
		}
	}
}

func TestPagesOfCollectionsAreCounted(t *testing.T) {
	l := start(t, m365.Options{Customers: 1, Rows: 250})
	l.collection(0, "/users", false)
	if n := l.Counts().Tenants[l.Customers()[0].TenantID][m365.KindCollection]; n != 3 {
		t.Errorf("counted %d of 3 pages", n)
	}
}

func TestSignInActivityComesOnPagesOf500(t *testing.T) {
	l := start(t, m365.Options{Customers: 1, Rows: 600})
	if got, pages := l.collection(0, "/users?$select=id,signInActivity&$top=999", false); pages != 2 || len(got) != 600 {
		t.Errorf("%d users on %d pages", len(got), pages)
	}
}
