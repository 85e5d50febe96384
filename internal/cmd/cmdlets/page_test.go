package main

import (
	"slices"
	"testing"
)

const text = "---\napplicable: Exchange Server, Exchange Online\n---\n## EXAMPLES\n\n### Example 1\n```powershell\nGet-Thing -Identity \"a b\"\n$x = 1\n```\n" +
	"```powershell\nGet-Thing a | ? {$_.b} | FT\n```\n## PARAMETERS\n\n### -Identity\n```yaml\nType: ThingIdParameter\nPosition: 1\n```\n" +
	"### -Other\n```yaml\nType: String\nPosition: 1\n```\n### -Archive\n```yaml\nType: SwitchParameter\nPosition: Named\n```\n### -Name\n```yaml\nPosition: 2\n```\n"

func TestAPageIsOneLineAndItsExamples(t *testing.T) {
	p := readPage("Get-Thing", text)
	if want := "online Get-Thing Archive? Identity@1 Name@2 Other"; p.String() != want {
		t.Errorf("got %s, want %s", p, want)
	}
	if want := []string{`Get-Thing -Identity "a b"`, "Get-Thing a | ? {$_.b} | FT"}; !slices.Equal(p.examples, want) {
		t.Errorf("got %q, want %q", p.examples, want)
	}
}

func TestAShapeHasNoValues(t *testing.T) {
	for line, want := range map[string]string{
		`Get-Thing "john's", 'b''c' -A:$False -B 25 -C 1/31/2026`: `Get-Thing "x", 'x' -A:$false -B 1 -C 1/2/2026`,
		`Get-Thing -A "$b" -C $d.e | Where-Object {$_.f} | fl g`:  `Get-Thing -A "$x" -C $x | Where-Object {x} | fl x`,
		`Get-Thing -A (Get-Other b).c -D @('e',f)`:                `Get-Thing -A (Get-X)x -D @('x',x)`,
	} {
		if got := shape(line); got != want {
			t.Errorf("shape(%s) = %s, want %s", line, got, want)
		}
	}
}

func TestALimitIsWhatThePageSays(t *testing.T) {
	for text, want := range map[string]string{
		"### -PageSize\nAn integer between 1 and 5000. The default value is 1000.\n":     `"get-x": {pageDefault: 1000, pageLargest: 5000},` + "\n",
		"### -PageSize\nThis parameter is reserved for internal Microsoft use.\n":        "",
		"### -ResultSize\nUse unlimited for all. The default maximum is 10,000.\n":       `"get-x": {resultDefault: 10000, unlimited: true},` + "\n",
		"### -ResultSize\nThe maximum value is 1000.\n```yaml\nType: Unlimited\n```\n":   `"get-x": {resultLargest: 1000},` + "\n",
		"### -StartingRecipientAddress\nThe one to begin with.\n### -Other\nunlimited\n": `"get-x": {cursor: true},` + "\n",
	} {
		if got := readPage("Get-X", "\n## PARAMETERS\n"+text).limit(); got != want {
			t.Errorf("of %q: got %q, want %q", text, got, want)
		}
	}
}

func TestALimitOnAllRecordsIsReadBeforeTheParameters(t *testing.T) {
	const text = "This cmdlet is limited to 10,000 results.\n## PARAMETERS\n### -Other\nIt is limited to 5 results.\n"
	if got, want := readPage("Get-X", text).limit(), `"get-x": {most: 10000},`+"\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
