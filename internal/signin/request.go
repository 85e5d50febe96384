package signin

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"

	"tenantrollup/internal/msapi"
	"tenantrollup/internal/refusal"
	"tenantrollup/internal/run"
)

// unknownCertificate is also Entra's answer for some seconds after a new
// certificate was uploaded.
const unknownCertificate = 700027

func tokenWorthRetrying(r refusal.Answer) bool {
	return refusal.Entra(r).Transient || refusal.EntraCode(r.Text) == unknownCertificate
}

// grant is a token and the moment from which it is no longer used.
type grant struct {
	token   string
	until   time.Time
	earlier bool // an earlier slice got it
}

// expiryMargin leaves a token time for the calls that it is handed out for.
const expiryMargin = 2 * time.Minute

// keptMargin is that of a token that an earlier slice left.
const keptMargin = 5 * time.Minute

const (
	longestGrant = 1 << 20   // bytes
	longestLife  = 24 * 3600 // seconds; a token that is said to last longer is requested again after a day
)

// request asks Entra for one token, by the client credentials grant
// (https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow),
// unless the credential sets another one. A refresh token's grant comes with its
// successor.
func (p *Partner) request(ctx context.Context, tenantID, scope string) (g grant, successor string, err error) {
	endpoint := "https://" + p.login + "/" + url.PathEscape(tenantID) + "/oauth2/v2.0/token"
	form := url.Values{"client_id": {p.clientID}, "scope": {scope}, "grant_type": {"client_credentials"}}
	hide, err := p.credential.prove(ctx, form, p.clientID, endpoint)
	if err != nil {
		return grant{}, "", err
	}
	secrets := p.secrets.With(hide...)
	req, err := runtime.NewRequest(ctx, http.MethodPost, endpoint)
	if err != nil {
		return grant{}, "", fmt.Errorf("token request to %s: %w", p.login, err)
	}
	req.SetOperationValue(msapi.Tenant(tenantID))
	req.SetOperationValue(msapi.Whole)
	body := streaming.NopCloser(strings.NewReader(form.Encode()))
	if err := req.SetBody(body, "application/x-www-form-urlencoded"); err != nil {
		return grant{}, "", fmt.Errorf("token request to %s: %w", p.login, err)
	}
	resp, err := p.pipeline.Do(req)
	if err != nil {
		return grant{}, "", msapi.ConnectionFailure(ctx, secrets, p.login, err)
	}
	if resp.StatusCode != http.StatusOK {
		return grant{}, "", p.refused(msapi.NewRefusal(secrets, p.login, resp), tenantID)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, longestGrant))
	if err != nil {
		return grant{}, "", msapi.ConnectionFailure(ctx, secrets, p.login, err)
	}
	return p.accept(secrets, text, tenantID)
}

func (p *Partner) refused(r refusal.Answer, tenantID string) *run.Failure {
	r.ConsentURL = p.ConsentURL(tenantID)
	f := refusal.Entra(r)
	if strings.EqualFold(tenantID, p.tenantID) && !f.Transient && f.Class != run.PartnerCredential {
		forCustomer := f.Remedy
		if slices.Contains([]run.Class{run.TenantGone, run.WrongCloud, run.RelationshipEnded}, f.Class) {
			forCustomer = "" // a customer can be left out, the partner can't
		}
		f.Class = run.PartnerCredential
		f.Remedy = strings.TrimSpace("The app cannot sign in to the partner's own tenant: check PARTNER_TENANT_ID, PARTNER_CLIENT_ID and CLOUD. " + forCustomer)
	}
	return f
}

func (p *Partner) accept(secrets *refusal.Secrets, text []byte, tenantID string) (g grant, successor string, err error) {
	var answer struct {
		Token     string `json:"access_token"`
		ExpiresIn int    `json:"expires_in"` // seconds
		Successor string `json:"refresh_token"`
	}
	if err := json.Unmarshal(text, &answer); err != nil || answer.Token == "" {
		return grant{}, "", &run.Failure{
			Class:   run.ServiceFault,
			SignIn:  true,
			Message: p.login + " answered 200 without a token.",
			Remedy:  "If a proxy is in between, have it leave this host's traffic unchanged.",
		}
	}
	if tid, readable := tenantOf(answer.Token); readable && !strings.EqualFold(tid, tenantID) {
		return grant{}, "", &run.Failure{
			Class:   run.ServiceFault,
			SignIn:  true,
			Message: fmt.Sprintf("%s answered with a token for tenant %q, which is not used.", p.login, run.Clip(secrets.Name(tid), 40)),
			Remedy:  "Report it to Microsoft.",
		}
	}
	seconds := min(max(answer.ExpiresIn, 0), longestLife)
	life := time.Duration(seconds)*time.Second - expiryMargin
	return grant{token: answer.Token, until: time.Now().Add(life)}, answer.Successor, nil
}

// tenantOf returns the tid claim of a token that can be read. One that cannot is
// passed on: tokens are their audience's business, and this is only a safeguard.
func tenantOf(token string) (tid string, readable bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", false
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "", false
	}
	var claims struct {
		TenantID string `json:"tid"`
	}
	err = json.Unmarshal(payload, &claims) // a tid that is not a string is not the one asked for
	if _, broken := errors.AsType[*json.SyntaxError](err); broken {
		return "", false
	}
	return claims.TenantID, true
}

// newID returns a random id for an assertion.
func newID() string { return rand.Text() }
