package web

import (
	"fmt"
	"strings"
	"time"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// plot is a number by night, as bars.
type plot struct {
	ID       string
	Title    string
	Last     string // the newest number, in words
	Says     string // the least and the most, and what fell
	Width    int
	Bars     string // path of the bars
	Falls    string // path of those that are highlighted
	Describe string // for people who can't see it
}

const plotHeight = 64

// fallPercent is how far a number must fall from one night to the next to be
// highlighted.
const fallPercent = run.DroppedPercent

// plotsOf draws the publications among the nights, from only their records.
func plotsOf(nights []night) []plot {
	return []plot{
		plotOf("with-data", "Customers with data", nights, func(s run.Status) int { return s.WithData }, run.Number),
		plotOf("rows", "Rows", nights, func(s run.Status) int { return s.Rows }, run.Number),
		plotOf("duration", "Duration", nights, duration, func(seconds int) string { return lasting(time.Duration(seconds) * time.Second) }),
	}
}

// duration is in seconds.
func duration(s run.Status) int { return int(s.Finished.Sub(s.Started).Seconds()) }

func plotOf(id, name string, nights []night, number func(run.Status) int, words func(int) string) plot {
	p := plot{ID: id, Title: name, Width: len(nights)*barStep - (barStep - barWidth), Last: "none"}
	least, most, last := -1, 0, -1
	for _, n := range nights {
		if n.published() {
			most = max(most, number(*n.Run))
		}
	}
	var bars, falls strings.Builder
	var fell []string
	for i, n := range nights {
		if !n.published() {
			continue
		}
		value := number(*n.Run)
		height := max(1, plotHeight*value/max(most, 1))
		path := &bars
		// A longer night is not a loss: only counts are highlighted when they fall.
		if id != "duration" && last > 0 && value*100 < last*(100-fallPercent) {
			path = &falls
			fell = append(fell, fmt.Sprintf("by %d%% on %s", 100-100*value/last, shortDay(n.Date)))
		}
		fmt.Fprintf(path, "M%d %dh%dv%dh-%dz", i*barStep, plotHeight-height, barWidth, height, barWidth)
		last = value
		if least < 0 || value < least {
			least = value
		}
	}
	p.Bars, p.Falls = bars.String(), falls.String()
	if last < 0 {
		p.Says = "Nothing was published on these nights."
		p.Describe = p.Says
		return p
	}
	p.Last = words(last)
	p.Says = "between " + words(least) + " and " + words(most)
	if least == most {
		p.Says = "the same every night"
	}
	p.Describe = fmt.Sprintf("%s by night: %s; %s last.", name, p.Says, p.Last)
	if len(fell) > 0 {
		more := ""
		if len(fell) > 3 {
			more, fell = fmt.Sprintf(" and %s more", count(len(fell)-3, "time")), fell[:3]
		}
		falling := "fell " + strings.Join(fell, ", ") + more
		p.Says += "; " + falling
		p.Describe += " It " + falling + "."
	}
	return p
}

// published: the night has numbers.
func (n night) published() bool {
	return n.Run != nil && n.Run.HasFiles() && n.Run.State == run.StatePublished
}

// nightRow is a night in the table below the plots.
type nightRow struct {
	Date                                     report.Date
	Link                                     string
	Outcome                                  outcome
	Mark, Text                               string
	WithData, NoData, Failed, Rows, Duration string
}

// nightRows are the nights that are not blank, the newest first.
func nightRows(links links, nights []night) []nightRow {
	var rows []nightRow
	for i := range nights {
		n := nights[len(nights)-1-i]
		if n.Outcome == blank {
			continue
		}
		row := nightRow{Date: n.Date, Outcome: n.Outcome, Mark: n.Mark, Text: outcomeWords[n.Outcome]}
		if n.Run != nil {
			row.Link = links.to(statusURL(n.Run.Key()))
		}
		if n.published() {
			row.WithData, row.NoData, row.Failed = run.Number(n.Run.WithData), run.Number(n.Run.NoData), run.Number(n.Run.Failed)
			row.Rows, row.Duration = run.Number(n.Run.Rows), lasting(n.Run.Finished.Sub(n.Run.Started))
		}
		rows = append(rows, row)
	}
	return rows
}

var outcomeWords = map[outcome]string{
	good: "Nobody failed", failures: "Customers failed", running: "Under way", stopped: "Stopped", held: "Held", missing: "No run",
}
