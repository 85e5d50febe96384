package report

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
)

// cmdlet is what Microsoft documents about a cmdlet that reads.
type cmdlet struct {
	name       string
	at         place
	parameters []string
	switches   []string // of the parameters, those without a value
	positions  []string // of the parameters, those that need no name, in order
}

// place is where a cmdlet runs.
type place string

const (
	compliance place = "compliance" // Security & Compliance PowerShell only
	server     place = "server"     // Exchange Server only
)

// cmdletTable names the commit of Microsoft's documentation that it is made from
// (internal/cmd/cmdlets). Exchange may have cmdlets and parameters that are not in
// it, and checks them itself.
//
//go:embed cmdlets.txt
var cmdletTable string

// documented has the cmdlets by their names in lower case.
var documented = readCmdlets(cmdletTable)

func readCmdlets(table string) map[string]cmdlet {
	cmdlets := map[string]cmdlet{}
	for line := range strings.Lines(table) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Fields(line)
		c := cmdlet{at: place(fields[0]), name: fields[1]}
		order := map[string]int{}
		for _, field := range fields[2:] {
			name, position, positional := strings.Cut(field, "@")
			name, toggle := strings.CutSuffix(name, "?")
			c.parameters = append(c.parameters, name)
			if toggle {
				c.switches = append(c.switches, name)
			}
			if positional {
				c.positions = append(c.positions, name)
				order[name], _ = strconv.Atoi(position)
			}
		}
		slices.SortFunc(c.positions, func(a, b string) int { return order[a] - order[b] })
		cmdlets[strings.ToLower(c.name)] = c
	}
	return cmdlets
}

// spelling returns a parameter's documented name, or the name as it is written.
func (c cmdlet) spelling(name string) string {
	for _, known := range c.parameters {
		if strings.EqualFold(name, known) {
			return known
		}
	}
	return name
}
