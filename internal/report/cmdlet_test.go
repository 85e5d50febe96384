package report_test

import (
	"encoding/json"
	"strings"
	"testing"

	"tenantrollup/internal/report"
)

func TestParseCmdlet(t *testing.T) {
	tests := []struct {
		rule, text, canonical, parameters string
		asOfNow                           bool
	}{
		{"words and days counted from the run's date",
			"Get-MailTrafficSummaryReport -Category TopMailSender -StartDate {today-2} -EndDate {today-1}",
			"Get-MailTrafficSummaryReport -Category TopMailSender -StartDate {today-2} -EndDate {today-1}",
			`{"Category":"TopMailSender","EndDate":"2026-11-23","StartDate":"2026-11-22"}`, false},
		{"no parameters", "Get-MxRecordReport", "Get-MxRecordReport", `{}`, true},
		{"a known cmdlet in any case gets its own spelling, spaces don't matter", "get-mailflowSTATUSreport   -Direction  Inbound",
			"Get-MailFlowStatusReport -Direction Inbound", `{"Direction":"Inbound"}`, true},
		{"an unknown one keeps the writer's", "get-inboxRule -Mailbox admin@contoso.com", "Get-inboxRule -Mailbox admin@contoso.com", `{"Mailbox":"admin@contoso.com"}`, true},
		{"numbers stay numbers as they are written", "Get-X -A 10 -B -5 -C 1.50 -D 2e3", "Get-X -A 10 -B -5 -C 1.50 -D 2e3", `{"A":10,"B":-5,"C":1.50,"D":2e3}`, true},
		{"what only looks like a number is text", "Get-X -A 007 -B 10MB -C 0x1F -D '10'", "Get-X -A 007 -B 10MB -C 0x1F -D '10'", `{"A":"007","B":"10MB","C":"0x1F","D":"10"}`, true},
		{"truth values, and switches on and off", "Get-X -A $True -B $false -C -D:$false -E: $true", "Get-X -A:$true -B:$false -C:$true -D:$false -E:$true",
			`{"A":true,"B":false,"C":true,"D":false,"E":true}`, true},
		{"single quotes, doubled within", "Get-X -A 'it''s; a | b' -B ''", "Get-X -A 'it''s; a | b' -B ''", `{"A":"it's; a | b","B":""}`, true},
		{"double quotes, doubled within", `Get-X -A "say ""it's""" -B "plain"`, `Get-X -A 'say "it''s"' -B plain`, `{"A":"say \"it's\"","B":"plain"}`, true},
		{"lists with commas and in parentheses", "Get-X -A a, 2,'c d' -B @('e',$true) -C @( f ) -D @()",
			"Get-X -A @('a',2,'c d') -B @('e',$true) -C @('f') -D @()", `{"A":["a",2,"c d"],"B":["e",true],"C":["f"],"D":[]}`, true},
		{"placeholders in quotes, within a value and in lists", "Get-X -A '{today-0}' -B {today-007}T06:00 -C @({today-1},'since {today}')",
			"Get-X -A {today} -B '{today-7}T06:00' -C @('{today-1}','since {today}')", `{"A":"2026-11-24","B":"2026-11-17T06:00","C":["2026-11-23","since 2026-11-24"]}`, false},
		{"written days go out as they are written", "Get-X -StartDate 11/20/2026 -EndDate '2026-11-21 08:00'",
			"Get-X -StartDate 11/20/2026 -EndDate '2026-11-21 08:00'", `{"EndDate":"2026-11-21 08:00","StartDate":"11/20/2026"}`, false},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			call := mustParse(t, test.text)
			if got := call.String(); got != test.canonical {
				t.Errorf("String() = %s, want %s", got, test.canonical)
			}
			name, parameters := call.Cmdlet("2026-11-24")
			if got, err := json.Marshal(parameters); err != nil || string(got) != test.parameters {
				t.Errorf("parameters are %s, %v; want %s", got, err, test.parameters)
			}
			if name != call.Function() || !strings.HasPrefix(test.canonical, name) {
				t.Errorf("Cmdlet() = %s, Function() = %s", name, call.Function())
			}
			if call.AsOfNow() != test.asOfNow || call.OneDay() {
				t.Errorf("AsOfNow() = %t, OneDay() = %t", call.AsOfNow(), call.OneDay())
			}
			if _, _, days := call.Days("2026-11-24"); call.Kind() != report.Exchange || days || call.Notes() != nil {
				t.Errorf("Kind() = %d, Days() = %t, Notes() = %q", call.Kind(), days, call.Notes())
			}
			if err := call.AnswerableOn("2020-01-01", "2026-11-24"); err != nil {
				t.Errorf("AnswerableOn judges a cmdlet: %v", err)
			}
			if again := mustParse(t, call.String()); again != call {
				t.Errorf("parsed again: %#v, want %#v", again, call)
			}
		})
	}
}

func TestParseCmdletRefuses(t *testing.T) {
	tests := []struct{ rule, text, want string }{
		{"a cmdlet that changes something", "Set-Mailbox -Identity a",
			`cmdlet "Set-Mailbox": want one that reads, Get- and letters or digits, such as Get-MailTrafficSummaryReport -Category TopMailSender -StartDate {today-2} -EndDate {today-1}`},
		{"PowerShell's own names", "Get-EXOMailbox", "Get-EXOMailbox is PowerShell's name for what Exchange itself calls Get-Mailbox: want that"},
		{"a retired cmdlet misspelt", "Get-MailboxActivtyReport", `no cmdlet "Get-MailboxActivtyReport": did you mean Get-MailboxActivityReport?`},
		{"a pipe", "Get-X -A b | Select c", `"| Select c": pipes are not run: want the cmdlet alone, with parameters that choose the rows`},
		{"a second command", "Get-X; Get-Y", `cmdlet "Get-X;": want one that reads, Get- and letters or digits, such as Get-MailTrafficSummaryReport -Category TopMailSender -StartDate {today-2} -EndDate {today-1}`},
		{"a second command after a value", "Get-X -A b; Get-Y", `"b; Get-Y": one cmdlet is one report: want it to end there, or the value in quotes`},
		{"redirection", "Get-X > a.csv", `"> a.csv": nothing is redirected, rows go to the report's own file: want it left out, or the value in quotes`},
		{"date arithmetic", "Get-X -StartDate (Get-Date).AddDays(-7)", `"(Get-Date).AddDays(-7)": nothing is evaluated: want {today-7}`},
		{"today's date", "Get-X -StartDate (Get-Date)", `"(Get-Date)": nothing is evaluated: want {today}`},
		{"today's date in other words", "Get-X -EndDate ((get-date).AddDays(-0))", `"((get-date).AddDays(-0))": nothing is evaluated: want {today-0}`},
		{"months", "Get-X -StartDate (Get-Date).AddMonths(-1)",
			`"(Get-Date).AddMonths(-1)": nothing is evaluated: want a value, such as {today-7} for (Get-Date).AddDays(-7), and lists as @('a','b')`},
		{"any other expression", "Get-X -A (1+2)", `"(1+2)": nothing is evaluated: want a value, such as {today-7} for (Get-Date).AddDays(-7), and lists as @('a','b')`},
		{"a script block", "Get-X -Filter {a -eq 'b'}", `"{a -eq 'b'}": script blocks are not run: want a value in quotes, or {today-N} for a day`},
		{"a variable", "Get-X -A $start", `"$start": there are no variables: want the value itself, $true, $false, or the parameter left out for $null`},
		{"a variable in double quotes", `Get-X -A "from $start"`, `"from $start": '$' has a meaning of its own within double quotes: want single quotes`},
		{"an expression in double quotes", `Get-X -A "$(Get-Date)"`, `"$(Get-Date)": '$' has a meaning of its own within double quotes: want single quotes`},
		{"a backtick in double quotes", "Get-X -A \"a`tb\"", "\"a`tb\": '`' has a meaning of its own within double quotes: want single quotes"},
		{"a backtick", "Get-X -A a`b", "\"a`b\": a backtick escapes nothing here: want the value in single quotes"},
		{"splatting", "Get-X @a", `"@a": hash tables and splatting are not understood: want every parameter written out, and lists as @('a','b')`},
		{"a hash table", "Get-X -A @{b=1}", `"@{b=1}": hash tables and splatting are not understood: want every parameter written out, and lists as @('a','b')`},
		{"a comment", "Get-X # daily", `"# daily": comments are not understood: want it left out, or in quotes where it is a value`},
		{"a value without its name", "Get-X a", `"a" comes without the name of its parameter: want -Name before a value, and commas within a list`},
		{"a list without commas", "Get-X -A b c", `"c" comes without the name of its parameter: want -Name before a value, and commas within a list`},
		{"a list within a list", "Get-X -A @('b',@('c'))", "-A: want a value before and after every comma, and no list within a list"},
		{"a list that is not closed", "Get-X -A @('b'", "-A: want a list such as @('a','b'), commas between its values and closed at its end"},
		{"a comma too many", "Get-X -A b,", "-A: want a value before and after every comma, and no list within a list"},
		{"a colon without a value", "Get-X -A: -B", "-A: want a value after the colon"},
		{"a name and value grown together", "Get-X -A=b", `"-A=b": want a space after -A`},
		{"a quote that is not closed", "Get-X -A 'b", "the quote in 'b is not closed"},
		{"text after a quote", "Get-X -A 'b'c", `"c" right after the quoted 'b': want a space or a comma between them`},
		{"a quote within a word", "Get-X -A b'c'", `"b'c'": a quote within a word: want the whole value in quotes, its own quotes doubled`},
		{"a parameter twice, without case", "Get-X -Page 1 -page 2", "-page is given twice"},
		{"what only PowerShell obeys", "Get-X -ErrorAction Stop", "-ErrorAction tells PowerShell what to do, and no PowerShell runs here: want it left out"},
		{"its short names too", "Get-X -ea 0", "-ea tells PowerShell what to do, and no PowerShell runs here: want it left out"},
		{"days to come", "Get-X -A {today+1}", `"{today+1}": script blocks are not run: want a value in quotes, or {today-N} for a day`},
		{"a placeholder misspelt in quotes", "Get-X -A '{Today-1}'", `-A: "{Today-1}": want {today} or {today-N}, N at most 9999`},
		{"two spaces in a value", "Get-X -A 'b  c'", `-A: "b  c" has two spaces in a row, which a run's record may not keep: want one`},
		{"a line break", "Get-X\n-A b", "it has a line break: want a cmdlet on one line"},
		{"a dash from a word processor", "Get-X \u2013A b", "it has a typographic '–': want the plain -, ' or \" of the keyboard"},
		{"letters that no metadata holds", "Get-X -A bücher", "it has the character 'ü': want printable ASCII only, in values too"},
		{"a cmdlet too long for a run's record", "Get-X -A " + strings.Repeat("b", 992), "it is 1001 bytes long: want 1000 at most"},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			call, err := report.Parse(test.text)
			if err == nil {
				t.Fatalf("Parse(%q) = %s, want an error", test.text, call)
			}
			if got := err.Error(); !strings.HasSuffix(got, `": `+test.want) || !strings.HasPrefix(got, `call "`) || strings.Contains(got, "\n") {
				t.Errorf("error\n  %s\nwant it to end with\n  %s", got, test.want)
			}
		})
	}
}
