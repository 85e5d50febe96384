package main

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// Where a cmdlet is.
const (
	online     = "online"
	compliance = "compliance"
	server     = "server"
)

type page struct {
	name, where string
	about       string // what comes before the parameters
	parameters  []parameter
	examples    []string
}

type parameter struct {
	name, position, text string
	toggle               bool
}

var (
	applicable    = regexp.MustCompile(`(?m)^applicable: (.*)$`)
	parameterPart = regexp.MustCompile(`(?m)^### -(\S+)$`)
	position      = regexp.MustCompile(`(?m)^Position: ([0-9]+)\s*$`)
	toggle        = regexp.MustCompile(`(?m)^Type: (?:System\.Management\.Automation\.)?SwitchParameter\s*$`)
	code          = regexp.MustCompile("(?ms)^```powershell\\s*$(.*?)^```")
)

func readPage(name, text string) page {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	p := page{name: name, where: server}
	if found := applicable.FindStringSubmatch(text); found != nil {
		switch {
		case strings.Contains(found[1], "Exchange Online"), strings.Contains(found[1], "Built-in security add-on"):
			p.where = online
		case strings.Contains(found[1], "Security & Compliance"):
			p.where = compliance
		}
	}
	about, described, _ := strings.Cut(text, "\n## PARAMETERS\n")
	p.about = about
	starts := parameterPart.FindAllStringSubmatchIndex(described, -1)
	for i, start := range starts {
		end := len(described)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		part := described[start[1]:end]
		one := parameter{name: described[start[2]:start[3]], text: part, toggle: toggle.MatchString(part)}
		if found := position.FindStringSubmatch(part); found != nil {
			one.position = found[1]
		}
		p.parameters = append(p.parameters, one)
	}
	_, shown, _ := strings.Cut(text, "\n## EXAMPLES\n")
	shown, _, _ = strings.Cut(shown, "\n## PARAMETERS\n")
	for _, block := range code.FindAllStringSubmatch(shown, -1) {
		for line := range strings.SplitSeq(block[1], "\n") {
			if strings.HasPrefix(line, cmdletPrefix) {
				p.examples = append(p.examples, line)
			}
		}
	}
	return p
}

// String returns the page's line of the table. Parameters that share a position
// have none, except Identity, which always comes first.
func (p page) String() string {
	shared := map[string]int{}
	for _, one := range p.parameters {
		shared[one.position]++
	}
	words := []string{p.where, p.name}
	for _, one := range slices.SortedFunc(slices.Values(p.parameters), func(a, b parameter) int { return cmp.Compare(a.name, b.name) }) {
		switch {
		case one.toggle:
			one.name += "?"
		case one.position != "" && (shared[one.position] == 1 || one.name == "Identity"):
			one.name += "@" + one.position
		}
		words = append(words, one.name)
	}
	return strings.Join(words, " ")
}
