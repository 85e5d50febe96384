package refusal

import (
	"net/http"
	"strconv"
	"time"
)

// mostWait is the longest wait that is an answer to the question when: a quota of
// Microsoft's has minutes. What asks for more is passed over as if it said nothing.
const mostWait = time.Hour

// Wait is how long a refusal asks to be left alone; zero where it does not say. Exchange leaves Retry-After out: its Rate-Limit-Reset says when there are
// calls again, if none is left now. That is a time (RFC 3339), as seen; nothing
// documents it.
func Wait(status int, h http.Header) time.Duration {
	wait := waitOf(h.Get("Retry-After"), h)
	if wait > 0 || status != http.StatusTooManyRequests {
		return wait
	}
	if left, err := strconv.Atoi(h.Get("Rate-Limit-Remaining")); err == nil && left > 0 {
		return 0
	}
	return waitOf(h.Get("Rate-Limit-Reset"), h)
}

// waitOf reads seconds, an HTTP date (RFC 9110, 10.2.3), or one of RFC 3339;
// zero where it is none, in the past, or too far. A date is by the clock of who
// sent it, as the answer's own Date has it: ours may be wrong.
func waitOf(value string, h http.Header) time.Duration {
	if seconds, err := strconv.Atoi(value); err == nil {
		return sensible(time.Duration(min(seconds, 2*int(mostWait/time.Second))) * time.Second)
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
	return sensible(at.Sub(now))
}

func sensible(wait time.Duration) time.Duration {
	if wait < 0 || wait > mostWait {
		return 0
	}
	return wait
}
