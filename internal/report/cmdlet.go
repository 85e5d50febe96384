package report

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

const (
	getVerb       = "Get-"
	cmdletExample = "Get-MailTrafficSummaryReport -Category TopMailSender -StartDate {today-2} -EndDate {today-1}"

	// maxCmdlet is the longest cmdlet in bytes: it must fit into the metadata of a
	// run's record, along with much else.
	maxCmdlet = 1000
)

// common are PowerShell's common parameters with their short names. They tell
// PowerShell what to do with errors, messages and output; Exchange has none of
// them.
//
// Source: https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_commonparameters
var common = []string{
	"verbose", "vb", "debug", "db", "erroraction", "ea", "warningaction", "wa",
	"informationaction", "infa", "progressaction", "proga", "errorvariable", "ev",
	"warningvariable", "wv", "informationvariable", "iv", "outvariable", "ov",
	"outbuffer", "ob", "pipelinevariable", "pv", "whatif", "wi", "confirm", "cf",
}

// verbNoun distinguishes a cmdlet from a Graph report, which has no hyphen.
var verbNoun = regexp.MustCompile(`^[A-Za-z]+[` + dashes + `]`)

// parseCmdlet reads -Name value pairs after the cmdlet's name, and what its rows
// are piped to.
func parseCmdlet(text string) (Call, error) {
	stages := splitOutside(text, '|', -1)
	name, rest := cutBlank(stages[0])
	of, err := findCmdlet(plainDashes(name))
	if err != nil {
		return Call{}, err
	}
	tokens, err := lex(rest)
	if err != nil {
		return Call{}, err
	}
	parameters, err := parseParameters(of, tokens)
	if err != nil {
		return Call{}, err
	}
	for _, p := range parameters {
		if slices.Contains(common, strings.ToLower(p.name)) {
			return Call{}, fmt.Errorf("-%s is for PowerShell, which does not run here: want it left out", p.name)
		}
	}
	pipes, err := parsePipes(stages[1:])
	if err != nil {
		return Call{}, err
	}
	call := Call{kind: cmdletCall, function: of.name, parameters: canonical(parameters), pipes: pipes}
	if _, ok := retirements[of.name]; ok {
		if call, err = parseRetired(of.name, parameters, pipes); err != nil {
			return Call{}, err
		}
	}
	if len(call.String()) > maxCmdlet {
		return Call{}, fmt.Errorf("it is %d bytes long: want %d at most", len(call.String()), maxCmdlet)
	}
	return call, nil
}

var cmdletForm = regexp.MustCompile(`^(?i:get-)(?i:(exo)?)([A-Za-z][A-Za-z0-9]{0,56})$`)

// findCmdlet returns the cmdlet in its documented spelling; PowerShell's names are
// case-insensitive. Exchange itself says whether it has the cmdlet.
func findCmdlet(name string) (cmdlet, error) {
	found := cmdletForm.FindStringSubmatch(name)
	if found == nil {
		if before, _, together := strings.Cut(name, ","); together && cmdletForm.MatchString(before) {
			return cmdlet{}, betweenReports(name)
		}
		if strings.Contains(name, ";") {
			return cmdlet{}, refused(name, notInWord(';', ""))
		}
		if near := nearest(name); near != "" {
			return cmdlet{}, fmt.Errorf("no usage report or short name %q: did you mean %s?", name, near)
		}
		return cmdlet{}, fmt.Errorf("no short name %q, and no cmdlet that reads: want a short name, such as licenses, or Get- and letters or digits, such as %s", clip(name), cmdletExample)
	}
	if found[1] != "" && !strings.HasPrefix(documented[strings.ToLower(name)].name, "Get-Exo") {
		return cmdlet{}, fmt.Errorf("%s is PowerShell's name for what Exchange itself calls %s%s: want that", name, getVerb, found[2])
	}
	for _, old := range retiredNames() {
		switch {
		case strings.EqualFold(name, old):
			return cmdlet{name: old}, retirements[old].refusal(old)
		case distance(strings.ToLower(name), strings.ToLower(old)) == 1 && documented[strings.ToLower(name)].name == "":
			return cmdlet{}, fmt.Errorf("no cmdlet %q: did you mean %s?", name, old)
		}
	}
	if err := foreign(name); err != nil {
		return cmdlet{}, err
	}
	if known, ok := documented[strings.ToLower(name)]; ok {
		return known, nil
	}
	return cmdlet{name: getVerb + name[len(getVerb):]}, nil
}

func (c Call) cmdletText() string {
	if c.parameters == "" {
		return c.function + c.pipes
	}
	return c.function + " " + c.parameters + c.pipes
}

// Cmdlet returns what is asked of Exchange for a run of date d: the cmdlet's name
// and its parameters, each a string, a bool, a json.Number or a list ([]any) of
// these. A day that is written out is passed on as it is; {today-N} becomes
// YYYY-MM-DD. It is for calls of kind Exchange only.
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
	parameters, _ := parseParameters(cmdlet{}, tokens)
	return parameters
}

// dated reports whether a parameter asks for certain days.
func (c Call) dated() bool {
	return strings.Contains(c.parameters, "{today") || slices.ContainsFunc(c.parsed(), func(p parameter) bool {
		return strings.HasSuffix(strings.ToLower(p.name), "date")
	})
}
