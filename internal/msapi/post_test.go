package msapi_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tenantrollup/internal/msapi"
	"tenantrollup/internal/msapi/msapitest"
	"tenantrollup/internal/refusal"
)

func TestPost(t *testing.T) {
	post := func(t *testing.T, address string) (*msapitest.Service, error) {
		t.Helper()
		to, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		s := &msapitest.Service{Answers: []msapitest.Answer{{Status: 200}}}
		client := msapi.NewClient("outlook.office365.com", &http.Client{Transport: s}, &msapitest.Tokens{})
		resp, err := client.Post(t.Context(), tenant, msapi.Post{
			Address: to, Header: http.Header{"Prefer": {"x"}}, Body: []byte("{}"), Explain: refusal.Graph,
		})
		if err == nil {
			resp.Body.Close()
		}
		return s, err
	}
	for _, address := range []string{"https://outlook.office365.com/x", "https://eurprd01.outlook.office365.com/x"} {
		t.Run("sends header, body and token to "+address, func(t *testing.T) {
			s, err := post(t, address)
			if err != nil || len(s.Calls) != 1 {
				t.Fatalf("%d calls, %v", len(s.Calls), err)
			}
			h := s.Calls[0].Header
			if s.Calls[0].Method != "POST" || s.Bodies[0] != "{}" || h.Get("Content-Type") != "application/json" ||
				h.Get("Prefer") != "x" || h.Get("Authorization") != "Bearer token-0" {
				t.Errorf("sent %q with %v", s.Bodies, h)
			}
		})
	}
	for _, address := range []string{
		"https://example.com/x", "http://outlook.office365.com/x", "https://office365.com/x", "https://outlook.office365.com:446/x",
	} {
		t.Run("sends nothing to "+address, func(t *testing.T) {
			s, err := post(t, address)
			if err == nil || !strings.Contains(err.Error(), "is not sent there") || len(s.Calls) > 0 {
				t.Errorf("%d calls, %v", len(s.Calls), err)
			}
		})
	}
}
