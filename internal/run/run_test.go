package run_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/run"
)

func constant(n uint32) run.Random { return func() uint32 { return n } }

func TestTurn(t *testing.T) {
	first := run.FirstTurn(constant(7))
	if first != "0001-00000007" {
		t.Errorf("first turn: %s", first)
	}
	if next := first.Next(constant(1)); next != "0002-00000001" || next <= first {
		t.Errorf("next turn: %s", next)
	}
	if last := run.Turn("9999-00000001").Next(constant(2)); last <= "9999-00000001" {
		t.Errorf("after the last number, the random part decides: %s", last)
	}
}

func TestBlockID(t *testing.T) {
	id := run.BlockID("0badcafe", 12, 345)
	raw, err := base64.StdEncoding.DecodeString(id)
	if err != nil || string(raw) != "0badcafe-0012-000345" {
		t.Errorf("block id: %q, %v", raw, err)
	}
	if other := run.BlockID("0badcafe", 9999, 999999); len(other) != len(id) {
		t.Errorf("ids of two lengths: %d and %d", len(other), len(id))
	}
}

func queued(t *testing.T, m run.Message) []byte {
	t.Helper()
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestParseMessage(t *testing.T) {
	m := run.Message{
		Run: "0badcafe", Turn: "0001-00000000", Report: "mailbox-activity",
		Call: "getMailboxUsageMailboxCounts(period='D7')", Date: "2026-11-24", Scope: run.ScopeMissing, Note: "This night was missed.",
	}
	t.Run("reads back what is queued", func(t *testing.T) {
		got, err := run.ParseMessage(queued(t, m))
		if err != nil || got != m {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	for name, c := range map[string]struct {
		change func(*run.Message)
		want   string
	}{
		"run":    {func(m *run.Message) { m.Run = "XYZ" }, `run "XYZ": want 8 hex digits`},
		"turn":   {func(m *run.Message) { m.Turn = "1" }, `turn "1": want 4 digits`},
		"report": {func(m *run.Message) { m.Report = "../x" }, "report: "},
		"call":   {func(m *run.Message) { m.Call = "getNothing" }, "call: "},
		"date":   {func(m *run.Message) { m.Date = "1999-12-31" }, `date "1999-12-31"`},
		"scope":  {func(m *run.Message) { m.Scope = "some" }, `scope "some": want missing, all or failed`},
		"note":   {func(m *run.Message) { m.Note = "gr\u00fcn" }, `note "grün": want at most 400 characters of ASCII`},
	} {
		t.Run("names a wrong "+name, func(t *testing.T) {
			wrong := m
			c.change(&wrong)
			if _, err := run.ParseMessage(queued(t, wrong)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	for name, text := range map[string]string{
		"a field": `{"run":"` + strings.Repeat("0", 60_000) + `"}`, "a name": `{"` + strings.Repeat("x", 60_000) + `":1}`,
		"a call": string(queued(t, run.Message{Run: m.Run, Turn: m.Turn, Report: m.Report, Call: strings.Repeat("x", 60_000)})),
	} {
		if _, err := run.ParseMessage([]byte(text)); err == nil || len(err.Error()) > 600 {
			t.Errorf("%s of 60 KB: an error of %d bytes", name, len(fmt.Sprint(err)))
		}
	}
	for _, text := range []string{"", "null", "[]", `{"unknown":1}`, `"x"`, string(queued(t, m)) + "{}", string(queued(t, m)) + "]"} {
		if _, err := run.ParseMessage([]byte(text)); err == nil {
			t.Errorf("%q was accepted", text)
		}
	}
}

func TestErrorLogLine(t *testing.T) {
	line := run.Line{
		Time:     time.Date(2026, 11, 24, 1, 2, 3, 0, time.UTC),
		Customer: run.Customer{TenantID: "t", Domain: "contoso.onmicrosoft.com", Name: "Contoso\t\r\nLtd."},
		Failure:  run.Failure{Class: run.RoleMissing, Message: "a\tb", Remedy: "c", CorrelationID: "d"},
	}
	text := string(line.Append(nil))
	want := "2026-11-24T01:02:03Z\trole-missing\tt\tcontoso.onmicrosoft.com\tContoso   Ltd.\ta b\tc\td\n"
	if text != want {
		t.Errorf("got  %q\nwant %q", text, want)
	}
	if fields := strings.Count(run.ErrorLogHeader, "\t"); fields != strings.Count(text, "\t") {
		t.Errorf("the header has %d tabs", fields)
	}
	got, err := run.ParseLine(strings.TrimSuffix(text, "\n"))
	if err != nil || string(got.Append(nil)) != text {
		t.Errorf("read back %+v, %v", got, err)
	}
	if _, err := run.ParseLine("a\tb"); err == nil {
		t.Error("a line of two fields was accepted")
	}
}

func TestErrorLogValuesAreGuarded(t *testing.T) {
	for _, test := range []struct{ name, written, read string }{
		{"=1+1", "'=1+1", "=1+1"},
		{"+1", "'+1", "+1"},
		{"-1", "'-1", "-1"},
		{"@A1", "'@A1", "@A1"},
		{"＝1+1", "'＝1+1", "＝1+1"},
		{"＠A1", "'＠A1", "＠A1"},
		{`"Fabrikam`, `'"Fabrikam`, `"Fabrikam`},
		{"'Northwind", "'Northwind", "'Northwind"},
		{"Contoso=1", "Contoso=1", "Contoso=1"},
		{"a\v\f\x1c\x1d\x1e\x00\u0085\u2028\u2029b", "a         b", "a         b"},
		{"", "", ""},
	} {
		line := run.Line{Time: time.Date(2026, 11, 24, 1, 2, 3, 0, time.UTC), Customer: run.Customer{Name: test.name}}
		text := string(line.Append(nil))
		if got := strings.Split(text, "\t")[4]; got != test.written {
			t.Errorf("%q is written as %q, want %q", test.name, got, test.written)
		}
		got, err := run.ParseLine(strings.TrimSuffix(text, "\n"))
		if err != nil || got.Customer.Name != test.read || string(got.Append(nil)) != text {
			t.Errorf("%q is read as %q, %v", test.name, got.Customer.Name, err)
		}
	}
}

func TestFailure(t *testing.T) {
	f := &run.Failure{Message: "It failed.", Remedy: "Mend it.", CorrelationID: "abc"}
	if got := f.Error(); got != "It failed. What to do: Mend it. (correlation id abc)" {
		t.Error(got)
	}
}

func TestCustomerLine(t *testing.T) {
	c := run.Customer{TenantID: "t1", Name: "Contoso \"A\"\nB", Domain: "d", Ends: "2027-01-01", Sources: run.SourceGDAP | run.SourceTenantIDs, Excluded: true, Line: "x\ty"}
	line, err := c.AppendJSON(nil)
	if err != nil || strings.Count(string(line), "\n") != 1 {
		t.Fatalf("%q, %v", line, err)
	}
	if got, err := run.ParseCustomer(line); err != nil || got != c {
		t.Errorf("read back %+v, %v", got, err)
	}
	var older struct {
		TenantID, Name, Domain, Ends, Line string
		Excluded                           bool
	}
	if err := json.Unmarshal(line, &older); err != nil || older.TenantID != c.TenantID || older.Line != c.Line || !older.Excluded {
		t.Errorf("a version that knows no sources reads %+v, %v", older, err)
	}
	later := `{"tenantId":"t1","name":"","domain":"","sources":["contracts","indirect resellers"],"region":"EU"}`
	if got, err := run.ParseCustomer([]byte(later)); err != nil || got != (run.Customer{TenantID: "t1", Sources: run.SourceContracts}) {
		t.Errorf("of a later version %+v, %v", got, err)
	}
	for _, text := range []string{`{`, `{}`, `{"tenantId":"ABC"}`, `{"tenantId":"t1","sources":"gdap"}`} {
		if _, err := run.ParseCustomer([]byte(text)); err == nil {
			t.Errorf("%s was accepted", text)
		}
	}
}
