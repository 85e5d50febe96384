package m365_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/standin/m365"
)

var due = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)

// record is one as received: names and values in their order.
type record struct {
	names  []string
	values []json.RawMessage
}

func (r *record) UnmarshalJSON(text []byte) error {
	reader := json.NewDecoder(bytes.NewReader(text))
	reader.Token()
	for reader.More() {
		name, err := reader.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := reader.Decode(&value); err != nil {
			return err
		}
		r.names, r.values = append(r.names, name.(string)), append(r.values, value)
	}
	return nil
}

type recordPage struct {
	Value    []record
	Warnings []string `json:"@adminapi.warnings"`
	Next     string   `json:"@odata.nextLink"`
}

// collect follows redirects and links as a careful client does, at most ten.
func (l *lab) collect(call cmdletCall) (all []record, pages []recordPage) {
	l.t.Helper()
	for range 10 {
		a := l.run(call)
		next := strings.Replace(a.header.Get("Location"), ":446", "", 1)
		if a.status == http.StatusOK {
			var page recordPage
			if err := json.Unmarshal([]byte(a.body), &page); err != nil {
				l.t.Fatalf("%v: %s", err, a.body)
			}
			all, pages = append(all, page.Value...), append(pages, page)
			next = strings.Replace(page.Next, ":446", "", 1)
		} else if a.status != http.StatusFound {
			l.t.Fatalf("%s: %d %s", call.address, a.status, a.body)
		}
		if next == "" {
			return all, pages
		}
		call.address = next
	}
	return all, pages
}

// cells are what a record must become by the rules of the CSV.
func (r record) cells() []m365.Cell {
	var cells []m365.Cell
	for i, name := range r.names {
		if strings.HasPrefix(name, "@odata.") || strings.HasSuffix(name, "@data.type") || strings.HasSuffix(name, "@odata.type") {
			continue
		}
		var value any
		reader := json.NewDecoder(bytes.NewReader(r.values[i]))
		reader.UseNumber()
		reader.Decode(&value)
		text := ""
		switch v := value.(type) {
		case nil:
		case string:
			text = v
		case json.Number:
			text = v.String()
		case bool:
			text = strings.ToUpper(fmt.Sprint(v)[:1]) + fmt.Sprint(v)[1:]
		default:
			var compact bytes.Buffer
			json.Compact(&compact, r.values[i])
			text = compact.String()
		}
		cells = append(cells, m365.Cell{Column: name, Text: text})
	}
	return cells
}

func sameRecords(t *testing.T, served [][]m365.Cell, got []record) {
	t.Helper()
	if len(got) != len(served) || len(got) == 0 {
		t.Errorf("%d records, ServedRows says %d", len(got), len(served))
		return
	}
	for i := range got {
		if !slices.Equal(got[i].cells(), served[i]) {
			t.Errorf("record %d: %q, ServedRows says %q", i, got[i].cells(), served[i])
		}
	}
}

func TestServedRowsAreWhatACarefulClientGets(t *testing.T) {
	l := start(t, m365.Options{Customers: 8, Today: due, Tuning: m365.Tuning{ExchangePage: 7}, Faults: map[int]m365.Fault{
		1: m365.HostileNames, 2: m365.FormulaNames, 4: m365.ExchangeWiderRecord,
	}})
	for _, test := range []struct {
		cmdlet     string
		parameters map[string]any
		records    int
	}{
		{trafficCmdlet, map[string]any{"Category": "TopMailSender", "StartDate": "2026-11-22", "EndDate": "2026-11-23"}, 20},
		{trafficCmdlet, map[string]any{"Category": "InboundTransportRuleHits", "Page": 2, "PageSize": 15}, 5},
		{flowCmdlet, map[string]any{"StartDate": "2026-11-22", "EndDate": "2026-11-23", "Direction": []any{"Inbound", "Outbound"}}, 24},
		{"Get-MailTrafficATPReport", map[string]any{"StartDate": "2026-11-22", "EndDate": "2026-11-22", "EventType": "FileDetonation"}, 3},
		{"Get-MxRecordReport", nil, 1},
		{"Get-OrganizationConfig", map[string]any{}, 1},
	} {
		t.Run(test.cmdlet, func(t *testing.T) {
			parameters, err := json.Marshal(test.parameters)
			if err != nil {
				t.Fatal(err)
			}
			for _, cu := range l.Customers() {
				got, pages := l.collect(l.cmdletCall(cu.TenantID, test.cmdlet, string(parameters)))
				sameRecords(t, l.ServedRows(cu.TenantID, test.cmdlet, test.parameters), got)
				if len(got) != test.records || len(pages) != (test.records+6)/7 && cu.Fault == m365.None {
					t.Errorf("customer %d: %d records on %d pages, want %d", cu.Index, len(got), len(pages), test.records)
				}
			}
		})
	}
	t.Run("a redirect and each page are counted", func(t *testing.T) {
		if n := l.Counts().Tenants[l.Customers()[3].TenantID][m365.KindExchange]; n != 3+1+4+1+1+1+6 {
			t.Errorf("%d requests", n)
		}
	})
	t.Run("each page but the last warns of the next, and some customers are warned of something else, once", func(t *testing.T) {
		for index, want := range map[int][]int{0: {1, 1, 0}, 5: {2, 1, 0}} {
			_, pages := l.collect(l.cmdletCall(l.Customers()[index].TenantID, trafficCmdlet, "{}"))
			for i, n := range want {
				if got := pages[i].Warnings; len(got) != n || n > 0 && !strings.HasPrefix(got[n-1], "There are more results available") {
					t.Errorf("customer %d, page %d: %q", index, i, got)
				}
			}
		}
	})
}

func TestServedRowsIsNilWhereNothingArrives(t *testing.T) {
	l := start(t, m365.Options{Customers: 1, Today: due})
	tenant := l.Customers()[0].TenantID
	for _, test := range []struct {
		rule, tenant, cmdlet string
		parameters           map[string]any
		fault                m365.Fault
	}{
		{"an unknown tenant", "11111111-2222-4333-8444-555555555555", trafficCmdlet, nil, m365.None},
		{"an unknown cmdlet", tenant, "Get-Mailbox", nil, m365.None},
		{"a parameter that is refused", tenant, trafficCmdlet, map[string]any{"Page": "first"}, m365.None},
		{"a fault that refuses", tenant, trafficCmdlet, nil, m365.ExchangeBareRefusal},
		{"endless pages", tenant, trafficCmdlet, nil, m365.ExchangeLoop},
	} {
		t.Run(test.rule, func(t *testing.T) {
			l.SetFault(0, test.fault)
			if rows := l.ServedRows(test.tenant, test.cmdlet, test.parameters); rows != nil {
				t.Errorf("got %q", rows)
			}
		})
	}
	t.Run("and empty if there are no records", func(t *testing.T) {
		l.SetFault(0, m365.HeaderOnly)
		if rows := l.ServedRows(tenant, trafficCmdlet, nil); rows == nil || len(rows) > 0 {
			t.Errorf("got %v", rows)
		}
	})
}

func TestPagesOfRecords(t *testing.T) {
	l := start(t, m365.Options{Customers: 8, Today: due, Tuning: m365.Tuning{ExchangePage: 7}})
	page := func(index int) (cmdletCall, recordPage) {
		call := l.cmdletCall(l.Customers()[index].TenantID, trafficCmdlet, "{}")
		_, pages := l.collect(call)
		return call, pages[0]
	}
	t.Run("the next page requires the same body", func(t *testing.T) {
		call, first := page(0)
		call.address = first.Next
		call.body = strings.Replace(call.body, "{}", `{"Category":"TopMalware"}`, 1)
		if a := l.run(call); a.status != 400 || !strings.Contains(a.inner(), "Expired or Invalid pagination request") {
			t.Errorf("got %d %s", a.status, a.body)
		}
	})
	t.Run("every second customer's link has the port of Exchange's own servers, which cannot be reached", func(t *testing.T) {
		_, even := page(2)
		call, odd := page(1)
		if strings.Contains(even.Next, ":446") || !strings.HasPrefix(odd.Next, "https://outlook.office365.com:446/") {
			t.Errorf("links %s and %s", even.Next, odd.Next)
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, odd.Next, strings.NewReader(call.body))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.do(r); err == nil || !slices.Contains(l.Counts().Refused, "outlook.office365.com:446") {
			t.Errorf("got %v, refused %q", err, l.Counts().Refused)
		}
	})
	t.Run("fewer records are served than asked for, and no fewer than one", func(t *testing.T) {
		call, _ := page(0)
		for asked, want := range map[string]int{"odata.maxpagesize=3": 3, "return=minimal, odata.maxpagesize=0": 1, "odata.maxpagesize=9": 7} {
			call.headers["Prefer"] = asked
			if a := l.run(call); strings.Count(a.body, `"C1":`) != want {
				t.Errorf("%s: %s", asked, a.body)
			}
		}
	})
	t.Run("every fourth customer's region is another host, sometimes with that port", func(t *testing.T) {
		for index, want := range map[int]string{3: "https://eurprd01.outlook.office365.com/", 7: "https://eurprd01.outlook.office365.com:446/"} {
			a := l.run(l.cmdletCall(l.Customers()[index].TenantID, trafficCmdlet, "{}"))
			if a.status != http.StatusFound || !strings.HasPrefix(a.header.Get("Location"), want) {
				t.Errorf("customer %d: %d %v", index, a.status, a.header)
			}
		}
	})
}
