package m365

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"
)

// userName is the person whose refresh token the partner's app has.
const userName = "Reports Reader"

func (c *Cloud) partnerUser() string { return "reports@" + c.partner.DefaultDomain }

// openIDScopes are those that MSAL adds to a resource's.
var openIDScopes = []string{"openid", "offline_access", "profile"}

// identify adds who signed in to the answer of a refresh token, as far as the request
// asks: an id token for the scope openid, and client_info.
func (c *Cloud) identify(form url.Values, got claims, answer map[string]any) {
	if slices.Contains(strings.Fields(form.Get("scope")), "openid") {
		answer["id_token"] = c.keys.jwt(idClaims{
			Audience: got.App, Issuer: "https://" + loginHost + "/" + got.Tenant + "/v2.0",
			IssuedAt: time.Now().Unix(), NotBefore: time.Now().Unix(), Expires: time.Now().Add(time.Hour).Unix(),
			Name: userName, User: got.User, Object: got.Object, Subject: got.Object, Tenant: got.Tenant, Version: "2.0",
		})
	}
	if form.Get("client_info") == "1" {
		text, err := json.Marshal(map[string]string{"uid": got.Object, "utid": got.Tenant})
		if err != nil {
			panic(err) // strings always marshal
		}
		answer["client_info"] = encode(text)
	}
}

// idClaims are the claims of an id token.
type idClaims struct {
	Audience  string `json:"aud"`
	Issuer    string `json:"iss"`
	IssuedAt  int64  `json:"iat"`
	NotBefore int64  `json:"nbf"`
	Expires   int64  `json:"exp"`
	Name      string `json:"name"`
	User      string `json:"preferred_username"`
	Object    string `json:"oid"`
	Subject   string `json:"sub"`
	Tenant    string `json:"tid"`
	Version   string `json:"ver"`
}
