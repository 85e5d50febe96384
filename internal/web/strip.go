package web

import (
	"fmt"
	"strings"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// A strip draws nights as bars, side by side, today at the right: one path for each
// kind of thing that is drawn, so a strip of a year is small. What is not a bar has
// its own shape, so that nobody has to recognise it by its colour.

const (
	barStep   = 12 // from one bar to the next
	barWidth  = 9
	barHeight = 28 // of all customers; 2 above is free
	leastBar  = 5  // of a part that would not be seen otherwise
)

type strip struct {
	Width int
	Paths []stripPath
}

// stripPath is all that is drawn of one kind.
type stripPath struct{ Class, D string }

// stripKinds are drawn in this order.
var stripKinds = []string{"good", "nothing", "failures", "running", "held", "stopped", "missing", "excluded", "unknown"}

// pen collects the paths of a strip.
type pen map[string]*strings.Builder

// box draws a box of the kind, from the left of the night's place.
func (p pen) box(kind string, x, y, width, height int) {
	if p[kind] == nil {
		p[kind] = new(strings.Builder)
	}
	fmt.Fprintf(p[kind], "M%d %dh%dv%dh-%dz", x, y, width, height, width)
}

// frame draws a hollow box: the inner one is cut out.
func (p pen) frame(kind string, x, y, height int) {
	p.box(kind, x, y, barWidth, height)
	p.box(kind, x+2, y+2, barWidth-4, height-4)
}

func (p pen) strip(nights int) strip {
	s := strip{Width: nights*barStep - (barStep - barWidth)}
	for _, kind := range stripKinds {
		if p[kind] != nil {
			s.Paths = append(s.Paths, stripPath{kind, p[kind].String()})
		}
	}
	return s
}

// stripOf draws the nights of a report.
func stripOf(nights []night) strip {
	p := pen{}
	for i, n := range nights {
		x := i * barStep
		switch n.Outcome {
		case good, failures:
			p.customers(x, *n.Run)
		case held:
			p.box("held", x, 2, 3, barHeight)
			p.box("held", x+6, 2, 3, barHeight)
		case stopped:
			p.box("stopped", x+2, 2, 5, barHeight-9)
			p.box("stopped", x+2, barHeight-4, 5, 6)
		case missing:
			p.frame("missing", x, 2, barHeight)
		case running:
			p.frame("running", x, 2+barHeight/2, barHeight/2)
		}
	}
	return p.strip(len(nights))
}

// customers draws a bar of all customers: from the ground those with data, those
// without, and at the top those that failed.
func (p pen) customers(x int, status run.Status) {
	all := max(status.Customers-status.Excluded, 1)
	part := func(n int) int {
		if n == 0 {
			return 0
		}
		return max(barHeight*n/all, leastBar)
	}
	failed, nothing := part(status.Failed), part(status.NoData)
	if failed+nothing > barHeight {
		nothing = barHeight - failed
	}
	p.bar("failures", x, 2, failed)
	p.bar("nothing", x, 2+failed, nothing)
	p.bar("good", x, 2+failed+nothing, barHeight-failed-nothing)
}

func (p pen) bar(kind string, x, y, height int) {
	if height > 0 {
		p.box(kind, x, y, barWidth, height)
	}
}

// stripOfCustomer draws the nights of one customer in one report.
func stripOfCustomer(nights map[report.Date]customerNight, f filter) strip {
	p := pen{}
	for i := range f.nights() {
		x := i * barStep
		night, there := nights[f.from.AddDays(i)]
		switch {
		case !there:
		case night.class == withData:
			p.box("good", x, 2, barWidth, barHeight)
		case night.class == unknown:
			p.box("unknown", x+3, barHeight-2, 3, 3)
		case night.class == run.Excluded:
			p.frame("excluded", x, barHeight-8, 10)
		case night.class.HasNothing():
			p.box("nothing", x, barHeight-6, barWidth, 8)
		default:
			p.box("failures", x, 2, barWidth, barHeight/2)
		}
	}
	return p.strip(f.nights())
}
