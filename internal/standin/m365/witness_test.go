//go:build witness

package m365_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/standin/m365"
)

// witness is a simulated Microsoft, and clients of the real one that work in its
// environment; test/witness/run.sh installs them.
type witness struct {
	*lab
	customer    m365.Customer
	folder, own string // of the clients; of this test
}

func newWitness(t *testing.T, o m365.Options) *witness {
	t.Helper()
	o.Customers = 3
	w := &witness{lab: start(t, o), folder: os.Getenv("WITNESS"), own: t.TempDir()}
	if w.folder == "" {
		t.Fatal("WITNESS is not set: run make test-witness")
	}
	w.customer = w.Customers()[0]
	t.Cleanup(func() {
		if got := w.Counts(); len(got.Refused) > 0 || got.Kinds[m365.KindUnknown].Requests > 0 {
			t.Errorf("requests outside the services: %q, and %d requests that no service knows", got.Refused, got.Kinds[m365.KindUnknown].Requests)
		}
	})
	return w
}

// environ is what a client gets: the cloud's environment, in the names that each
// library has for it, and the credentials.
func (w *witness) environ(credentials ...string) []string {
	authority := w.env["SSL_CERT_FILE"]
	return slices.Concat(w.Env(), credentials, []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + w.own, "REQUESTS_CA_BUNDLE=" + authority, "NODE_EXTRA_CA_CERTS=" + authority,
		"NODE_OPTIONS=--no-warnings --import " + filepath.Join(w.folder, "connect.mjs"),
		"CUSTOMER=" + w.customer.TenantID, "CLIENT_SECRET=" + w.ClientSecret(),
	})
}

// output runs a client to its end.
func (w *witness) output(t *testing.T, environ []string, command ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	client := exec.CommandContext(ctx, command[0], command[1:]...)
	client.Env, client.Dir = environ, w.own
	var complaint bytes.Buffer
	client.Stderr = &complaint
	out, err := client.Output()
	if err != nil {
		t.Fatalf("%q: %v: %s%s", command, err, out, &complaint)
	}
	return out
}

// said is what the clients of test/witness print.
type said struct {
	Token, User, Error string
	Value, Version     string
	Body               []byte
	Status             int
	Code               string
	Codes              []int
	Records            [][]any
}

func (w *witness) python(t *testing.T, environ []string, arguments ...string) said {
	t.Helper()
	python := []string{filepath.Join(w.folder, ".venv/bin/python"), filepath.Join(w.folder, "client.py")}
	return read(t, w.output(t, environ, append(python, arguments...)...))
}

func (w *witness) node(t *testing.T, environ []string, arguments ...string) said {
	t.Helper()
	return read(t, w.output(t, environ, append([]string{"node", filepath.Join(w.folder, "sign-in.mjs")}, arguments...)...))
}

func read(t *testing.T, out []byte) (got said) {
	t.Helper()
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return got
}

func TestWitnessesSignIn(t *testing.T) {
	for auth, how := range map[m365.Auth]string{
		m365.SecretOnly: "secret", m365.CertificatePEM: "certificate", m365.RefreshTokenSecret: "refresh-token",
	} {
		w := newWitness(t, m365.Options{Auth: auth})
		var credentials []string
		switch auth {
		case m365.CertificatePEM:
			pem := filepath.Join(w.own, "certificate.pem")
			if err := os.WriteFile(pem, []byte(w.vault("/secrets/partner-certificate?api-version=7.6").find("value")), 0o600); err != nil {
				t.Fatal(err)
			}
			credentials = []string{"CERTIFICATE=" + pem}
		case m365.RefreshTokenSecret:
			credentials = []string{"REFRESH_TOKEN=" + w.StoredRefreshTokens()[0]}
		}
		environ := w.environ(credentials...)
		for client, signIn := range map[string]func() said{
			"msal for Python": func() said { return w.python(t, environ, "sign-in", how) },
			"msal for Node":   func() said { return w.node(t, environ, how) },
		} {
			t.Run(client+" with a "+how, func(t *testing.T) {
				got := signIn()
				if a := w.graph(got.Token, "/v1.0/organization"); a.status != 200 || !strings.Contains(a.body, w.customer.TenantID) {
					t.Errorf("%+v, then %d %s", got, a.status, a.body)
				}
				if user := got.User != ""; user != (how == "refresh-token") {
					t.Errorf("as user %q", got.User)
				}
			})
		}
	}
	t.Run("or read why not", func(t *testing.T) {
		w := newWitness(t, m365.Options{})
		w.SetOutage(m365.SecretWrong, true)
		for client, got := range map[string]said{
			"Python": w.python(t, w.environ(), "sign-in", "secret"), "Node": w.node(t, w.environ(), "secret"),
		} {
			if got.Error != "invalid_client" || !slices.Equal(got.Codes, []int{7000215}) {
				t.Errorf("%s: %+v", client, got)
			}
		}
	})
}

func TestWitnessesUseTheIdentityAndTheVault(t *testing.T) {
	w := newWitness(t, m365.Options{})
	t.Run("a token of the managed identity", func(t *testing.T) {
		got := w.python(t, w.environ(), "identity", "https://storage.azure.com")
		if claims := claimsOf(t, got.Token); claims["aud"] != "https://storage.azure.com" {
			t.Errorf("claims %v", claims)
		}
	})
	t.Run("a secret, after the vault's challenge", func(t *testing.T) {
		w.ResetCounts()
		got := w.python(t, w.environ(), "vault", "partner-client-secret", "7.6")
		if n := w.Counts().Kinds[m365.KindVault].Requests; got.Value != w.ClientSecret() || got.Version == "" || n != 2 {
			t.Errorf("%+v after %d requests", got, n)
		}
	})
	t.Run("no secret of that name", func(t *testing.T) {
		if got := w.python(t, w.environ(), "vault", "nothing", "7.6"); got.Status != 404 || got.Code != "SecretNotFound" {
			t.Errorf("%+v", got)
		}
	})
	// The library asks for the newest version that it knows, while ours asks for one
	// that the vaults of every cloud know.
	t.Run("a version that this vault doesn't know yet", func(t *testing.T) {
		if got := w.python(t, w.environ(), "vault", "partner-client-secret"); got.Status != 400 || got.Code != "BadParameter" {
			t.Errorf("%+v", got)
		}
	})
}

func TestWitnessOfTheSDK(t *testing.T) {
	w := newWitness(t, m365.Options{Rows: 130, CallLimit: 1000})
	for _, call := range []string{"getMailboxUsageMailboxCounts(period='D7')", "getEmailActivityUserDetail(period='D30')", "getOffice365ActivationCounts"} {
		t.Run(call, func(t *testing.T) {
			if got := w.python(t, w.environ(), "report", call); !bytes.Equal(got.Body, w.Served(w.customer.TenantID, call)) {
				t.Errorf("%d bytes, %d were served", len(got.Body), len(w.Served(w.customer.TenantID, call)))
			}
		})
	}
	for path, names := range map[string]string{
		"/users": "id displayName accountEnabled usageLocation",
		"/reports/authenticationMethods/userRegistrationDetails": "id userPrincipalName isMfaCapable methodsRegistered",
		"/subscribedSkus":                            "id skuPartNumber consumedUnits subscriptionIds",
		"/directory/subscriptions":                   "id skuPartNumber totalLicenses isTrial",
		"/roleManagement/directory/roleAssignments":  "id principalId roleDefinitionId",
		"/roleManagement/directory/roleDefinitions":  "id displayName description isBuiltIn",
		"/security/secureScores":                     "id currentScore enabledServices",
		"/deviceManagement/managedDevices":           "id deviceName totalStorageSpaceInBytes isEncrypted complianceState notes",
		"/identity/conditionalAccess/policies":       "id displayName state",
		"/domains":                                   "id isVerified supportedServices passwordValidityPeriodInDays",
		"/admin/serviceAnnouncement/healthOverviews": "id service status",
	} {
		t.Run(path[1:], func(t *testing.T) {
			properties := strings.Fields(names)
			got := w.python(t, w.environ(), append([]string{"collection", path}, properties...)...)
			var want [][]any
			for _, record := range w.Objects(w.customer.TenantID, path+"?$select="+strings.Join(properties, ",")) {
				var members map[string]any
				if err := json.Unmarshal(record, &members); err != nil {
					t.Fatal(err)
				}
				var row []any
				for _, name := range properties {
					row = append(row, members[name])
				}
				want = append(want, row)
			}
			if len(want) == 0 || !reflect.DeepEqual(got.Records, want) {
				t.Errorf("read %v, want %v (%d %s)", got.Records, want, got.Status, got.Code)
			}
		})
	}
	t.Run("or why not", func(t *testing.T) {
		w.SetFault(0, m365.NoPremium)
		got := w.python(t, w.environ(), "collection", "/reports/authenticationMethods/userRegistrationDetails", "id")
		if got.Status != 403 || got.Code != "Authentication_RequestFromNonPremiumTenantOrB2CTenant" {
			t.Errorf("%+v", got)
		}
	})
}

// annotation matches an annotation of text in JSON.
var annotation = regexp.MustCompile(`"\w*@odata\.\w+":"[^"]*",`)

// lineBreak is one in JSON: the command line writes a backslash before it, into the text
// (getJsonOutput in its Command.js).
var lineBreak = regexp.MustCompile(`([^\\])\\n`)

func TestWitnessOfTheCommandLine(t *testing.T) {
	w := newWitness(t, m365.Options{Rows: 130, CallLimit: 1000})
	settings := filepath.Join(w.own, ".config/configstore/cli-m365-config.json")
	if err := cmp.Or(os.MkdirAll(filepath.Dir(settings), 0o700), os.WriteFile(settings, []byte(`{"disableTelemetry":true}`), 0o600)); err != nil {
		t.Fatal(err)
	}
	environ := w.environ("NO_UPDATE_NOTIFIER=1")
	m365cli := func(t *testing.T, arguments ...string) []byte {
		t.Helper()
		return w.output(t, environ, append([]string{filepath.Join(w.folder, "node_modules/.bin/m365")}, arguments...)...)
	}
	m365cli(t, "login", "--authType", "secret", "--appId", w.env["PARTNER_CLIENT_ID"], "--tenant", w.customer.TenantID, "--secret", w.ClientSecret())
	for command, path := range map[string]string{
		"entra license list": "/subscribedSkus",
		"entra user list":    "/users",
		"entra user list --type Guest --properties id,displayName,createdDateTime": "/users?$select=id,displayName,createdDateTime&$filter=userType eq 'Guest'",
		"entra user registrationdetails list":                                      "/reports/authenticationMethods/userRegistrationDetails",
		"entra roledefinition list":                                                "/roleManagement/directory/roleDefinitions",
		"tenant serviceannouncement health list":                                   "/admin/serviceAnnouncement/healthOverviews",
	} {
		t.Run(command, func(t *testing.T) {
			var got, want []map[string]any
			served := "[" + strings.Join(texts(w.Objects(w.customer.TenantID, path)), ",") + "]"
			served = annotation.ReplaceAllString(served, "") // it requests no metadata
			served = lineBreak.ReplaceAllString(served, `${1}\\\n`)
			if err := json.Unmarshal([]byte(served), &want); err != nil {
				t.Fatal(err)
			}
			out := m365cli(t, append(strings.Fields(command), "--output", "json")...)
			if err := json.Unmarshal(out, &got); err != nil || len(want) == 0 || len(got) != len(want) {
				t.Fatalf("%v: read %d of %d from %s", err, len(got), len(want), out)
			}
			for i := range want {
				if !reflect.DeepEqual(got[i], want[i]) {
					t.Errorf("read %v, want %v", got[i], want[i])
				}
			}
		})
	}
	for command, call := range map[string]string{
		"outlook report mailboxusagemailboxcount --period D7": "getMailboxUsageMailboxCounts(period='D7')",
		"outlook report mailactivityuserdetail --period D30":  "getEmailActivityUserDetail(period='D30')",
		"tenant report office365activationcounts":             "getOffice365ActivationCounts",
	} {
		t.Run(command, func(t *testing.T) {
			got := strings.TrimSpace(string(m365cli(t, append(strings.Fields(command), "--output", "csv")...)))
			want := strings.Trim(string(w.Served(w.customer.TenantID, call)), "\ufeff\n")
			if got != want {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
}
