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
		{"words, and days counted from the run's date",
			"Get-MailTrafficSummaryReport -Category TopMailSender -StartDate {today-2} -EndDate {today-1}",
			"Get-MailTrafficSummaryReport -Category TopMailSender -StartDate {today-2} -EndDate {today-1}",
			`{"Category":"TopMailSender","EndDate":"2026-11-23","StartDate":"2026-11-22"}`, false},
		{"no parameters", "Get-MxRecordReport", "Get-MxRecordReport", `{}`, true},
		{"a known cmdlet in any case gets its own spelling, and spaces don't matter", "get-mailflowSTATUSreport   -Direction  Inbound",
			"Get-MailFlowStatusReport -Direction Inbound", `{"Direction":"Inbound"}`, true},
		{"so do its parameters", "get-messagetracev2 -startdate {today-2} -SENDERADDRESS a@contoso.com", "Get-MessageTraceV2 -StartDate {today-2} -SenderAddress a@contoso.com",
			`{"SenderAddress":"a@contoso.com","StartDate":"2026-11-22"}`, false},
		{"an unknown cmdlet keeps the given spelling", "get-inboxThing -mailbox admin@contoso.com", "Get-inboxThing -mailbox admin@contoso.com", `{"mailbox":"admin@contoso.com"}`, true},
		{"a value that needs no name", "Get-Mailbox 'Megan Bowen' -archive", "Get-Mailbox -Identity 'Megan Bowen' -Archive:$true", `{"Archive":true,"Identity":"Megan Bowen"}`, true},
		{"a documented switch takes no value", "Get-Mailbox -Archive megan", "Get-Mailbox -Identity megan -Archive:$true", `{"Archive":true,"Identity":"megan"}`, true},
		{"values that need no names, in the documented order", "Get-MessageTraceV2 {today} -FromIP 192.0.2.1 id", "Get-MessageTraceV2 -EndDate {today} -MessageId id -FromIP 192.0.2.1",
			`{"EndDate":"2026-11-24","FromIP":"192.0.2.1","MessageId":"id"}`, false},
		{"any character, escaped in the text", "Get-X -A Bücher -B '日  本$' -C \u201ca `\u201db\u201d", "Get-X -A \"B`u{fc}cher\" -B \"`u{65e5} `u{20}`u{672c}`$\" -C \"a `u{201d}b\"",
			`{"A":"Bücher","B":"日  本$","C":"a ”b"}`, true},
		{"dashes, quotes and spaces as word processors write them", "Get\u2013X\u00a0\u2014A \u2018b c\u2019\t\u2015D \u201ee\u201d", "Get-X -A 'b c' -D e", `{"A":"b c","D":"e"}`, true},
		{"escapes, and quotes within a word", "Get-X -A a`,b -B \"c`td\" -C e'f g'\"h\"", "Get-X -A 'a,b' -B \"c`u{9}d\" -C 'ef gh'", `{"A":"a,b","B":"c\td","C":"ef gh"}`, true},
		{"a negative number counts as one only in parentheses", "Get-X -A -5 -B (-5) -C @(-5,'-5')", "Get-X -A '-5' -B (-5) -C @(-5,'-5')", `{"A":"-5","B":-5,"C":[-5,"-5"]}`, true},
		{"numbers stay numbers, as written", "Get-X -A 10 -C 1.50 -D 2e3", "Get-X -A 10 -C 1.50 -D 2e3", `{"A":10,"C":1.50,"D":2e3}`, true},
		{"what only looks like a number is text", "Get-X -A 007 -B 10MB -C 0x1F -D '10'", "Get-X -A 007 -B 10MB -C 0x1F -D '10'", `{"A":"007","B":"10MB","C":"0x1F","D":"10"}`, true},
		{"truth values, and switches turned on and off", "Get-X -A $True -B $false -C -D:$false -E: $true", "Get-X -A:$true -B:$false -C:$true -D:$false -E:$true",
			`{"A":true,"B":false,"C":true,"D":false,"E":true}`, true},
		{"single quotes, doubled inside", "Get-X -A 'it''s; a | b' -B ''", "Get-X -A 'it''s; a | b' -B ''", `{"A":"it's; a | b","B":""}`, true},
		{"double quotes, doubled inside", `Get-X -A "say ""it's""" -B "plain"`, `Get-X -A 'say "it''s"' -B plain`, `{"A":"say \"it's\"","B":"plain"}`, true},
		{"lists with commas and in parentheses", "Get-X -A a, 2,'c d' -B @('e',$true) -C ( 'f',0x1F ) -D @() -E ('g')",
			"Get-X -A @('a',2,'c d') -B @('e',$true) -C @('f','0x1F') -D @() -E g", `{"A":["a",2,"c d"],"B":["e",true],"C":["f","0x1F"],"D":[],"E":"g"}`, true},
		{"placeholders in quotes, within a value and in lists", "Get-X -A '{today-0}' -B {today-007}T06:00 -C @({today-1},'since {today}')",
			"Get-X -A {today} -B '{today-7}T06:00' -C @('{today-1}','since {today}')", `{"A":"2026-11-24","B":"2026-11-17T06:00","C":["2026-11-23","since 2026-11-24"]}`, false},
		{"literal days are sent as written", "Get-X -StartDate 11/20/2026 -EndDate '2026-11-21 08:00'",
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
			`no short name "Set-Mailbox", and no cmdlet that reads: want a short name, such as licenses, or Get- and letters or digits, such as Get-MailTrafficSummaryReport -Category TopMailSender -StartDate {today-2} -EndDate {today-1}`},
		{"PowerShell's own names", "Get-EXOMailbox", "Get-EXOMailbox is PowerShell's name for what Exchange itself calls Get-Mailbox: want that"},
		{"a misspelt retired cmdlet", "Get-MailboxActivtyReport", `no cmdlet "Get-MailboxActivtyReport": did you mean Get-MailboxActivityReport?`},
		{"a second command", "Get-X; Get-Y", `"Get-X;": one cmdlet is one report: want it to end there, or the value in quotes`},
		{"a second command after a value", "Get-X -A b; Get-Y", `"b; Get-Y": one cmdlet is one report: want it to end there, or the value in quotes`},
		{"redirection", "Get-X > a.csv", `"> a.csv": nothing is redirected, rows go to the report's own file: want it left out, or the value in quotes`},
		{"date arithmetic", "Get-X -StartDate (Get-Date).AddDays(-7)", `"(Get-Date).AddDays(-7)": nothing is evaluated: want {today-7}`},
		{"today's date", "Get-X -StartDate (Get-Date)", `"(Get-Date)": nothing is evaluated: want {today}`},
		{"today's date in other words", "Get-X -EndDate ((get-date).AddDays(-0))", `"((get-date).AddDays(-0))": nothing is evaluated: want {today-0}`},
		{"months", "Get-X -StartDate (Get-Date).AddMonths(-1)",
			`"(Get-Date).AddMonths(-1)": nothing is evaluated: want a value, such as {today-7} for (Get-Date).AddDays(-7), and lists as @('a','b')`},
		{"any other expression", "Get-X -A (1+2)", `-A: "1+2": nothing in parentheses is evaluated: want text in quotes there`},
		{"a script block", "Get-X -Filter {a -eq 'b'}", `"{a -eq 'b'}": script blocks are not run: want a value in quotes, or {today-N} for a day`},
		{"a variable", "Get-X -A $start", `"$start": there are no variables: want the value itself, in single quotes if it has a $, or $true or $false`},
		{"no value", "Get-X -A $null", `"$null": $null is not a value: want the parameter left out`},
		{"a variable in double quotes", `Get-X -A "from $start"`, `"\"from $start\"": '$' has a special meaning within double quotes: want single quotes`},
		{"an expression in double quotes", `Get-X -A "$(Get-Date)"`, `"\"$(Get-Date)\"": '$' has a special meaning within double quotes: want single quotes`},
		{"a backtick with nothing after it", "Get-X -A b`", "\"`\": want a character after the backtick, or the value in single quotes"},
		{"a number without a character", "Get-X -A `u{d800}", "\"`u{d800}\": no character has that number: want the character itself"},
		{"splatting", "Get-X @a", `"@a": hash tables and splatting are not understood: want every parameter written out, lists as @('a','b'), and a value in quotes`},
		{"a hash table", "Get-X -A @{b=1}", `"@{b=1}": hash tables and splatting are not understood: want every parameter written out, lists as @('a','b'), and a value in quotes`},
		{"a comment", "Get-X # daily", `"# daily": comments are not understood: want it left out, or in quotes if it is a value`},
		{"a value without its name", "Get-X a", `"a" has no parameter name: want -Name before a value, commas within a list, and a colon between a switch and $true or $false`},
		{"a list without commas", "Get-X -A b c", `"c" has no parameter name: want -Name before a value, commas within a list, and a colon between a switch and $true or $false`},
		{"a list within a list", "Get-X -A @('b',@('c'))", "-A: want a value before and after every comma, and no list within a list"},
		{"a list that is not closed", "Get-X -A @('b'", "-A: want a list such as @('a','b'), commas between its values and closed at its end"},
		{"one comma too many", "Get-X -A b,", "-A: want a value before and after every comma, and no list within a list"},
		{"a colon without a value", "Get-X -A: -B", "-A: want a value after the colon"},
		{"a name and value joined together", "Get-X -A=b", `"-A=b": want a space after -A`},
		{"a quote that is not closed", "Get-X -A 'b", `the quote in "'b" is not closed`},
		{"text after a quote", "Get-X -A 'b'c", `"c" right after the quoted "'b'": want a space or a comma between them`},
		{"bare words in parentheses", "Get-X -A @(b)", `-A: "b": nothing in parentheses is evaluated: want text in quotes there`},
		{"a truth value without a name", "Get-Mailbox -Archive $true", `"$true" has no parameter name: want -Name before a value, commas within a list, and a colon between a switch and $true or $false`},
		{"a parameter twice, in different case", "Get-X -Page 1 -page 2", "-page is given twice"},
		{"what only PowerShell understands", "Get-X -ErrorAction Stop", "-ErrorAction is for PowerShell, which does not run here: want it left out"},
		{"its short names, too", "Get-X -ea 0", "-ea is for PowerShell, which does not run here: want it left out"},
		{"future days", "Get-X -A {today+1}", `"{today+1}": script blocks are not run: want a value in quotes, or {today-N} for a day`},
		{"a misspelt placeholder in quotes", "Get-X -A '{Today-1}'", `-A: "{Today-1}": want {today} or {today-N}, N at most 9999`},
		{"a line break", "Get-X\n-A b", "it has a line break: want a call on one line, and \";\" between two reports"},
		{"a minus sign", "Get-X \u2212A b", `"−A" has no parameter name: want -Name before a value, commas within a list, and a colon between a switch and $true or $false`},
		{"a name with other letters", "Get-X -Ä b", `"-Ä b": want a parameter's name of letters from A to Z, or the value in quotes`},
		{"the end of parameters", "Get-X -A --", `"--": in PowerShell it ends the parameters: want it left out, or in quotes if it is a value`},
		{"a comma between reports", "Get-X -A b, Get-Y -C d", `-A: "Get-Y": want ";" between two reports, not a comma, and quotes around a value`},
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
