package report

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

const retiredExample = " -StartDate {today-8} -EndDate {today-2}"

func retiredNames() []string { return slices.Sorted(maps.Keys(retirements)) }

// refusal is why a retired cmdlet is not run, or nil if its successor runs.
func (r retirement) refusal(name string) error {
	if r.runs != "" {
		return nil
	}
	return fmt.Errorf("%s was retired by Microsoft: want %s", name, r.instead)
}

// daily reports whether the successor has a row for each day; otherwise it has one
// for each mailbox or user.
func (r retirement) daily() bool {
	return slices.Contains(catalogue[r.runs].columns, "Report Date")
}

// parseRetired reads the parameters that the reporting web service knew.
func parseRetired(name string, parameters []parameter, pipes string) (Call, error) {
	call := Call{kind: retiredCall, function: name, pipes: pipes}
	successor := retirements[name].runs
	if call.Selected() != nil {
		return Call{}, fmt.Errorf("| %s: %s answers instead of %s, with its own columns: want it left out", selectObject, successor, name)
	}
	for _, p := range parameters {
		text, _ := p.value.(string)
		var err error
		switch strings.ToLower(p.name) {
		case "startdate":
			call.from, err = parseRetiredDay(text)
		case "enddate":
			call.to, err = parseRetiredDay(text)
		case "reporttype":
			if !strings.EqualFold(text, "Daily") {
				err = fmt.Errorf("%s answers instead of %s, with a row for each day: want Daily", successor, name)
			}
		default:
			err = fmt.Errorf("%s answers instead of %s, with every row it has: want only -StartDate and -EndDate", successor, name)
		}
		if err != nil {
			return Call{}, fmt.Errorf("-%s: %w", p.name, err)
		}
	}
	if call.from == "" || call.to == "" {
		return Call{}, fmt.Errorf("%s needs both dates: want them as in %s%s", name, name, retiredExample)
	}
	const anyDay = Date("2026-11-24")
	if isFixed(call.from) == isFixed(call.to) && fillIn(call.from, anyDay) > fillIn(call.to, anyDay) {
		return Call{}, outOfOrder(call.from, call.to)
	}
	return call, nil
}

// parseRetiredDay also reads a day as PowerShell's invariant culture writes it.
func parseRetiredDay(text string) (string, error) {
	if t, err := time.Parse("1/2/2006", text); err == nil {
		text = t.Format(dateLayout)
	}
	return parseDay(text, periodDays)
}

func isFixed(day string) bool { return !strings.HasPrefix(day, "{") }

func (c Call) retiredText() string {
	text := c.function
	if retirements[c.function].daily() {
		text += " -ReportType Daily"
	}
	return text + " -StartDate " + c.from + " -EndDate " + c.to + c.pipes
}

// periodSince returns the smallest period that holds every day since from. Today
// counts as the last day of each, although reports lag by about two days.
func periodSince(from, today Date) string {
	for _, period := range periods {
		days, _ := strconv.Atoi(period[1:])
		if from > today.AddDays(-days) {
			return period
		}
	}
	return periods[len(periods)-1]
}

// retiredDays returns why its successor cannot answer for its days, or nil.
func (c Call) retiredDays(d, today Date) error {
	from, to := fillIn(c.from, d), fillIn(c.to, d)
	if from > to {
		return outOfOrder(from, to)
	}
	return periodDays.cover(Date(from), today)
}

// Days returns the first and the last of the days that a retired cmdlet asks for,
// in a run of date d; rows with another Report Date are not wanted. ok is false for
// every other call, and if the successor does not have a row for each day.
func (c Call) Days(d Date) (from, to Date, ok bool) {
	if c.kind != retiredCall || !retirements[c.function].daily() {
		return "", "", false
	}
	return Date(fillIn(c.from, d)), Date(fillIn(c.to, d)), true
}

func outOfOrder(from, to string) error {
	return fmt.Errorf("-StartDate %s is later than -EndDate %s: want it the same or earlier", from, to)
}
