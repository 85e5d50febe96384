package exchange

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"tenantrollup/internal/msapi/msapitest"
	"tenantrollup/internal/run"
	"tenantrollup/internal/run/runtest"
)

const linkRefusal = `{"error":{"code":"BadRequest","message":"Invalid Operation","innererror":{"message":"Invalid Operation","type":"x",` +
	`"internalexception":{"message":"Expired or Invalid pagination request.","type":"System.Exception"}}}}`

func TestARefusedNextLinkStartsTheCmdletAgain(t *testing.T) {
	first := answered(`{"A":"1"}`, front+"?2")
	refused := msapitest.Answer{Status: http.StatusBadRequest, Body: linkRefusal}
	t.Run("and earlier records do not appear twice", func(t *testing.T) {
		service := &msapitest.Service{Answers: []msapitest.Answer{first, refused, first, refused, first, answered(`{"A":"2"}`, "")}}
		into, err := gather(t, service, "Get-Mailbox", io.Discard)
		if err != nil || into.String() != "A\r\n1\r\n2\r\n" || into.Resets != 2 {
			t.Errorf("got %q after %d resets, %v", into, into.Resets, err)
		}
	})
	t.Run("three times in all, and then the failure is temporary", func(t *testing.T) {
		service := &msapitest.Service{Answers: []msapitest.Answer{first, refused, first, refused, first, refused}}
		_, err := gather(t, service, "Get-Mailbox", io.Discard)
		f := runtest.WantFailure(t, err, run.ServiceFault)
		if !f.Transient || len(service.Calls) != 6 || strings.Contains(f.Remedy, "Correct the cmdlet") || !strings.Contains(f.Message, "pagination") {
			t.Errorf("%d calls, %+v", len(service.Calls), f)
		}
	})
	t.Run("a refused first page is not requested again", func(t *testing.T) {
		service := &msapitest.Service{Answers: []msapitest.Answer{refused}}
		_, err := gather(t, service, "Get-Mailbox", io.Discard)
		if f := runtest.WantFailure(t, err, run.ServiceFault); f.Transient || len(service.Calls) != 1 {
			t.Errorf("%d calls, %+v", len(service.Calls), f)
		}
	})
}

func TestAnErrorInThePlaceOfRecordsFails(t *testing.T) {
	for rule, before := range map[string]string{"without a list": "", "after no records": `"value":[],`, "after some": `"value":[{"A":"1"}],`} {
		t.Run(rule, func(t *testing.T) {
			service := &msapitest.Service{Answers: []msapitest.Answer{{Status: 200, Body: `{` + before + `"error":{"code":"InternalError","message":"It broke."}}`}}}
			_, err := gather(t, service, "Get-Mailbox", io.Discard)
			if f := runtest.WantFailure(t, err, run.ServiceFault); !strings.Contains(f.Message, "It broke.") {
				t.Errorf("%+v", f)
			}
		})
	}
	t.Run("null is no error", func(t *testing.T) {
		service := &msapitest.Service{Answers: []msapitest.Answer{{Status: 200, Body: `{"error":null,"value":[{"A":"1"}]}`}}}
		if into, err := gather(t, service, "Get-Mailbox", io.Discard); err != nil || into.String() != "A\r\n1\r\n" {
			t.Errorf("got %q, %v", into, err)
		}
	})
}

func TestTheAnchorNamesTheInitialDomainIfItIsKnown(t *testing.T) {
	for domain, want := range map[string]string{
		"":                              tenant,
		"fabrikam.example":              tenant,
		"Fabrikam.onmicrosoft.com":      "fabrikam.onmicrosoft.com",
		"fabrikam.onmicrosoft.us":       "fabrikam.onmicrosoft.us",
		"fabrikam.partner.onmschina.cn": "fabrikam.partner.onmschina.cn",
		"fabrikam.mail.onmicrosoft.com": tenant,
	} {
		if got := anchored(run.Customer{TenantID: tenant, Domain: domain}); got != want {
			t.Errorf("of %q: got %q, want %q", domain, got, want)
		}
	}
}
