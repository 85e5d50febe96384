package refusal_test

import (
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"

	"tenantrollup/internal/refusal"
	"tenantrollup/internal/run"
)

// held has every character that some encoding changes.
const held = `s3cr3t/+="<&> %41\u0042é~.x`

// percented encodes every byte, as few programs do and any may.
func percented(text string) string {
	var out strings.Builder
	for _, b := range []byte(text) {
		fmt.Fprintf(&out, "%%%02x", b)
	}
	return out.String()
}

func quoted(text string) string {
	encoded, _ := json.Marshal(text)
	return strings.Trim(string(encoded), `"`)
}

// shapes are the ways in which a service may repeat what it was told.
var shapes = map[string]func(string) string{
	"plain":                       func(text string) string { return text },
	"form-encoded":                url.QueryEscape,
	"percent-encoded":             url.PathEscape,
	"percent-encoded throughout":  percented,
	"percent-encoded twice":       func(text string) string { return url.QueryEscape(url.QueryEscape(text)) },
	"JSON-escaped":                quoted,
	"JSON-escaped twice":          func(text string) string { return quoted(quoted(text)) },
	"JSON-escaped with slashes":   func(text string) string { return strings.ReplaceAll(quoted(text), "/", `\/`) },
	"form-encoded, in JSON":       func(text string) string { return quoted(url.QueryEscape(text)) },
	"JSON-escaped, in an address": func(text string) string { return url.QueryEscape(quoted(text)) },
	"HTML-escaped":                html.EscapeString,
}

func TestASecretIsClearedInEveryShape(t *testing.T) {
	var secrets refusal.Secrets
	secrets.Hold(held)
	for shape, encode := range shapes {
		t.Run(shape, func(t *testing.T) {
			said := encode(held)
			got := secrets.With("another").Clear("you sent " + said + ", twice: " + said)
			if got != "you sent [secret], twice: [secret]" {
				t.Errorf("%s became %s", said, got)
			}
		})
	}
}

func TestWhatLooksLikeASecretIsCleared(t *testing.T) {
	const (
		part    = "mZb3-x_9QvT7kLw2RdY5" // of what nobody can guess
		jwt     = "eyJ0eXAiOiJKV1Qi" + part + ".eyJhdWQiOiJ4" + part + "." + part
		refresh = "1.AXkA" + part + part + ".AgABAwEAAAD" + part
		ticket  = "abc8Q~" + part + part
		account = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
	)
	for what, c := range map[string]struct{ secret, within string }{
		"an access token":                {jwt, jwt},
		"an access token without an end": {jwt[:60], jwt[:60]},
		"a refresh token":                {refresh, refresh},
		"a client secret":                {ticket, ticket},
		"a storage account's key":        {account, account},
		"a signed address":               {part, "https://contoso.blob.core.windows.net/reports/a?sv=2025-11-05&sig=" + part + "%3D"},
		"a function's address":           {part, "https://contoso.azurewebsites.net/api/runs?code=" + part + "=="},
		"a signature by itself":          {part, "Signature did not match: sig=" + part},
		"a form":                         {"hunter2+hunter2", "grant_type=refresh_token&refresh_token=hunter2+hunter2&scope=x"},
		"a form in JSON":                 {"hunter2+hunter2", `{"client_secret": "hunter2+hunter2"}`},
		"a channel's address":            {part, "https://contoso.webhook.office.com/webhookb2/" + part + "/IncomingWebhook/" + part},
		"a flow's address":               {part, "https://prod-1.westeurope.logic.azure.com:443/workflows/" + part + "/triggers/manual"},
		"a chat's address":               {"T0/B0", "https://hooks.slack.com/services/T0/B0/" + part},
		"a proxy's password":             {"hunter2", `invalid proxy address "http://me:hunter2@:x"`},
		"a private key":                  {part, "-----BEGIN PRIVATE KEY-----\n" + part + "\n-----END PRIVATE KEY-----"},
	} {
		for shape, encode := range shapes {
			t.Run(what+", "+shape, func(t *testing.T) {
				said := encode(c.within)
				got := new(refusal.Secrets).Clear("you sent " + said)
				for _, hidden := range []string{c.secret, encode(c.secret)} {
					if strings.Contains(got, hidden) {
						t.Errorf("%s became %s", said, got)
					}
				}
			})
		}
	}
}

func TestWhatHelpsAPersonIsLeft(t *testing.T) {
	for _, said := range []string{
		"AADSTS7000218: The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
		"The object CONTOSO\\name isn't in example.onmicrosoft.com/Users & Groups (5 % of 100%2).",
		"Ex6F9304|Microsoft.Exchange.Configuration.Authorization.CmdletAccessDeniedException|The role isn't supported.",
		"See https://learn.microsoft.com/graph/errors and https://learn.microsoft.com/azure/logic-apps/workflows.",
		"Correlation ID: 4d1c6c4b-5f0e-4a86-9f6d-8a6f1f5d3c2b, code=403",
		`{"error":{"code":"Odd","message":"a \"b\" c"}}`,
	} {
		if got := new(refusal.Secrets).Clear(said); got != said {
			t.Errorf("%s became %s", said, got)
		}
	}
}

// Whatever field of a refusal a service puts a secret into, no failure has it.
func TestNoFieldOfARefusalShowsASecret(t *testing.T) {
	var secrets refusal.Secrets
	secrets.Hold(held)
	for shape, encode := range shapes {
		said, _ := json.Marshal("you sent " + encode(held) + strings.Repeat(" word", 5))
		long, _ := json.Marshal(strings.Repeat("x", 490) + encode(held))
		for _, text := range []string{
			fmt.Sprintf(`{"error":%s,"error_description":%s,"error_codes":[7000215],"correlation_id":%[1]s,"timestamp":%[1]s}`, said, said),
			fmt.Sprintf(`{"error":{"code":%s,"message":%[1]s,"innerError":{"request-id":%[1]s,"date":%[1]s}}}`, said),
			fmt.Sprintf(`{"error":{"code":"x","message":%s},"error_description":%[1]s}`, long),
		} {
			answer := refusal.Answer{Host: "host", Status: 400, Text: []byte(text), Secrets: &secrets}
			for _, f := range []*run.Failure{refusal.Entra(answer), refusal.Graph(answer), refusal.Exchange(answer)} {
				shown := f.Error() + f.CorrelationID
				if strings.Contains(shown, "s3cr3t") || strings.Contains(shown, encode(held)) || strings.Contains(shown, percented("s3")) {
					t.Errorf("%s: %s", shape, shown)
				}
			}
		}
	}
}
