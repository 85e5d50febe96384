package config_test

import (
	"strings"
	"testing"

	"tenantrollup/internal/config"
	"tenantrollup/internal/report"
)

func mustSchedule(t *testing.T, text string) config.Schedule {
	t.Helper()
	schedule, err := config.ParseSchedule(text)
	if err != nil {
		t.Fatal(err)
	}
	return schedule
}

// The dates are those on which the host's own library finds an occurrence.
func TestScheduleOccursAsTheHostReadsIt(t *testing.T) {
	const november = "2026-11-" // the 1st is a Sunday
	for _, c := range []struct{ rule, schedule, days string }{
		{"every night", "0 0 1 * * *", "01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30"},
		{"a day of the week by number, Sunday is 0", "0 0 1 * * 0", "01 08 15 22 29"},
		{"by name, in any case", "0 0 1 * * mOnDay", "02 09 16 23 30"},
		{"by the beginning of a name", "0 0 1 * * W", "04 11 18 25"},
		{"the first name that begins like that", "0 0 1 * * T", "03 10 17 24"},
		{"a range of names", "0 0 1 * * Fri-Sat", "06 07 13 14 20 21 27 28"},
		{"a range the wrong way around is the same range", "0 0 1 * * Sat-Fri", "06 07 13 14 20 21 27 28"},
		{"a list, and ranges in it", "0 0 1 1,10-12 * *", "01 10 11 12"},
		{"a step", "0 0 1 */7 * *", "01 08 15 22 29"},
		{"a range with a step", "0 0 1 2-9/3 * *", "02 05 08"},
		{"a value with a step starts a range", "0 0 1 28/1 * *", "28 29 30"},
		{"a step below 1 is 1", "0 0 1 28-30/0 * *", "28 29 30"},
		{"so is a negative step", "0 0 1 28-30/-5 * *", "28 29 30"},
		{"both kinds of day must match", "0 0 1 1-10 * Mon", "02 09"},
		{"a month by name", "0 0 1 5 Octo-Nov *", "05"},
		{"another month has none", "0 0 1 5 12 *", ""},
		{"more than once a day", "*/10 0,30 8-17/2 4 * *", "04"},
		{"several spaces are one", "  0 0  1 30   * * ", "30"},
		{"a line break after a number", "0 0 1 1,2\r\n */2\n 0\n", "01"},
		{"leading zeros", "00 00 01 03 011 *", "03"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			schedule := mustSchedule(t, c.schedule)
			var days []string
			for date := report.Date(november + "01"); date <= november+"30"; date = date.AddDays(1) {
				if schedule.On(date) {
					days = append(days, string(date[len(november):]))
				}
			}
			if got := strings.Join(days, " "); got != c.days {
				t.Errorf("%s occurs on\n     %s\nwant %s", c.schedule, got, c.days)
			}
		})
	}
	if mustSchedule(t, "0 0 1 29 2 *").On("2027-03-01") || !mustSchedule(t, "0 0 1 29 2 *").On("2028-02-29") {
		t.Error("29 February is not moved to another day")
	}
	if (config.Schedule{}).On("2026-11-24") {
		t.Error("no schedule has a night")
	}
}

func TestScheduleRefusesWhatTheHostRefuses(t *testing.T) {
	for _, c := range []struct{ rule, schedule, want string }{
		{"an invalid hour", "0 0 25 * * *", `hour "25": want numbers from 0 to 23, written as 1, 1-5, 1,3 or */2`},
		{"a second", "60 0 1 * * *", `second "60"`},
		{"a minute", "0 60 1 * * *", `minute "60"`},
		{"day 0", "0 0 1 0 * *", `day of the month "0": want numbers from 1 to 31`},
		{"Sunday as 7", "0 0 1 * * 7", `day of the week "7": want numbers from 0 to 6, written as 1, 1-5, 1,3 or */2, or names from Sunday to Saturday`},
		{"the end of a range", "0 0 1 * * 5-7", `day of the week "5-7"`},
		{"a name from another field", "0 0 1 * Mon *", `month "Mon"`},
		{"text after a name", "0 0 1 * * Mondays", `day of the week "Mondays"`},
		{"a name where none is allowed", "0 0 one * * *", `hour "one"`},
		{"an empty place in a list", "0 0 1,,3 * * *", `hour "1,,3"`},
		{"a leading comma", "0 0 ,3 * * *", `hour ",3"`},
		{"a range without an end", "0 0 1- * * *", `hour "1-"`},
		{"a number below 0", "0 0 -1 * * *", `hour "-1"`},
		{"no step", "0 0 */ * * *", `hour "*/"`},
		{"a step that is not a number", "0 0 */x * * *", `hour "*/x"`},
		{"two steps", "0 0 */2/3 * * *", `hour "*/2/3"`},
		{"only a step", "0 0 /2 * * *", `hour "/2"`},
		{"a number that does not fit the field", "0 0 99999999999 * * *", `hour "99999999999"`},
		{"a range of everything", "0 0 *-5 * * *", `hour "*-5"`},
		{"Quartz's question mark", "0 0 1 ? * *", `day of the month "?"`},
		{"Quartz's last day", "0 0 1 L * *", `day of the month "L"`},
		{"a seventh field", "0 0 1 * * * 2027", "want six NCRONTAB fields"},
		{"a tab instead of a space", "0 0 1\t* * * *", `hour "1\t*"`},
		{"30 February", "0 0 1 30 2 *", "it never occurs"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			_, err := config.ParseSchedule(c.schedule)
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("%s: %v, want %s…", c.schedule, err, c.want)
			}
		})
	}
}
