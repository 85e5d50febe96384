package refusal

import (
	"net/http"
	"strconv"
	"time"
)

// mostWait is the longest wait that is believed: Microsoft's quotas are counted in
// minutes. A longer one is treated as if there were none.
const mostWait = time.Hour

// Wait returns how long a service that refused with this status and header asks
// to be left alone; zero if it does not say, or names more than an hour.
//
// Exchange sends no Retry-After: if no calls are left, its Rate-Limit-Reset is the
// time (RFC 3339, as observed; it is not documented) at which calls are allowed
// again.
func Wait(status int, h http.Header) time.Duration {
	wait := believable(RetryAfter(h))
	if wait > 0 || status != http.StatusTooManyRequests {
		return wait
	}
	if left, err := strconv.Atoi(h.Get("Rate-Limit-Remaining")); err == nil && left > 0 {
		return 0
	}
	return believable(parseWait(h.Get("Rate-Limit-Reset"), h))
}

// RetryAfter returns how long an answer's Retry-After asks to wait, whether in
// seconds or as a date; zero or less if it does not say, or names a time in the
// past. More than an hour may be cut to any time over an hour.
//
// Source: RFC 9110, section 10.2.3
func RetryAfter(h http.Header) time.Duration { return parseWait(h.Get("Retry-After"), h) }

// parseWait reads a date by the sender's clock, as the answer's own Date shows it,
// because ours may be wrong.
func parseWait(value string, h http.Header) time.Duration {
	if seconds, err := strconv.Atoi(value); err == nil {
		return time.Duration(min(max(seconds, 0), 2*int(mostWait/time.Second))) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		at, err = time.Parse(time.RFC3339, value)
	}
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	return at.Sub(now)
}

func believable(wait time.Duration) time.Duration {
	if wait < 0 || wait > mostWait {
		return 0
	}
	return wait
}
