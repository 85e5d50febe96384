package refusal

import "tenantrollup/internal/run"

// lostRaces are the codes of a condition that did not hold. Everything else that
// answers 409 or 412 is a lock, or has another cause.
var lostRaces = codes{"ConditionNotMet", "TargetConditionNotMet", "BlobAlreadyExists", "ResourceAlreadyExists"}

// outrun is a lost race as it is told to somebody who only reads.
var outrun = meaning{run.ServiceFault, passes,
	"Somebody else has written the blob in the meantime",
	NextRun}

// foreign is an answer that does not come from storage.
var foreign = meaning{run.ServiceFault, stays,
	"Something between this machine and storage answered instead, such as a proxy",
	"Have the proxy or firewall leave this host's traffic unchanged, or add the host to NO_PROXY."}

// headerPlaceholder is replaced by the header that storage does not accept.
const headerPlaceholder = "{header}"

// GrantBlobs is the remedy for an identity that may not read or write blobs.
const GrantBlobs = "Give the function's identity the role Storage Blob Data Contributor on the container or the account; it takes effect after a few minutes."

// What several rows ask for.
const (
	bareRequest = "Make sure that no proxy removes the Authorization header from requests, and check REPORTS_STORAGE, or AzureWebJobsStorage if that names the account."
	lookUp      = "Look it up at https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes; if that doesn't help, open a support request for the storage account."
	otherBlob   = "or name another container in REPORTS_CONTAINER."
)

// storageTable says what the codes of blob storage mean, and what to do.
//
// Sources: https://learn.microsoft.com/rest/api/storageservices/common-rest-api-error-codes,
// https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes,
// and the package bloberror of azblob.
var storageTable = []struct {
	codes
	meaning
}{
	// The account lets nobody in, or not this machine or identity.

	{codes{"AuthorizationFailure"}, meaning{run.PartnerCredential, stays,
		"The storage account's firewall blocks this machine",
		"Allow the function app's network on the account's Networking page."}},
	{codes{"AuthorizationPermissionMismatch", "UnauthorizedBlobOverwrite"}, meaning{run.PartnerCredential, stays,
		"The function's identity has no role that allows it",
		GrantBlobs}},
	{codes{"InsufficientAccountPermissions"}, meaning{run.PartnerCredential, stays,
		"The storage account itself does not currently allow it",
		"Check in the portal that the account's subscription is active and that no failover is in progress, and name the account's primary address, not its secondary one."}},
	{codes{"KeyBasedAuthenticationNotPermitted"}, meaning{run.PartnerCredential, stays,
		"The storage account does not accept access keys, and the connection string has one",
		"Set REPORTS_STORAGE__accountName instead of REPORTS_STORAGE, so that the function's identity is used, or allow storage account key access on the account's Configuration page."}},
	{codes{"AccountIsDisabled"}, meaning{run.PartnerCredential, stays,
		"The storage account is disabled",
		"Enable the account's subscription: it is disabled, past due or over its spending limit."}},
	{codes{"AuthenticationFailed"}, meaning{run.PartnerCredential, stays,
		"Storage does not accept the request's signature",
		"Copy the connection string again from the account's Access keys page: its key was rotated, or is another account's. If the key is right, correct this machine's clock."}},
	{codes{"NoAuthenticationInformation"}, meaning{run.PartnerCredential, stays,
		"The request reached storage without a sign-in",
		bareRequest}},
	{codes{"PublicAccessNotPermitted"}, meaning{run.PartnerCredential, stays,
		"The request reached storage without a sign-in, and the account allows no anonymous access",
		bareRequest}},
	{codes{"InvalidAuthenticationInfo"}, meaning{run.PartnerCredential, stays,
		"Storage does not accept the identity's token: it is from another tenant, or for another service",
		"Use an identity of the tenant that the account's subscription is in (az login --tenant names it on a laptop), and set CLOUD to the account's cloud."}},
	{codes{"AccountRequiresHttps"}, meaning{run.PartnerCredential, stays,
		"The storage account accepts only https",
		"Write https into the connection string: DefaultEndpointsProtocol, and BlobEndpoint if it is there."}},
	{codes{"KeyVaultEncryptionKeyNotFound", "KeyVaultVaultNotFound", "KeyVaultAccessTokenCannotBeAcquired"}, meaning{run.ServiceFault, stays,
		"The storage account cannot get the key that it is encrypted with",
		"Restore the account's customer-managed key: make sure that the key is enabled, its vault exists, and the account's own identity may use it."}},

	// Somebody holds the blob or the container.

	{codes{"LeaseIdMissing", "LeaseAlreadyPresent", "LeaseIdMismatchWithBlobOperation", "LeaseIdMismatchWithContainerOperation", "LeaseLost"},
		meaning{run.ServiceFault, stays,
			"Somebody holds a lease on the blob",
			"Break it with az storage blob lease break, and keep whatever took the lease away from these blobs."}},
	{codes{"BlobImmutableDueToPolicy", "BlobImmutableDueToLegalHold", "ContainerHasLegalHold", "ContainerImmutabilityPolicyLocked"},
		meaning{run.ServiceFault, stays,
			"An immutability policy or a legal hold forbids changes to the blob",
			"Remove the policy or the hold from the container and its blobs, " + otherBlob}},
	{codes{"BlobArchived"}, meaning{run.ServiceFault, stays,
		"The blob is in the archive tier",
		"Bring it back with az storage blob set-tier --tier Hot, which takes hours, and leave this container out of the account's lifecycle rules."}},
	{codes{"BlobBeingRehydrated"}, meaning{run.ServiceFault, stays,
		"The blob is being restored from the archive tier",
		"Wait until it is restored, which takes hours, and ask for the run again; leave this container out of the account's lifecycle rules."}},
	{codes{"PendingCopyOperation"}, meaning{run.ServiceFault, stays,
		"Something is being copied onto the blob",
		"Wait until the copy has ended, or abort it with az storage blob copy cancel."}},
	{codes{"ContainerDisabled"}, meaning{run.ServiceFault, stays,
		"An administrator has disabled the container",
		"Have it enabled, " + otherBlob}},
	{codes{"ContainerBeingDeleted"}, meaning{run.ServiceFault, passes,
		"The container is being deleted",
		"Wait: the container is created again once it is gone."}},
	{codes{"AccountBeingCreated"}, meaning{run.ServiceFault, passes,
		"The storage account is still being created",
		"Wait until it is ready."}},
	{codes{"BlobNotFound", "ContainerNotFound", "ResourceNotFound"}, meaning{run.ServiceFault, passes,
		"Somebody has deleted the blob or its container in the meantime",
		"Nothing: the run starts again."}},

	// The blob, or the account, is not of the right kind.

	{codes{"InvalidBlobType", "ResourceTypeMismatch", "BlobOperationNotSupported"}, meaning{run.ServiceFault, stays,
		"This name is taken by something that is not a block blob",
		"Delete it, " + otherBlob}},
	{codes{"BlobTypeNotSupported", "FeatureNotSupportedForAccount", "FeatureNotYetSupportedForHierarchicalNamespaceAccounts"}, meaning{run.ServiceFault, stays,
		"A storage account of this kind does not support this",
		"Name a general-purpose v2 account in REPORTS_STORAGE__accountName."}},
	{codes{"InvalidHeaderValue", "UnsupportedHeader"}, meaning{run.ServiceFault, stays,
		"Storage does not accept the request's " + headerPlaceholder,
		"Install the newest release of Tenant Rollup, or of the emulator if this is one; if that does not help, report it as a bug."}},
	{codes{"InvalidBlobOrBlock"}, meaning{run.ServiceFault, stays,
		"The blob has staged blocks from another program, with ids of a different length",
		"Delete the blob, or wait a week until they expire."}},
	{codes{"BlockCountExceedsLimit"}, meaning{run.ServiceFault, stays,
		"The blob has as many staged blocks as storage allows",
		"Delete the blob, or wait a week until they expire."}},
}
