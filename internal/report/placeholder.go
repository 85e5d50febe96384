package report

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// parseDay reads a day and returns its canonical text: YYYY-MM-DD, {today} or
// {today-N}.
func parseDay(text string, r reach) (string, error) {
	back, placeholder := strings.CutPrefix(text, "{today")
	if !placeholder {
		d, err := ParseDate(text)
		if err != nil {
			return "", fmt.Errorf("%w, or {today-N}, counted from the run's date", err)
		}
		return string(d), nil
	}
	if back == "}" {
		return "{today}", nil
	}
	digits, minus := strings.CutPrefix(strings.TrimSuffix(back, "}"), "-")
	n, err := strconv.ParseUint(digits, 10, 64)
	if !minus || !strings.HasSuffix(back, "}") || err != nil {
		return "", fmt.Errorf("date %q: want {today} or {today-N}, N at most %d", text, r.days)
	}
	if n > uint64(r.days) {
		return "", fmt.Errorf("date %q: %s: want N at most %d", text, r.why, r.days)
	}
	if n == 0 {
		return "{today}", nil
	}
	return fmt.Sprintf("{today-%d}", n), nil
}

const placeholderForm = `\{today(?:-([0-9]{1,4}))?\}`

var placeholder = regexp.MustCompile(placeholderForm)

// checkPlaceholders converts the placeholders within a cmdlet's text to their
// canonical form. A misspelt one would reach Exchange as it is.
func checkPlaceholders(text string) (string, error) {
	if strings.Contains(strings.ToLower(placeholder.ReplaceAllString(text, "")), "{today") {
		return "", fmt.Errorf("%q: want {today} or {today-N}, N at most 9999", text)
	}
	return placeholder.ReplaceAllStringFunc(text, func(found string) string {
		digits := placeholder.FindStringSubmatch(found)[1]
		if n, _ := strconv.Atoi(digits); n > 0 {
			return fmt.Sprintf("{today-%d}", n)
		}
		return "{today}"
	}), nil
}

// FollowsDate reports whether the call asks for different days when the run has a
// different date.
func (c Call) FollowsDate() bool { return strings.Contains(c.String(), "{today") && !c.AsOfNow() }

// fillIn writes the days of a run of date d in place of the placeholders.
func fillIn(text string, d Date) string {
	return placeholder.ReplaceAllStringFunc(text, func(found string) string {
		n, _ := strconv.Atoi(placeholder.FindStringSubmatch(found)[1]) // none is today
		return string(d.AddDays(-n))
	})
}
