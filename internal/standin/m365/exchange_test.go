package m365_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tenantrollup/internal/standin/m365"
)

const (
	exchangeAPI   = "https://outlook.office365.com/adminapi/beta/"
	exchangeScope = "https://outlook.office365.com/.default"
	anchorOf      = "APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@"
)

// cmdletCall is one POST to Exchange, good until a test changes it.
type cmdletCall struct {
	address, token, body string
	headers              map[string]string // an empty value removes one
}

func (l *lab) cmdletCall(tenant, cmdlet, parameters string) cmdletCall {
	l.t.Helper()
	return cmdletCall{
		address: exchangeAPI + tenant + "/InvokeCommand",
		token:   l.token(tenant, "scope", exchangeScope),
		body:    `{"CmdletInput":{"CmdletName":"` + cmdlet + `","Parameters":` + parameters + `}}`,
		headers: map[string]string{
			"Content-Type": "application/json", "X-AnchorMailbox": anchorOf + tenant, "Prefer": "odata.maxpagesize=1000",
			"X-CmdletName": cmdlet, "X-ResponseFormat": "json",
		},
	}
}

func (l *lab) run(c cmdletCall) answer {
	l.t.Helper()
	r, err := http.NewRequestWithContext(l.t.Context(), http.MethodPost, c.address, strings.NewReader(c.body))
	if err != nil {
		l.t.Fatal(err)
	}
	for name, value := range c.headers {
		r.Header.Set(name, value)
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	a, err := l.do(r)
	if err != nil {
		l.t.Fatalf("POST %s: %v", c.address, err)
	}
	return a
}

// inner is the text of the innermost exception.
func (a answer) inner() string { return a.find("error", "innererror", "internalexception", "message") }

const (
	trafficCmdlet = "Get-MailTrafficSummaryReport"
	flowCmdlet    = "Get-MailFlowStatusReport"
)

func TestExchangeRefuses(t *testing.T) {
	l := start(t, m365.Options{Customers: 2, Today: due, Faults: map[int]m365.Fault{1: m365.ExchangeNoAppRole}})
	tenant, other := l.Customers()[0].TenantID, l.Customers()[1].TenantID
	good := l.cmdletCall(tenant, trafficCmdlet, `{"Category":"TopMailSender"}`)
	with := func(change func(*cmdletCall)) cmdletCall {
		changed := good
		changed.headers = map[string]string{}
		maps.Copy(changed.headers, good.headers)
		change(&changed)
		return changed
	}
	header := func(name, value string) cmdletCall {
		return with(func(c *cmdletCall) { c.headers[name] = value })
	}
	body := func(text string) cmdletCall { return with(func(c *cmdletCall) { c.body = text }) }
	parameters := func(text string) cmdletCall {
		return body(`{"CmdletInput":{"CmdletName":"` + trafficCmdlet + `","Parameters":` + text + `}}`)
	}
	if a := l.run(good); a.status != http.StatusOK {
		t.Fatalf("the good call: %d %s", a.status, a.body)
	}
	for _, test := range []struct {
		rule   string
		call   cmdletCall
		status int
		says   string // in a header or the innermost exception
	}{
		{"no token", with(func(c *cmdletCall) { c.token = "" }), 401, "2000000"},
		{"a made-up token", with(func(c *cmdletCall) { c.token += "x" }), 401, "2000005"},
		{"Graph's token", with(func(c *cmdletCall) { c.token = l.token(tenant) }), 401, "2000003"},
		{"another tenant's token", with(func(c *cmdletCall) { c.token = l.cmdletCall(other, flowCmdlet, "{}").token }), 401, "2000004"},
		{"a token without the app role", l.cmdletCall(other, trafficCmdlet, "{}"), 401, "2000008"},
		{"no anchor mailbox", header("X-AnchorMailbox", ""), 400, "X-AnchorMailbox"},
		{"another tenant's anchor mailbox", header("X-AnchorMailbox", anchorOf+other), 400, "X-AnchorMailbox"},
		{"a body that says it is not JSON", header("Content-Type", "text/plain"), 415, ""},
		{"a format it does not serve", header("X-ResponseFormat", "clixml"), 400, "clixml"},
		{"a header that names another cmdlet", header("X-CmdletName", flowCmdlet), 400, "X-CmdletName"},
		{"an unknown top-level key", body(`{"CmdletInput":{"CmdletName":"x"},"Other":1}`), 400, "no CmdletInput"},
		{"an unknown key of the input", body(`{"CmdletInput":{"CmdletName":"x","Arguments":{}}}`), 400, "no CmdletInput"},
		{"two bodies in one", body(good.body + "{}"), 400, "no CmdletInput"},
		{"an unknown query parameter", with(func(c *cmdletCall) { c.address += "?$top=1" }), 400, "$top"},
		{"an unknown property in $select", with(func(c *cmdletCall) { c.address += "?$select=C1,C9" }), 400, "C9"},
		{"a made-up page token", with(func(c *cmdletCall) { c.address += "?$skiptoken=MTAw" }), 400, "Expired or Invalid pagination request"},
		{"an unknown parameter", parameters(`{"Kategory":"TopMailSender"}`), 400, "Invalid cmdlet parameters specified. Kategory"},
		{"a parameter given twice", parameters(`{"Page":1,"page":2}`), 400, "specified more than once"},
		{"an unknown category", parameters(`{"Category":"TopSender"}`), 400, "TopMailSender, TopMailRecipient"},
		{"a number instead of a date", parameters(`{"StartDate":20261101,"EndDate":"2026-11-02"}`), 400, "System.DateTime"},
		{"a word instead of a date", parameters(`{"StartDate":"yesterday","EndDate":"2026-11-02"}`), 400, "not recognized as a valid DateTime"},
		{"a list instead of a single word", parameters(`{"Category":["TopMailSender"]}`), 400, "System.String"},
		{"a start without an end", parameters(`{"StartDate":"2026-11-20"}`), 400, "together"},
		{"an end before the start", parameters(`{"StartDate":"2026-11-20","EndDate":"2026-11-19"}`), 400, "later than the EndDate"},
		{"a start too long ago", parameters(`{"StartDate":"2026-01-20","EndDate":"2026-01-21"}`), 400, "90 days"},
	} {
		t.Run(test.rule, func(t *testing.T) {
			a := l.run(test.call)
			if a.status != test.status || !strings.Contains(a.inner()+a.header.Get("x-ms-diagnostics"), test.says) {
				t.Errorf("got %d %s %v, want %d %q", a.status, a.body, a.header, test.status, test.says)
			}
			if a.status == http.StatusUnauthorized && a.body != "" {
				t.Errorf("a 401 has no body, got %q", a.body)
			}
		})
	}
	t.Run("an unknown cmdlet, with its exception before the text", func(t *testing.T) {
		call := l.cmdletCall(tenant, "Get-MailboxActivityReport", "{}")
		var got struct {
			Error struct{ Details []struct{ Message string } }
		}
		a := l.run(call)
		const want = "|System.Management.Automation.CommandNotFoundException|The term 'Get-MailboxActivityReport' is not recognized"
		if err := json.Unmarshal([]byte(a.body), &got); err != nil || a.status != 400 || len(got.Error.Details) != 1 || !strings.HasPrefix(got.Error.Details[0].Message, want) {
			t.Errorf("got %d %s", a.status, a.body)
		}
	})
	t.Run("a GET", func(t *testing.T) {
		if a := l.get(good.address, good.token); a.status != http.StatusNotFound {
			t.Errorf("got %d", a.status)
		}
	})
}

func TestExchangeTakes(t *testing.T) {
	l := start(t, m365.Options{Customers: 1, Today: due})
	cu := l.Customers()[0]
	good := l.cmdletCall(cu.TenantID, trafficCmdlet, `{"category":"topmailsender","StartDate":"11/20/2026","EndDate":"2026-11-22T00:00:00Z","Page":"1"}`)
	for rule, change := range map[string]func(*cmdletCall){
		"names of cmdlet and parameters in any case": func(c *cmdletCall) { c.body = strings.Replace(c.body, "Get-Mail", "get-mail", 1) },
		"the initial domain for the tenant":          func(c *cmdletCall) { c.address = exchangeAPI + cu.InitialDomain + "/InvokeCommand" },
		"a user's anchor mailbox": func(c *cmdletCall) {
			c.headers["X-AnchorMailbox"] = "UPN:" + strings.TrimPrefix(anchorOf, "APP:") + cu.InitialDomain
		},
		"no page size":  func(c *cmdletCall) { delete(c.headers, "Prefer") },
		"a $select":     func(c *cmdletCall) { c.address += "?" + url.Values{"$select": {"C1,C2"}}.Encode() },
		"no parameters": func(c *cmdletCall) { c.body = `{"CmdletInput":{"CmdletName":"` + trafficCmdlet + `"}}` },
	} {
		t.Run(rule, func(t *testing.T) {
			call := l.cmdletCall(cu.TenantID, trafficCmdlet, "{}")
			call.body = good.body
			change(&call)
			if a := l.run(call); a.status != http.StatusOK || strings.Count(a.body, `"C1":`) != 20 || strings.Contains(a.body, `"C3"`) == strings.Contains(call.address, "select") {
				t.Errorf("got %d %s", a.status, a.body)
			}
		})
	}
}

func TestExchangeTokenOfAUser(t *testing.T) {
	l := start(t, m365.Options{Customers: 1, Today: due, Auth: m365.RefreshTokenSecret})
	tenant := l.Customers()[0].TenantID
	call := l.cmdletCall(tenant, trafficCmdlet, "{}")
	if a := l.run(call); a.status != http.StatusUnauthorized {
		t.Errorf("the app alone: %d", a.status)
	}
	a := l.signIn(tenant, l.form("grant_type", "refresh_token", "scope", exchangeScope, "refresh_token", l.StoredRefreshTokens()[0]))
	call.token = a.find("access_token")
	if got := l.run(call); got.status != http.StatusOK || a.find("scope") != "Exchange.Manage" {
		t.Errorf("with the user, scope %q: %d %s", a.find("scope"), got.status, got.body)
	}
}
