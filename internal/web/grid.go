package web

import (
	"fmt"
	"strings"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// grid is the nights of reports, a row each.
type grid struct {
	From, To       report.Date
	Earlier, Later string // links; Later is empty if the grid ends with today
	Axis           axis
	Rows           []gridRow
	Year           bool // too many nights for a narrow screen
	One            bool // the page is of one report
}

// gridNights is how many nights fit a narrow screen.
const gridNights = 62

func gridOf(links links, f filter, today report.Date, rows []gridRow) grid {
	g := grid{From: f.from, To: f.to, Rows: rows, Axis: axisOf(f.from, f.nights()), Year: f.nights() > gridNights}
	to := func(last report.Date) string {
		query := []string{"to", string(last)}
		if f.report != "" {
			query = append(query, "report", f.report)
		}
		if f.nights() != usualDays {
			query = append(query, "nights", fmt.Sprint(f.nights()))
		}
		if f.state != "" {
			query = append(query, "state", string(f.state))
		}
		return links.to(root, query...)
	}
	g.Earlier = to(f.from.AddDays(-1))
	if f.to < today {
		g.Later = to(min(f.to.AddDays(f.nights()), today))
	}
	return g
}

// axis is what is written above strips: the months, and for a few weeks the Mondays.
type axis struct{ Labels []axisLabel }

type axisLabel struct {
	X    string // in percent
	Text string
}

func axisOf(from report.Date, nights int) axis {
	var a axis
	percent := func(i int) float64 { return 100 * float64(i) / float64(nights) }
	for i := range nights {
		at := from.AddDays(i).Time()
		text := ""
		switch {
		case at.Day() == 1 || i == 0 && at.Day() < 22:
			text = at.Format("Jan")
		case nights <= gridNights && at.Weekday() == 1 && at.Day() > 3 && i > 2:
			text = at.Format("2")
		}
		if text != "" && percent(i) < 92 {
			a.Labels = append(a.Labels, axisLabel{fmt.Sprintf("%.1f%%", percent(i)), text})
		}
	}
	return a
}

// gridRow is a strip with its words: one link, and with the page's script one to
// each night.
type gridRow struct {
	ID       string
	Name     string
	Note     string
	Link     string
	Run      string      // link to the newest run, if there is one
	Report   string      // whose runs the nights link to
	From     report.Date // the first night
	Words    string      // of each night, one a line; see nightWords
	Newest   night
	Strip    strip
	Progress *progressBar
}

// nightWords writes down what to say of each night, one a line, and + in front if
// there is a run. A line is empty if it is the same as the one before.
func nightWords(count int, of func(i int) (text string, isRun bool)) string {
	var lines strings.Builder
	last := ""
	for i := range count {
		text, isRun := of(i)
		line := "-" + run.Clip(strings.ReplaceAll(text, "\n", " "), 160)
		if isRun {
			line = "+" + line[1:]
		}
		if i > 0 {
			lines.WriteByte('\n')
		}
		if line != last {
			lines.WriteString(line)
		}
		last = line
	}
	return lines.String()
}

// gridRows are the rows of the reports.
func gridRows(links links, reports []reportNights) []gridRow {
	var rows []gridRow
	for _, r := range reports {
		row := gridRow{
			ID: "report-" + r.Name, Name: r.Name, Note: r.Note, Report: r.Name, From: r.Nights[0].Date,
			Link: links.to(root, "report", r.Name), Newest: r.Newest, Strip: stripOf(r.Nights),
			Words: nightWords(len(r.Nights), func(i int) (string, bool) { return r.Nights[i].Text, r.Nights[i].Run != nil }),
		}
		if r.Newest.Run != nil {
			row.Run = links.to(statusURL(r.Newest.Run.Key()))
			row.Progress = progressOf(*r.Newest.Run)
		}
		rows = append(rows, row)
	}
	return rows
}
