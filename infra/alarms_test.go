//go:build alarms

package infra_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// alarm is one of alarms.tf.
type alarm struct {
	query   string // as Terraform fills it in
	window  time.Duration
	measure string // the column whose greatest value counts; where empty, the rows are counted
	above   float64
	by      string // the column with what is told apart; may be empty
}

// readAlarms reads them as they are if these reports are in REPORTS.
func readAlarms(t *testing.T, reports ...string) map[string]alarm {
	t.Helper()
	list, err := json.Marshal(reports)
	if err != nil {
		t.Fatal(err)
	}
	filled := strings.NewReplacer("${reports}", string(list), "${fresh_hours}", "25")
	found := map[string]alarm{}
	for _, block := range regexp.MustCompile(`(?s)\n    ([a-z-]+) = \{\n(.*?)\n    \}`).FindAllStringSubmatch(read(t, "alarms.tf"), -1) {
		setting := func(name, pattern string) string {
			values := captures(`(?m)^ +`+name+` += `+pattern, block[2])
			if len(values) != 1 {
				t.Fatalf("%s: %d settings %s: %q", block[1], len(values), name, values)
			}
			return strings.Trim(values[0], `"`)
		}
		found[block[1]] = alarm{
			query:   filled.Replace(read(t, setting("query", `(?:template)?file\("\$\{path\.module\}/(queries/[a-z-]+\.kql)"`))),
			window:  duration(t, setting("window", `"P(\w+)"`)),
			measure: strings.TrimPrefix(setting("measure", `(null|"\w+")`), "null"),
			above:   threshold(t, setting("above", `([\w.]+)`)),
			by:      strings.TrimPrefix(setting("by", `(null|"\w+")`), "null"),
		}
	}
	return found
}

// duration reads ISO 8601's, without the P: 2D, T1H, T30M.
func duration(t *testing.T, text string) time.Duration {
	t.Helper()
	if days, ok := strings.CutSuffix(text, "D"); ok {
		n, err := strconv.Atoi(days)
		if err != nil {
			t.Fatal(err)
		}
		return time.Duration(n) * 24 * time.Hour
	}
	d, err := time.ParseDuration(strings.ToLower(strings.TrimPrefix(text, "T")))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// threshold reads a number, or the default of a variable.
func threshold(t *testing.T, text string) float64 {
	t.Helper()
	if name, ok := strings.CutPrefix(text, "var."); ok {
		values := captures(`(?s)variable "`+name+`" \{.*?\n  default +=\s(\S+)\n`, read(t, "variables.tf"))
		if len(values) != 1 {
			t.Fatalf("%d defaults of %s", len(values), name)
		}
		text = values[0]
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// calls are what it calls people for, given the rows that its query returned: the
// values of by, or one empty text.
func (a alarm) calls(t *testing.T, rows []row) []string {
	t.Helper()
	values := map[string]float64{}
	for _, r := range rows {
		cause, ok := r[a.by].(string)
		if a.by != "" && !ok {
			t.Fatalf("no text in the column %s: %v", a.by, r)
		}
		if a.measure == "" {
			values[cause]++
			continue
		}
		value, ok := r[a.measure].(float64)
		if !ok {
			t.Fatalf("no number in the column %s: %v", a.measure, r)
		}
		values[cause] = max(values[cause], value)
	}
	maps.DeleteFunc(values, func(_ string, value float64) bool { return value <= a.above })
	return slices.Sorted(maps.Keys(values))
}

// TestQueries runs queries on what real nights leave in Azure's tables.
func TestQueries(t *testing.T) {
	n, w := watch(t), openWorkspace(t)
	alarmsCall(t, n, w)
	documentsAnswer(t, n, w)
}

// alarmsCall looks at what the alarms would call people for.
func alarmsCall(t *testing.T, n nights, w workspace) {
	now := time.Now().Add(5 * time.Minute) // a line takes minutes until it can be found
	invoked := func(times int, apart time.Duration, good bool) tables {
		all := tables{}
		for i := range times {
			all.add("AppRequests", now.Add(-time.Duration(i)*apart), row{"Name": "rollup", "Success": good})
		}
		return all
	}
	earlier := now.AddDate(0, 0, -2).UTC().Format(time.DateOnly)
	held := tables{}
	held.add("AppTraces", now, row{"Message": `{"level":"ERROR","msg":"run held","report":"mailbox-activity","date":"` + earlier + `",` +
		`"reason":"Only 1 of 4 customers answered; on ` + earlier + ` it was 4 of 4. What to do: publish it as it is, or rerun all customers."}`})
	wrong := tables{}
	wrong.add("AppTraces", now, row{"Message": `{"level":"ERROR","msg":"the settings are wrong","error":"2 settings need attention:\nCONCURRENCY=\"many\": want a whole number from 1 to 512\nCLOUD=\"x\": accepted: public"}`})
	once := []string{""} // an alarm that tells nothing apart
	tested := map[string]bool{}

	for _, s := range []struct {
		alarm, after string
		tables       tables
		reports      []string      // in REPORTS beside mailbox-activity
		later        time.Duration // than a line can be found
		calls        []string      // patterns, in the order of what is called for
	}{
		{alarm: "no-report", after: "a good night", tables: n.good},
		{alarm: "no-report", after: "a quiet night", tables: n.quiet},
		{alarm: "no-report", after: "a night, before 26 hours have passed", tables: n.good, later: 25 * time.Hour},
		{alarm: "no-report", after: "a night, after 26 hours", tables: n.good, later: 26 * time.Hour, calls: once},
		{alarm: "no-report", after: "a night that stopped", tables: n.expired, calls: once},
		{alarm: "no-report", after: "a night with one report of two", tables: n.good, reports: []string{"access"}, calls: once},
		{alarm: "no-report", after: "a rerun of an earlier night", tables: n.good.dated(earlier), calls: once},
		{alarm: "no-report", after: "no line at all", tables: tables{"AppTraces": nil}, calls: once},
		{alarm: "no-report", after: "a month without a line, or before the first", tables: tables{}, calls: once},

		{alarm: "failed-customers", after: "a good night", tables: n.good},
		{alarm: "failed-customers", after: "a night in which a quarter failed", tables: n.quiet, calls: []string{"^mailbox-activity$"}},
		{alarm: "failed-customers", after: "a night that stopped", tables: n.expired},

		{alarm: "partner-credential", after: "a good night", tables: n.good},
		{alarm: "partner-credential", after: "a quiet night", tables: n.quiet},
		{alarm: "partner-credential", after: "a night with an expired secret", tables: n.expired, calls: []string{"AADSTS7000222"}},
		{alarm: "partner-credential", after: "a night with an identity that is not trusted", tables: n.untrusted, calls: []string{"AADSTS700213"}},
		{alarm: "partner-credential", after: "a night that could not renew the token", tables: n.expiring, calls: []string{"refresh token"}},
		{alarm: "partner-credential", after: "a night that the vault refused", tables: n.refused},
		{alarm: "partner-credential", after: "lines that came in pieces", tables: n.expired.inPieces()},

		{alarm: "stalled-run", after: "a good night", tables: n.good},
		{alarm: "stalled-run", after: "a quiet night", tables: n.quiet},
		{alarm: "stalled-run", after: "a night with an expired secret", tables: n.expired, calls: []string{"poison queue", "fail again and again", "mailbox-activity of .* was stopped: .*AADSTS7000222"}},
		{alarm: "stalled-run", after: "a night that the vault refused", tables: n.refused, calls: []string{"poison queue", "fail again and again", "mailbox-activity of .* was stopped: .*vault"}},
		{alarm: "stalled-run", after: "a night that is held", tables: held, calls: []string{"^mailbox-activity of .* is held: Only 1 of 4 customers answered"}},
		{alarm: "stalled-run", after: "a line, before the other tables are there", tables: n.expired.only("AppTraces"), calls: []string{"was stopped"}},
		{alarm: "stalled-run", after: "only a message in the poison queue", tables: n.expired.only("StorageQueueLogs"), calls: []string{"poison queue"}},
		{alarm: "stalled-run", after: "eight invocations that were killed in an hour", tables: invoked(8, 7*time.Minute, false), calls: []string{"fail again and again"}},
		{alarm: "stalled-run", after: "seven", tables: invoked(7, 7*time.Minute, false)},
		{alarm: "stalled-run", after: "eight in two hours", tables: invoked(8, 15*time.Minute, false)},
		{alarm: "stalled-run", after: "eight that succeeded", tables: invoked(8, 7*time.Minute, true)},
		{alarm: "stalled-run", after: "after an hour", tables: n.expired, later: time.Hour},

		{alarm: "wrong-settings", after: "a good night", tables: n.good},
		{alarm: "wrong-settings", after: "a night that the vault refused", tables: n.refused},
		{alarm: "wrong-settings", after: "a start with two mistakes", tables: wrong, calls: []string{`(?s)^2 settings need attention:.CONCURRENCY="many": .*CLOUD`}},
		{alarm: "wrong-settings", after: "after an hour", tables: wrong, later: time.Hour},

		{alarm: "vault-refusing", after: "a good night", tables: n.good},
		{alarm: "vault-refusing", after: "a night with an expired secret", tables: n.expired},
		{alarm: "vault-refusing", after: "a night that the vault refused", tables: n.refused, calls: []string{"SecretGet refused: Forbidden", "Key Vault contoso-rollup.vault.azure.net"}},
		{alarm: "vault-refusing", after: "a night that could not store a secret", tables: n.expiring, calls: []string{"SecretSet refused: Forbidden"}},
		{alarm: "vault-refusing", after: "a line, before the other table is there", tables: n.refused.only("AppTraces"), calls: []string{"Key Vault"}},
		{alarm: "vault-refusing", after: "a refusal that the program did not live to report", tables: n.refused.only("AZKVAuditLogs"), calls: []string{"SecretGet refused"}},
		{alarm: "vault-refusing", after: "after half an hour", tables: n.refused, later: 30 * time.Minute},
	} {
		tested[s.alarm] = tested[s.alarm] || len(s.calls) > 0
		t.Run(fmt.Sprintf("%s calls %d times after %s", s.alarm, len(s.calls), s.after), func(t *testing.T) {
			a := readAlarms(t, append(s.reports, "mailbox-activity")...)[s.alarm]
			at := now.Add(s.later)
			rows := w.ask(t, at, a.query, s.tables.within(at, a.window))
			calls := a.calls(t, rows)
			if len(calls) != len(s.calls) {
				t.Fatalf("calls for %q", calls)
			}
			for i, want := range s.calls {
				if !regexp.MustCompile(want).MatchString(calls[i]) {
					t.Errorf("calls for %q, want %s", calls[i], want)
				}
			}
		})
	}
	for name, a := range readAlarms(t, "mailbox-activity") {
		if !tested[name] {
			t.Errorf("nothing here makes %s call", name)
		}
		t.Run(name+" answers before there is any table", func(t *testing.T) {
			if calls := a.calls(t, w.ask(t, now, a.query, tables{})); len(calls) > 0 && name != "no-report" {
				t.Errorf("calls for %q", calls)
			}
		})
	}
}

// documentsAnswer checks that each query of docs/operate.md answers with something in
// every column.
func documentsAnswer(t *testing.T, n nights, w workspace) {
	var lines []row
	for _, night := range []tables{n.expired, n.refused, n.quiet, n.expiring, n.good} {
		lines = append(lines, night["AppTraces"]...)
	}
	text, err := json.Marshal(lines)
	if err != nil {
		t.Fatal(err)
	}
	dates, customers := captures(`\\"date\\":\\"([^"\\]+)\\"`, string(text)), captures(`\\"customer\\":\\"([^"\\]+)\\"`, string(text))
	queries := captures("(?s)```kusto\n(.*?)```", read(t, "../docs/operate.md"))
	if len(dates) == 0 || len(customers) == 0 || len(queries) == 0 {
		t.Fatalf("%d dates, %d customers, %d queries", len(dates), len(customers), len(queries))
	}
	filled := strings.NewReplacer("2026-11-24", dates[0], "contoso.onmicrosoft.com", customers[0])
	for i, query := range queries {
		t.Run(fmt.Sprintf("query %d of docs/operate.md answers", i+1), func(t *testing.T) {
			rows := w.ask(t, time.Now(), filled.Replace(query), tables{"AppTraces": lines})
			if len(rows) == 0 {
				t.Fatal("no row")
			}
			for column := range rows[0] {
				if !slices.ContainsFunc(rows, func(r row) bool { return r[column] != nil && r[column] != "" }) {
					t.Errorf("nothing in the column %s of %d rows", column, len(rows))
				}
			}
		})
	}
}

// dated is all with another date in its lines.
func (all tables) dated(date string) tables {
	return all.rewritten(func(line string) string {
		return regexp.MustCompile(`"date":"[0-9-]+"`).ReplaceAllString(line, `"date":"`+date+`"`)
	})
}

// inPieces is all as the host passes on lines that are too long for it: in pieces,
// none of which is JSON.
func (all tables) inPieces() tables {
	return all.rewritten(func(line string) string { return line[:len(line)-1] })
}

func (all tables) rewritten(rewrite func(line string) string) tables {
	other := maps.Clone(all)
	other["AppTraces"] = nil
	for _, r := range all["AppTraces"] {
		r = maps.Clone(r)
		r["Message"] = rewrite(r["Message"].(string))
		other["AppTraces"] = append(other["AppTraces"], r)
	}
	return other
}

func (all tables) only(table string) tables { return tables{table: all[table]} }
