package runstore

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/sas"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"

	"tenantrollup/internal/refusal"
	"tenantrollup/internal/run"
)

// Signer signs the link that the values describe. Its errors are the SDK's own.
type Signer func(ctx context.Context, values sas.BlobSignatureValues) (sas.QueryParameters, error)

// SignWithIdentity signs with a key that storage issues to the client's identity
// for as long as the link is valid: a user delegation SAS.
//
// Source: https://learn.microsoft.com/rest/api/storageservices/create-user-delegation-sas
func SignWithIdentity(client *service.Client) Signer {
	return func(ctx context.Context, values sas.BlobSignatureValues) (sas.QueryParameters, error) {
		key, err := client.GetUserDelegationCredential(ctx, service.KeyInfo{
			Start:  new(values.StartTime.Format(sas.TimeFormat)),
			Expiry: new(values.ExpiryTime.Format(sas.TimeFormat)),
		}, nil)
		if err != nil {
			return sas.QueryParameters{}, err
		}
		return values.SignWithUserDelegation(key)
	}
}

// noDelegation names the role that may get such keys, which a role on a container
// does not allow.
func (w words) noDelegation(err error) error {
	err = w.plainError("get a key that signs links", err)
	if f, ok := errors.AsType[*run.Failure](err); ok && f.Remedy == refusal.GrantBlobs {
		f.Remedy = "Give the function's identity the role Storage Blob Delegator on the account; it takes effect after a few minutes."
	}
	return err
}

// SignWithConnectionString signs with the account's own key: a service SAS.
func SignWithConnectionString(connectionString string) (Signer, error) {
	parts := map[string]string{}
	for part := range strings.SplitSeq(connectionString, ";") {
		name, value, _ := strings.Cut(part, "=")
		parts[name] = value
	}
	key, err := azblob.NewSharedKeyCredential(parts["AccountName"], parts["AccountKey"])
	if err != nil || parts["AccountName"] == "" {
		return nil, errors.New("sign links: the connection string has no AccountName and AccountKey that are understood") // err would show the key
	}
	return func(_ context.Context, values sas.BlobSignatureValues) (sas.QueryParameters, error) {
		return values.SignWithSharedKey(key)
	}, nil
}

// clockSkew is how far storage's clock may be behind ours.
const clockSkew = 5 * time.Minute

// Link implements Container.
func (a *Azure) Link(ctx context.Context, name string, until time.Time) (string, error) {
	address := a.client.NewBlobClient(name).URL()
	parts, err := blob.ParseURL(address)
	if err != nil {
		return "", a.plainError("sign a link to blob "+name, err)
	}
	values := sas.BlobSignatureValues{
		Protocol:  sas.ProtocolHTTPS,
		StartTime: time.Now().Add(-clockSkew).UTC(), ExpiryTime: until.UTC(),
		Permissions:   (&sas.BlobPermissions{Read: true}).String(),
		ContainerName: parts.ContainerName, BlobName: parts.BlobName,
	}
	if parts.Scheme == "http" { // the emulator on a developer's machine
		values.Protocol = sas.ProtocolHTTPSandHTTP
	}
	query, err := a.sign(ctx, values)
	if err != nil {
		return "", a.noDelegation(err)
	}
	return address + "?" + query.Encode(), nil
}
