package runstore_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"tenantrollup/internal/run"
	"tenantrollup/internal/runstore"
)

// refused answers as storage does: the code is in a header, and in a body if the
// request is not a HEAD.
func refused(w http.ResponseWriter, status int, code bloberror.Code, details string) {
	w.Header().Set("Server", "Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0")
	w.Header().Set("x-ms-request-id", "0cc4fe84-d01e-0009-4108-e4e15f000000")
	w.Header().Set("x-ms-version", "2025-11-05")
	w.Header().Set("x-ms-error-code", string(code))
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, "\ufeff<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>%s</Code><Message>Refused.\n"+
		"RequestId:0cc4fe84-d01e-0009-4108-e4e15f000000\nTime:2026-11-24T01:00:06.8703261Z</Message>%s</Error>", code, details)
}

// onlyReads and onlyWrites are the kinds of requests that some codes never answer.
const (
	onlyReads  = "read"
	onlyWrites = "write"
)

func TestEachRefusalOfStorageHasItsReasonAndRemedy(t *testing.T) {
	const stays, passes = false, true
	for _, r := range []struct {
		status  int
		code    bloberror.Code
		details string
		passes  bool
		says    string
		todo    string
		to      string
	}{
		{403, "AuthorizationFailure", "", stays, "firewall blocks this machine", "Allow the function app's network", ""},
		{403, "AuthorizationPermissionMismatch", "", stays, "no role that allows it", "Give the function's identity the role ", ""},
		{403, "UnauthorizedBlobOverwrite", "", stays, "no role that allows it", "Give the function's identity the role ", ""},
		{403, "InsufficientAccountPermissions", "", stays, "does not currently allow it", "Check in the portal", ""},
		{403, "KeyBasedAuthenticationNotPermitted", "", stays, "does not accept access keys", "Set REPORTS_STORAGE__accountName instead of REPORTS_STORAGE", ""},
		{403, "AccountIsDisabled", "", stays, "account is disabled", "Enable the account's subscription", ""},
		{403, "AuthenticationFailed", "<AuthenticationErrorDetail>Server used following string to sign: 's3cr3t'.</AuthenticationErrorDetail>",
			stays, "does not accept the request's signature", "Copy the connection string again", ""},
		{403, "KeyVaultEncryptionKeyNotFound", "", stays, "cannot get the key that it is encrypted with", "Restore the account's customer-managed key", ""},
		{401, "NoAuthenticationInformation", "", stays, "without a sign-in", "Make sure that no proxy removes the Authorization header", ""},
		{401, "InvalidAuthenticationInfo", "", stays, "from another tenant", "Use an identity of the tenant", ""},
		{409, "PublicAccessNotPermitted", "", stays, "allows no anonymous access", "Make sure that no proxy removes the Authorization header", ""},
		{400, "AccountRequiresHttps", "", stays, "accepts only https", "Write https into the connection string", ""},
		{400, "InvalidHeaderValue", "<HeaderName>x-ms-version</HeaderName><HeaderValue>2025-11-05</HeaderValue>",
			stays, "does not accept the request's x-ms-version 2025-11-05", "Install the newest release", ""},
		{400, "UnsupportedHeader", "<HeaderName>x-ms-access-tier</HeaderName>", stays, "does not accept the request's x-ms-", "Install the newest release", ""},
		{412, "LeaseIdMissing", "", stays, "holds a lease on the blob", "Break it with az storage blob lease break", ""},
		{409, "LeaseAlreadyPresent", "", stays, "holds a lease on the blob", "Break it with az storage blob lease break", ""},
		{409, "BlobImmutableDueToPolicy", "", stays, "immutability policy or a legal hold", "Remove the policy or the hold", ""},
		{409, "BlobImmutableDueToLegalHold", "", stays, "immutability policy or a legal hold", "another container in REPORTS_CONTAINER", ""},
		{409, "BlobArchived", "", stays, "in the archive tier", "Bring it back with az storage blob set-tier", ""},
		{409, "BlobBeingRehydrated", "", stays, "being restored from the archive tier", "Wait until it is restored", ""},
		{409, "PendingCopyOperation", "", stays, "being copied onto the blob", "Wait until the copy has ended", ""},
		{409, "ContainerDisabled", "", stays, "has disabled the container", "Have it enabled", ""},
		{409, "ContainerBeingDeleted", "", passes, "container is being deleted", "Wait: the container is created again", ""},
		{409, "AccountBeingCreated", "", passes, "still being created", "Wait until it is ready", ""},
		{409, "InvalidBlobType", "", stays, "not a block blob", "Delete it", ""},
		{409, "BlobOperationNotSupported", "", stays, "not a block blob", "Delete it", ""},
		{400, "BlobTypeNotSupported", "", stays, "account of this kind does not support this", "Name a general-purpose v2 account", ""},
		{409, "FeatureNotYetSupportedForHierarchicalNamespaceAccounts", "", stays, "account of this kind does not support this", "Name a general-purpose v2 account", ""},
		{400, "InvalidBlobOrBlock", "", stays, "ids of a different length", "Delete the blob, or wait a week", ""},
		{409, "BlockCountExceedsLimit", "", stays, "as many staged blocks as storage allows", "Delete the blob, or wait a week", ""},
		{404, "BlobNotFound", "", passes, "has deleted the blob or its container", "Nothing: the run starts again", onlyWrites},
		{412, "ConditionNotMet", "", passes, "has written the blob in the meantime", "Nothing: the next run", onlyReads},
		{503, "ServerBusy", "", passes, "down or overloaded", "Nothing: the next run", ""},
		{409, "SomethingNew", "", stays, "", "Look it up at https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes", ""},
	} {
		t.Run(string(r.code), func(t *testing.T) {
			account := ""
			c := answering(t, func(w http.ResponseWriter, req *http.Request) {
				account = req.Host + "/contoso"
				refused(w, r.status, r.code, r.details)
			})
			for operation, request := range requests {
				kind := onlyReads
				if strings.Contains(operation, "write") || strings.HasPrefix(operation, "stage") || strings.HasPrefix(operation, "commit") {
					kind = onlyWrites
				}
				if r.to != "" && r.to != kind {
					continue
				}
				f := failed(t, request(t.Context(), c))
				for _, part := range []string{r.says, account, fmt.Sprintf("answered %d %s when asked to %s.", r.status, r.code, operation)} {
					if !strings.Contains(f.Message, part) {
						t.Errorf("%s: message %q does not say %q", operation, f.Message, part)
					}
				}
				if !strings.Contains(f.Message, "(container reports)") && !strings.Contains(operation, "get a key") {
					t.Errorf("message %q does not name the container", f.Message)
				}
				if !strings.Contains(f.Remedy, r.todo) || !strings.HasSuffix(f.Remedy, ".") {
					t.Errorf("%s: remedy %q, want %q", operation, f.Remedy, r.todo)
				}
				if f.Transient != r.passes {
					t.Errorf("%s: passes %t, want %t", operation, f.Transient, r.passes)
				}
				for _, secret := range []string{"s3cr3t", "?", "comp=", "\n"} {
					if strings.Contains(f.Error(), secret) {
						t.Errorf("%s: shows %q: %s", operation, secret, f)
					}
				}
			}
		})
	}
}

// failed is the failure that every error of storage is.
func failed(t *testing.T, err error) *run.Failure {
	t.Helper()
	f, ok := errors.AsType[*run.Failure](err)
	if !ok || errors.Is(err, run.ErrRefused) {
		t.Fatalf("got %v, want a failure that says what to do", err)
	}
	return f
}

func TestALostRaceIsOnlyWhatStorageSaysIsOne(t *testing.T) {
	writes := []string{"write blob a", "write the metadata of blob a", "commit blob a"}
	for _, r := range []struct {
		rule   string
		answer http.HandlerFunc
		lost   bool
	}{
		{"somebody else has written", says(412, "ConditionNotMet"), true},
		{"somebody else has copied onto it", says(412, "TargetConditionNotMet"), true},
		{"somebody else has created it", says(409, "BlobAlreadyExists"), true},
		{"a 412 without a code is about the request's condition", says(412, ""), true},
		{"a 409 without a code may mean anything", says(409, ""), false},
		{"a lease is a lock", says(412, "LeaseIdMissing"), false},
		{"so is a policy", says(409, "BlobImmutableDueToPolicy"), false},
		{"so is an archive", says(409, "BlobArchived"), false},
		{"so may be an unknown code", says(409, "SomethingNew"), false},
		{"and an answer from something in between", page(409), false},
	} {
		t.Run(r.rule, func(t *testing.T) {
			c := answering(t, r.answer)
			for _, operation := range writes {
				if err := requests[operation](t.Context(), c); errors.Is(err, run.ErrRefused) != r.lost {
					t.Errorf("%s: %v", operation, err)
				}
			}
		})
	}
}

// says is a storage that answers everything with this code; without one it has
// nothing but the id of the request.
func says(status int, code bloberror.Code) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if code != "" {
			refused(w, status, code, "")
			return
		}
		w.Header().Set("x-ms-request-id", "0cc4fe84-d01e-0009-4108-e4e15f000000")
		w.WriteHeader(status)
	}
}

// page is a proxy's: nothing that storage says, but HTML that looks like it.
func page(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		fmt.Fprintf(w, "<html><title>Access denied</title><Code>AuthorizationFailure</Code><code>%d</code></html>", status)
	}
}

func TestAProxysPageIsNotAnAnswerOfStorage(t *testing.T) {
	for _, r := range []struct {
		status int
		passes bool
	}{{403, false}, {404, false}, {407, false}, {502, true}, {503, true}} {
		t.Run(fmt.Sprint(r.status), func(t *testing.T) {
			c := answering(t, page(r.status))
			for operation, request := range requests {
				err := request(t.Context(), c)
				f := failed(t, err)
				if want := "Something between this machine and storage answered instead, such as a proxy."; !strings.HasPrefix(f.Message, want) ||
					!strings.Contains(f.Message, fmt.Sprintf(" answered %d when asked to %s.", r.status, operation)) {
					t.Errorf("message %q", f.Message)
				}
				if !strings.Contains(f.Remedy, "NO_PROXY") || f.Transient != r.passes || errors.Is(err, runstore.ErrNotFound) {
					t.Errorf("%s: %+v", operation, f)
				}
			}
		})
	}
}

func TestStorageThatCannotBeReached(t *testing.T) {
	client, err := container.NewClientWithNoCredential("https://contoso.blob.core.windows.net/reports?sv=1&sig=s3cr3t",
		&container.ClientOptions{ClientOptions: azcore.ClientOptions{Transport: nowhere{}, Retry: policy.RetryOptions{MaxRetries: -1}}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = runstore.NewAzure(client, nil).Put(t.Context(), "a", nil, runstore.Write{})
	f := failed(t, err)
	want := "No answer from contoso.blob.core.windows.net (container reports) when asked to write blob a: no such host."
	if f.Message != want || !f.Transient || !strings.Contains(f.Remedy, "REPORTS_STORAGE") {
		t.Errorf("got  %+v\nwant %s", f, want)
	}
}

// nowhere is a network that finds no host, as net/http says it: with the address.
type nowhere struct{}

func (nowhere) Do(r *http.Request) (*http.Response, error) {
	return (&http.Client{Transport: nowhere{}}).Do(r)
}

func (nowhere) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("no such host")
}

func TestABlobReplacedWhileItIsReadIsReportedInOneSentence(t *testing.T) {
	first := true
	c := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		if !first {
			refused(w, http.StatusPreconditionFailed, bloberror.ConditionNotMet, "")
			return
		}
		first = false
		w.Header().Set("ETag", `"1"`)
		w.Header().Set("Content-Length", "10")
		w.Write([]byte("half")) // and the connection breaks
	})
	_, body, err := c.Get(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	buffer := make([]byte, 10)
	for err == nil {
		_, err = body.Read(buffer)
	}
	if f := failed(t, err); !strings.Contains(f.Message, "when asked to read blob a.") {
		t.Errorf("got %v", f)
	}
}

func TestRefusedLinks(t *testing.T) {
	c := answering(t, says(403, "AuthorizationPermissionMismatch"))
	_, err := c.Link(t.Context(), "a", time.Now().Add(time.Minute))
	if f := failed(t, err); !strings.Contains(f.Remedy, "the role Storage Blob Delegator on the account") {
		t.Errorf("got %+v", f)
	}
}

func TestACheckNamesWhatStorageRefuses(t *testing.T) {
	for name, check := range map[string]func(context.Context, *runstore.Azure) error{
		"blob": func(ctx context.Context, a *runstore.Azure) error { return a.CheckBlob(ctx) },
		"link": func(ctx context.Context, a *runstore.Azure) error { return a.CheckLink(ctx, http.DefaultClient) },
	} {
		f := failed(t, check(t.Context(), answering(t, says(403, "AuthorizationFailure"))))
		if !strings.Contains(f.Message, "firewall") || !strings.Contains(f.Message, "when asked to create the container.") {
			t.Errorf("%s: %v", name, f)
		}
	}
}
