package main

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"tenantrollup/internal/standin/m365"
)

// series is one way to do the work: how long it took for how many customers.
type series struct {
	name, class string
	points      []point
}

type point struct {
	customers int
	wall      time.Duration
}

// The chart's field, in pixels, and what it shows: both axes are logarithmic.
const (
	fieldLeft, fieldTop, fieldWidth, fieldHeight = 70, 20, 520, 320
	fewest, most                                 = 100, 100_000
)

const shortestShown, longestShown = time.Second, 24 * time.Hour

// chart draws the wall time against the customers. Dots are measured; dashes go on at
// the rate of the dot where they begin.
func (h *harness) chart() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12" role="img" aria-label="Wall time against customers">`+"\n",
		fieldLeft+fieldWidth+190, fieldTop+fieldHeight+50)
	b.WriteString(chartStyle)
	for customers := fewest; customers <= most; customers *= 10 {
		fmt.Fprintf(&b, `<line class="grid" x1="%.1[1]f" y1="%[2]d" x2="%.1[1]f" y2="%[3]d"/><text x="%.1[1]f" y="%[4]d" text-anchor="middle">%[5]s</text>`+"\n",
			acrossOf(float64(customers)), fieldTop, fieldTop+fieldHeight, fieldTop+fieldHeight+18, thousands(customers))
	}
	for _, tick := range []time.Duration{time.Second, 10 * time.Second, time.Minute, 10 * time.Minute, time.Hour, 10 * time.Hour} {
		fmt.Fprintf(&b, `<line class="grid" x1="%[1]d" y1="%.1[2]f" x2="%[3]d" y2="%.1[2]f"/><text x="%[4]d" y="%.1[5]f" text-anchor="end">%[6]s</text>`+"\n",
			fieldLeft, downOf(tick), fieldLeft+fieldWidth, fieldLeft-8, downOf(tick)+4, spoken(tick))
	}
	fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="middle">customers</text>`+"\n", fieldLeft+fieldWidth/2, fieldTop+fieldHeight+40)
	for _, s := range h.series() {
		s.draw(&b)
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

const chartStyle = `<style>
text { fill: #333 } .grid { stroke: #ddd } .line { fill: none; stroke-width: 2 } .dashes { stroke-dasharray: 5 4 }
.ours { stroke: #0b6e4f; fill: #0b6e4f } .wide { stroke: #2a9d8f; fill: #2a9d8f } .pool { stroke: #b8860b; fill: #b8860b } .loop { stroke: #b23a48; fill: #b23a48 }
text.name { stroke: none } .line { fill: none }
@media (prefers-color-scheme: dark) { text { fill: #ddd } .grid { stroke: #444 } }
</style>
`

func (s series) draw(b *bytes.Buffer) {
	if len(s.points) == 0 {
		return
	}
	last := s.points[len(s.points)-1]
	fmt.Fprintf(b, `<polyline class="line %s" points="`, s.class)
	for _, p := range s.points {
		fmt.Fprintf(b, "%.1f,%.1f ", acrossOf(float64(p.customers)), downOf(p.wall))
	}
	b.WriteString("\"/>\n")
	fmt.Fprintf(b, `<line class="line dashes %s" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`+"\n",
		s.class, acrossOf(float64(last.customers)), downOf(last.wall), acrossOf(most), downOf(last.at(most)))
	for _, p := range s.points {
		fmt.Fprintf(b, `<circle class="%s" cx="%.1f" cy="%.1f" r="4"/>`+"\n", s.class, acrossOf(float64(p.customers)), downOf(p.wall))
	}
	fmt.Fprintf(b, `<text class="name %s" x="%d" y="%.1f">%s</text>`+"\n", s.class, fieldLeft+fieldWidth+10, downOf(last.at(most))+4, s.name)
}

// at is how long that many customers take at the point's rate.
func (p point) at(customers float64) time.Duration {
	return time.Duration(float64(p.wall) * customers / float64(p.customers))
}

// series are those of the chart, from the slowest to the fastest.
func (h *harness) series() []series {
	all := []series{
		{name: "the 2015 loop", class: "loop", points: h.rivalPoints("loop2015")},
		{name: "a pool of 10", class: "pool", points: h.rivalPoints("pool10")},
		{name: "Tenant Rollup, 64 in flight", class: "ours", points: h.nightPoints(64)},
		{name: "Tenant Rollup, 256 in flight", class: "wide", points: h.nightPoints(256)},
	}
	for _, s := range all {
		slices.SortFunc(s.points, func(a, b point) int { return cmp.Compare(a.customers, b.customers) })
	}
	return all
}

func (h *harness) rivalPoints(name string) (points []point) {
	for _, r := range h.rivals {
		if r.name == name {
			points = append(points, point{r.customers, r.wall})
		}
	}
	return points
}

// nightPoints are the nights with a secret in which nothing went wrong.
func (h *harness) nightPoints(inFlight int) (points []point) {
	for _, n := range h.nights {
		if n.inFlight == inFlight && n.auth == m365.SecretOnly && n.wall > 0 && len(n.faults)+len(n.kills) == 0 {
			points = append(points, point{n.customers, n.wall})
		}
	}
	return points
}

func acrossOf(customers float64) float64 {
	return fieldLeft + fieldWidth*math.Log(customers/fewest)/math.Log(most/fewest)
}

func downOf(wall time.Duration) float64 {
	share := math.Log(wall.Seconds()/shortestShown.Seconds()) / math.Log(longestShown.Seconds()/shortestShown.Seconds())
	return fieldTop + fieldHeight*(1-min(max(share, 0), 1))
}

func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}

func spoken(d time.Duration) string {
	switch {
	case d >= time.Hour:
		return fmt.Sprintf("%.0f h", d.Hours())
	case d >= time.Minute:
		return fmt.Sprintf("%.0f min", d.Minutes())
	}
	return fmt.Sprintf("%.0f s", d.Seconds())
}
