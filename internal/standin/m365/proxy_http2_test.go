package m365_test

import (
	"net/http"
	"testing"

	"tenantrollup/internal/standin/m365"
)

func TestHTTP2IsSpokenWhereItIsWanted(t *testing.T) {
	for _, both := range []struct{ server, client bool }{{true, true}, {true, false}, {false, true}} {
		l := start(t, m365.Options{HTTP2: both.server})
		client := l.Client()
		client.Transport.(*http.Transport).ForceAttemptHTTP2 = both.client
		resp, err := client.Get("https://graph.microsoft.com/v1.0/organization")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		want := 1
		if both.server && both.client {
			want = 2
		}
		if resp.ProtoMajor != want || resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("%+v: got %s by %s", both, resp.Status, resp.Proto)
		}
	}
}
