package report_test

import (
	"slices"
	"strings"
	"testing"

	"tenantrollup/internal/report"
)

func TestPipes(t *testing.T) {
	tests := []struct {
		rule, text, canonical string
		selected              []string
	}{
		{"the names choose the columns", "Get-X -A b|select Date, 'Item Count'", "Get-X -A b | Select-Object Date,'Item Count'", []string{"Date", "Item Count"}},
		{"also by their parameter", "Get-X | Select\u2013Object -Property Größe", "Get-X | Select-Object \"Gr`u{f6}`u{df}e\"", []string{"Größe"}},
		{"a star means all of them", "Get-X | Select-Object *", "Get-X | Select-Object", nil},
		{"of what shows, sorts or writes, only the name is kept", "Get-X | sort Count -Descending | Select a | Export-Csv C:\\x.csv -NoTypeInformation",
			"Get-X | Sort-Object | Select-Object a | Export-Csv", []string{"a"}},
		{"so it is for a retired cmdlet's rows", "Get-MailboxActivityReport -StartDate {today-8} -EndDate {today-2} | ft",
			"Get-MailboxActivityReport -ReportType Daily -StartDate {today-8} -EndDate {today-2} | Format-Table", nil},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			call := mustParse(t, test.text)
			if call.String() != test.canonical || !slices.Equal(call.Selected(), test.selected) {
				t.Errorf("String() = %s, Selected() = %q", call, call.Selected())
			}
			if again := mustParse(t, call.String()); again != call {
				t.Errorf("parsed again: %#v, want %#v", again, call)
			}
		})
	}
}

func TestPipesRefused(t *testing.T) {
	const others = "only Select-Object, Sort-Object and what shows or writes rows may follow a pipe: want it left out, and parameters of the cmdlet that choose the rows"
	tests := []struct{ rule, text, want string }{
		{"a command that chooses rows", "Get-X | Where-Object {$_.a -eq 1}", `"| Where-Object {$_.a -eq 1}": ` + others},
		{"another cmdlet", "Get-X | Get-Y | ft", `"| Get-Y": ` + others},
		{"nothing", "Get-X |", `"|" with nothing after it: want it left out`},
		{"only the first rows", "Get-X | Select-Object -First 10", "| Select-Object: -First: want only names of columns, as in Select-Object Date,Count"},
		{"columns by a pattern", "Get-X | Select-Object Mail*", "| Select-Object: Mail*: want every column's name written out"},
		{"a computed column", "Get-X | Select-Object @{n='a';e={1}}", `| Select-Object: "@{n='a';e={1}}": hash tables and splatting are not understood: want every parameter written out, lists as @('a','b'), and a value in quotes`},
		{"a column twice", "Get-X | Select-Object a,A", `| Select-Object: column "A" is given twice`},
		{"columns chosen twice", "Get-X | Select-Object a,b | Select-Object a", "| Select-Object chooses columns twice: want one of them left out"},
		{"sorting that drops rows", "Get-X | Sort-Object a -Unique", `"| Sort-Object a -Unique": it would drop rows: want it without -Unique, -Top and -Bottom`},
		{"a command after one that shows rows", "Get-X | ft a & Get-Y", `"& Get-Y": one cmdlet is one report: want it to end there, or the value in quotes`},
		{"columns of a retired cmdlet", "Get-MailboxActivityReport -StartDate {today-8} -EndDate {today-2} | Select a",
			"| Select-Object: getMailboxUsageMailboxCounts answers instead of Get-MailboxActivityReport, with its own columns: want it left out"},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			call, err := report.Parse(test.text)
			if err == nil || !strings.HasSuffix(err.Error(), `": `+test.want) {
				t.Errorf("Parse = %s, %v\nwant an error that ends with\n%s", call, err, test.want)
			}
		})
	}
}
