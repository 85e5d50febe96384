package report

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

const (
	getVerb       = "Get-"
	cmdletExample = "Get-MailTrafficSummaryReport -Category TopMailSender -StartDate {today-2} -EndDate {today-1}"

	// maxCmdlet is the longest cmdlet in bytes: it has its place in the metadata
	// of a run's record, beside much else.
	maxCmdlet = 1000
)

// reporting are the reporting cmdlets that Microsoft documents, as it spells
// them. Exchange has many more that begin with Get-, and knows them itself.
//
// Source: https://learn.microsoft.com/powershell/module/exchangepowershell/
var reporting = []string{
	"Get-ATPTotalTrafficReport",
	"Get-AggregateZapReport",
	"Get-CompromisedUserAggregateReport",
	"Get-DetailZapReport",
	"Get-MailDetailATPReport",
	"Get-MailDetailTransportRuleReport",
	"Get-MailFlowStatusReport",
	"Get-MailTrafficATPReport",
	"Get-MailTrafficEncryptionReport",
	"Get-MailTrafficPolicyReport",
	"Get-MailTrafficSummaryReport",
	"Get-MailboxStatistics",
	"Get-MessageTraceDetailV2",
	"Get-MessageTraceV2",
	"Get-MxRecordReport",
	"Get-OutboundConnectorReport",
	"Get-RecipientStatisticsReport",
	"Get-SafeLinksAggregateReport",
	"Get-SafeLinksDetailReport",
	"Get-SpoofMailReport",
}

// common are PowerShell's common parameters with their short names. They tell
// PowerShell what to do with errors, messages and output; Exchange knows none.
//
// Source: https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_commonparameters
var common = []string{
	"verbose", "vb", "debug", "db", "erroraction", "ea", "warningaction", "wa",
	"informationaction", "infa", "progressaction", "proga", "errorvariable", "ev",
	"warningvariable", "wv", "informationvariable", "iv", "outvariable", "ov",
	"outbuffer", "ob", "pipelinevariable", "pv", "whatif", "wi", "confirm", "cf",
}

// verbNoun tells a cmdlet from a Graph report: those have no hyphen.
var verbNoun = regexp.MustCompile(`^[A-Za-z]+-`)

// parseCmdlet reads -Name value pairs after the cmdlet's name.
func parseCmdlet(text string) (Call, error) {
	if err := checkText(text); err != nil {
		return Call{}, err
	}
	name, rest, _ := strings.Cut(text, " ")
	name, err := findCmdlet(name)
	if err != nil {
		return Call{}, err
	}
	tokens, err := lex(rest)
	if err != nil {
		return Call{}, err
	}
	parameters, err := parseParameters(tokens)
	if err != nil {
		return Call{}, err
	}
	for _, p := range parameters {
		if slices.Contains(common, strings.ToLower(p.name)) {
			return Call{}, fmt.Errorf("-%s tells PowerShell what to do, and no PowerShell runs here: want it left out", p.name)
		}
	}
	if _, ok := retirements[name]; ok {
		return parseRetired(name, parameters)
	}
	call := Call{kind: cmdletCall, function: name, parameters: canonical(parameters)}
	if len(call.String()) > maxCmdlet {
		return Call{}, fmt.Errorf("it is %d bytes long: want %d at most", len(call.String()), maxCmdlet)
	}
	return call, nil
}

// checkText keeps the promise that a call fits a blob's metadata.
func checkText(text string) error {
	for _, r := range text {
		switch {
		case r == '\n' || r == '\r':
			return errors.New("it has a line break: want a cmdlet on one line")
		case r >= '\u2010' && r <= '\u201f':
			return fmt.Errorf("it has a typographic %q: want the plain -, ' or \" of the keyboard", r)
		case r < ' ' || r > '~':
			return fmt.Errorf("it has the character %q: want printable ASCII only, in values too", r)
		}
	}
	return nil
}

var cmdletForm = regexp.MustCompile(`^(?i:get-)(?i:(exo)?)([A-Za-z][A-Za-z0-9]{0,56})$`)

// findCmdlet returns the name in its canonical spelling; PowerShell's names are
// case-insensitive. Whether Exchange has the cmdlet, it says itself.
func findCmdlet(name string) (string, error) {
	found := cmdletForm.FindStringSubmatch(name)
	if found == nil {
		return "", fmt.Errorf("cmdlet %q: want one that reads, Get- and letters or digits, such as %s", name, cmdletExample)
	}
	if found[1] != "" {
		return "", fmt.Errorf("%s is PowerShell's name for what Exchange itself calls %s%s: want that", name, getVerb, found[2])
	}
	for _, known := range reporting {
		if strings.EqualFold(name, known) {
			return known, nil
		}
	}
	for _, old := range retiredNames() {
		switch {
		case strings.EqualFold(name, old):
			return old, retirements[old].refusal(old)
		case distance(strings.ToLower(name), strings.ToLower(old)) == 1:
			return "", fmt.Errorf("no cmdlet %q: did you mean %s?", name, old)
		}
	}
	return getVerb + found[2], nil
}

func (c Call) cmdletText() string {
	if c.parameters == "" {
		return c.function
	}
	return c.function + " " + c.parameters
}

func canonical(parameters []parameter) string {
	var texts []string
	for _, p := range parameters {
		texts = append(texts, p.String())
	}
	return strings.Join(texts, " ")
}

// Cmdlet returns what is asked of Exchange for a run of date d: the cmdlet's name
// and its parameters, each a string, a bool, a json.Number or a list ([]any) of
// these. A day that is written out goes as it is written; {today-N} becomes
// YYYY-MM-DD. It is for calls of kind Exchange alone.
func (c Call) Cmdlet(d Date) (name string, parameters map[string]any) {
	parameters = map[string]any{}
	for _, p := range c.parsed() {
		parameters[p.name] = p.filledIn(d)
	}
	return c.function, parameters
}

// parsed returns the cmdlet's parameters, which a Call holds as text so that
// calls can be compared.
func (c Call) parsed() []parameter {
	tokens, _ := lex(c.parameters) // parseCmdlet wrote the text
	parameters, _ := parseParameters(tokens)
	return parameters
}

// dated tells whether a parameter asks for certain days.
func (c Call) dated() bool {
	return strings.Contains(c.parameters, "{today") || slices.ContainsFunc(c.parsed(), func(p parameter) bool {
		return strings.HasSuffix(strings.ToLower(p.name), "date")
	})
}
