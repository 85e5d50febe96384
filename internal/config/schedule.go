package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"tenantrollup/internal/report"
)

// Schedule says on which days a night begins, according to NIGHTLY_SCHEDULE. The
// zero Schedule has none.
type Schedule struct{ days, months, weekdays fieldSet }

// On reports whether a night begins on the date.
func (s Schedule) On(date report.Date) bool {
	day := date.Time()
	return s.days.has(day.Day()) && s.months.has(int(day.Month())) && s.weekdays.has(int(day.Weekday()))
}

// schedule reads the one setting that the host also reads: without it, the host
// disables the timer, and with a wrong one it has none, so that no night ever
// begins.
func (r *reader) schedule() Schedule {
	const name = "NIGHTLY_SCHEDULE"
	value := r.getenv(name) // as it is: the host ignores spaces around it, but not line breaks
	if strings.TrimSpace(value) == "" {
		if !r.byHand {
			r.unset(name, wantSchedule)
		}
		return Schedule{}
	}
	schedule, err := ParseSchedule(value)
	if err != nil {
		r.refuse(name, value, err.Error())
	}
	return schedule
}

const wantSchedule = `want six NCRONTAB fields, seconds first, in UTC, such as "0 0 1 * * *" for every night at one`

// ParseSchedule reads six fields of NCRONTAB as the host's library does, with its
// peculiarities: a date must match both the day of the month and the day of the
// week, a range may be reversed, and a name may be abbreviated. The error says what
// is wrong and what is accepted.
//
// Source: https://github.com/atifaziz/NCrontab/blob/v3.3.3/NCrontab/CrontabFieldImpl.cs
func ParseSchedule(text string) (Schedule, error) {
	texts := strings.FieldsFunc(text, func(c rune) bool { return c == ' ' })
	if len(texts) == 5 {
		return Schedule{}, errors.New("five fields are classic cron: " + wantSchedule)
	}
	if len(texts) != len(scheduleFields) {
		return Schedule{}, errors.New(wantSchedule)
	}
	var sets [6]fieldSet
	for i, field := range scheduleFields {
		var ok bool
		if sets[i], ok = field.parse(texts[i]); !ok {
			return Schedule{}, fmt.Errorf("%s %q: want %s", field.name, texts[i], field.want())
		}
	}
	s := Schedule{days: sets[3], months: sets[4], weekdays: sets[5]}
	if !s.everOccurs() {
		return Schedule{}, errors.New("it never occurs: want a day that one of its months has")
	}
	return s, nil
}

// everOccurs looks at a leap year: sooner or later each of its days falls on every
// day of the week.
func (s Schedule) everOccurs() bool {
	for day := time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC); day.Year() == 2000; day = day.AddDate(0, 0, 1) {
		if s.days.has(day.Day()) && s.months.has(int(day.Month())) {
			return true
		}
	}
	return false
}

// fieldSet holds the values that a field of a schedule matches, one bit each.
type fieldSet uint64

func (s fieldSet) has(value int) bool { return s>>value&1 == 1 }

// scheduleField is what one field of a schedule may hold.
type scheduleField struct {
	name        string
	first, last int
	names       []string // of its values, from the first on
}

var scheduleFields = [6]scheduleField{
	{"second", 0, 59, nil},
	{"minute", 0, 59, nil},
	{"hour", 0, 23, nil},
	{"day of the month", 1, 31, nil},
	{"month", 1, 12, []string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}},
	{"day of the week", 0, 6, []string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}},
}

func (f scheduleField) want() string {
	text := fmt.Sprintf("numbers from %d to %d, written as 1, 1-5, 1,3 or */2", f.first, f.last)
	if len(f.names) > 0 {
		text += fmt.Sprintf(", or names from %s to %s", f.names[0], f.names[len(f.names)-1])
	}
	return text
}

func (f scheduleField) parse(text string) (set fieldSet, ok bool) {
	for part := range strings.SplitSeq(text, ",") {
		values, ok := f.parsePart(part)
		if !ok {
			return 0, false
		}
		set |= values
	}
	return set, true
}

// parsePart reads a value, a range or *, each with or without a step. A value with a
// step begins a range to the field's end, and a step below 1 is 1.
func (f scheduleField) parsePart(part string) (set fieldSet, ok bool) {
	span, stepText, stepped := strings.Cut(part, "/")
	step := 1
	if stepped {
		n, ok := number(stepText)
		if !ok {
			return 0, false
		}
		step = max(n, 1)
	}
	first, last := f.first, f.last
	if span != "*" {
		from, to, ranged := strings.Cut(span, "-")
		if first, ok = f.value(from); !ok {
			return 0, false
		}
		if ranged {
			if last, ok = f.value(to); !ok {
				return 0, false
			}
		} else if !stepped {
			last = first
		}
		first, last = min(first, last), max(first, last)
	}
	if first < f.first || last > f.last {
		return 0, false
	}
	for value := first; value <= last; value += step {
		set |= 1 << value
	}
	return set, true
}

// value reads a number or the beginning of a name, in any case.
func (f scheduleField) value(text string) (value int, ok bool) {
	if text == "" {
		return 0, false
	}
	if text[0] >= '0' && text[0] <= '9' {
		return number(text)
	}
	for i, name := range f.names {
		if len(text) <= len(name) && strings.EqualFold(name[:len(text)], text) {
			return f.first + i, true
		}
	}
	return 0, false
}

// number reads a number as .NET's int.Parse does, which ignores white space around it.
func number(text string) (value int, ok bool) {
	n, err := strconv.ParseInt(strings.Trim(text, "\t\n\v\f\r"), 10, 32)
	return int(n), err == nil
}
