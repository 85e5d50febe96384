package m365

import (
	"math"
	"net/http"
	"strings"
	"time"
)

// What an attacker in place of a customer's token endpoint might answer, or a Graph
// whose clock is wrong.
const (
	HostileTokenTypes    Fault = "hostile-token-types"    // 200 with JSON of other types
	HostileTokenSize     Fault = "hostile-token-size"     // 200 with a token of 10 MB
	HostileTokenDepth    Fault = "hostile-token-depth"    // 400 with JSON nested 100,000 deep
	HostileTokenRedirect Fault = "hostile-token-redirect" // 302 to a host that is not Microsoft's
	HostileTokenPast     Fault = "hostile-token-past"     // a token that expired an hour ago
	HostileTokenFuture   Fault = "hostile-token-future"   // a token that becomes valid in an hour, and never expires
	HostileCloud         Fault = "hostile-cloud"          // AADSTS900382: the tenant is said to be in another of Microsoft's clouds
	HostileClock         Fault = "hostile-clock"          // 429 with Retry-After by a clock three hours ahead, as its Date is; ends
)

const (
	hostileDepth = 100_000
	clockAhead   = 3 * time.Hour
)

// hostileToken gives the fault's unexpected answer to a good request for a token. It
// returns false if the customer has another fault.
func hostileToken(w http.ResponseWriter, r *http.Request, customer Customer) bool {
	switch customer.Fault {
	case HostileTokenTypes:
		writeJSON(w, http.StatusOK, item{"access_token": []int{1}, "expires_in": item{"seconds": true}, "token_type": nil})
	case HostileTokenSize:
		writeJSON(w, http.StatusOK, item{"access_token": strings.Repeat("x", 10<<20), "expires_in": 3599, "token_type": "Bearer"})
	case HostileTokenDepth:
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(http.StatusBadRequest)
		w.Write([]byte(strings.Repeat(`{"error":`, hostileDepth)))
	case HostileTokenRedirect:
		w.Header().Set("Location", "https://"+loginHost+".fabrikam.example/token")
		w.WriteHeader(http.StatusFound)
	case HostileCloud:
		refusal := entraRefusal{http.StatusUnauthorized, "invalid_client", 900382, "Confidential Client is not supported in Cross Cloud request."}
		refusal.write(w, r)
	default:
		return false
	}
	return true
}

// tokenTimes changes the times of a customer's token, and of the answer around it, if
// the fault requires it.
func tokenTimes(fault Fault, got *claims, answer map[string]any) (life time.Duration) {
	switch fault {
	case HostileTokenPast:
		answer["expires_in"] = -3600
		return -time.Hour
	case HostileTokenFuture:
		got.NotBefore = time.Now().Add(time.Hour).Unix()
		answer["expires_in"] = math.MaxInt64
		return 1000 * time.Hour
	}
	return time.Hour
}
