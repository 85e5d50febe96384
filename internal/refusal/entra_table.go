package refusal

import "tenantrollup/internal/run"

type aadsts []int

// entraTable says what the codes of Entra's token endpoint mean, and what to do
// (https://learn.microsoft.com/entra/identity-platform/reference-error-codes). A
// code is the partner's only if it would be the same at every customer: the first
// one ends the run for all of them.
var entraTable = []struct {
	codes aadsts
	meaning
}{
	// The customer has not let the app in.

	{aadsts{65001, 90094}, meaning{run.ConsentMissing, stays,
		"Nobody has consented to the app's permissions in this tenant",
		grantConsent}},
	{aadsts{7000229}, meaning{run.ConsentMissing, stays,
		"The app has no service principal in this tenant: no administrator has consented to it yet, or it was deleted",
		grantConsent}},
	{aadsts{700016, 700011}, meaning{run.ConsentMissing, stays,
		"The app is unknown in this tenant",
		grantConsent + " If every customer is refused like this, check PARTNER_CLIENT_ID and that the app registration is multitenant."}},
	{aadsts{90099}, meaning{run.ConsentMissing, stays,
		"The app is not authorized in this tenant for the partner's delegated administrators",
		grantConsent + " With PARTNER_AUTH refresh-token the partner can also consent for the customer, through Partner Center's API (POST /v1/customers/…/applicationconsents)."}},
	{aadsts{7000112, 70001}, meaning{run.ConsentMissing, stays,
		"The app is disabled in this tenant",
		"Have an administrator of the customer enable it in Entra: Enterprise applications, the app, Properties, 'Enabled for users to sign-in'. If it isn't listed there, have them open " + consentPlaceholder + " and accept."}},
	{aadsts{650051}, meaning{run.ConsentMissing, stays,
		"The app's enterprise application could not be created in this tenant: another one already has its name",
		"Have an administrator of the customer delete the app's leftover entry in Entra under Enterprise applications, then open " + consentPlaceholder + " and accept."}},
	{aadsts{650056, 650057, 65005}, meaning{run.ConsentMissing, stays,
		"The app registration declares no permission for this service, or nobody has consented to it in this tenant",
		"In the partner's tenant, declare what handler permissions prints for REPORTS." + then(grantConsent)}},

	// The customer doesn't have the service.

	{aadsts{500011, 650052}, meaning{run.NotLicensed, stays,
		"The service does not exist in this tenant",
		subscribe}},
	{aadsts{500014, 50001}, meaning{run.NotLicensed, stays,
		"The service is switched off in this tenant: a subscription has lapsed, or an administrator has disabled it",
		"License the customer, have an administrator enable the service in Entra under Enterprise applications, or add the tenant to CUSTOMERS_EXCLUDE."}},

	// The customer has not assigned the partner's user to the app.

	{aadsts{50105}, meaning{run.RoleMissing, stays,
		"The partner's user is not assigned to the app in this tenant",
		"Have an administrator of the customer switch 'Assignment required' off in Entra: Enterprise applications, the app, Properties; or assign the partner's security group there."}},

	// A policy is in the way. Multifactor authentication may be required by the
	// partner or by one customer: if the partner's own tenant requires it, the run
	// stops there; here it must not cost the other customers their data.

	{aadsts{53003, 53000, 53001, 53002, 530003, 530032, 50005, 50131}, meaning{run.BlockedByPolicy, stays,
		"A Conditional Access policy blocks the sign-in",
		"Have the customer exclude service provider users (or, with the app's own sign-in, the app) from the Conditional Access policy that its Entra sign-in logs show for the correlation id."}},
	{aadsts{530035}, meaning{run.BlockedByPolicy, stays,
		"Security defaults block the sign-in",
		signInAgain + " If that doesn't help, have the customer replace security defaults (Entra, Overview, Properties) with Conditional Access policies that exclude service provider users."}},
	{aadsts{50076, 50074, 50078}, meaning{run.BlockedByPolicy, stays,
		"The sign-in requires multifactor authentication, which is missing or too old",
		signInAgain + " If only this customer requires it, have the customer exclude service provider users from that Conditional Access policy."}},
	{aadsts{50079, 50072}, meaning{run.BlockedByPolicy, stays,
		"The partner's user is not registered for multifactor authentication",
		"Register a method for the partner's user at https://aka.ms/mfasetup." + then(signInAgain)}},
	{aadsts{50158}, meaning{run.BlockedByPolicy, stays,
		"A Conditional Access policy requires another provider's multifactor authentication, or accepted terms of use",
		"Have the customer exclude service provider users from the Conditional Access policy that its Entra sign-in logs show for the correlation id."}},
	{aadsts{500212}, meaning{run.BlockedByPolicy, stays,
		"The partner's cross-tenant access settings do not let its user access this tenant",
		"Allow this customer in the partner's Entra, External Identities, Cross-tenant access settings, Outbound access."}},
	{aadsts{500213}, meaning{run.BlockedByPolicy, stays,
		"The customer's cross-tenant access settings do not let the partner's user in",
		"Have the customer allow the partner's tenant in Entra, External Identities, Cross-tenant access settings, Inbound access."}},

	{aadsts{500021, 500022}, meaning{run.BlockedByPolicy, stays,
		"The handler's proxy allows sign-ins to certain tenants only, and this is not one of them",
		"Have the owner of the partner's proxy add this tenant to the Restrict-Access-To-Tenants header, or let the handler bypass the proxy."}},

	// The customer is no longer a customer, or not in this cloud.

	{aadsts{50020, 90072, 50034, 50177, 50178}, meaning{run.RelationshipEnded, stays,
		"The partner's user is not known in this tenant",
		"In Partner Center, renew the delegated admin relationship and assign it to a security group that the partner's user is in; if that user has a guest account at the customer, have the customer delete it."}},
	{aadsts{90002, 900023, 5000224}, meaning{run.TenantGone, stays,
		"The tenant no longer exists",
		"End the relationship in Partner Center, or add the tenant to CUSTOMERS_EXCLUDE."}},
	// https://learn.microsoft.com/entra/fundamentals/inaccessible-tenant
	{aadsts{5000225}, meaning{run.TenantGone, stays,
		"Microsoft has blocked the tenant because nobody was using it",
		"Have an administrator of the customer ask Microsoft's support to reactivate it, within 20 days of the block; after that, Microsoft deletes it. Otherwise end the relationship in Partner Center, or add the tenant to CUSTOMERS_EXCLUDE."}},
	{aadsts{90038, 900382, 900432}, meaning{run.WrongCloud, stays,
		"The tenant is in another national cloud",
		"Use a deployment with that CLOUD for this tenant, and add the tenant to CUSTOMERS_EXCLUDE here."}},

	// The partner's own: the app's credential.

	{aadsts{7000215}, meaning{run.PartnerCredential, stays,
		"The client secret is wrong",
		"Store the client secret's value (not its id) in Key Vault secret partner-client-secret, or in AZURE_CLIENT_SECRET if there is no vault."}},
	{aadsts{7000222}, meaning{run.PartnerCredential, stays,
		"The client secret has expired",
		"Create a new client secret in the app registration and store its value in Key Vault secret partner-client-secret, or in AZURE_CLIENT_SECRET if there is no vault."}},
	{aadsts{700027}, meaning{run.PartnerCredential, stays,
		"The certificate that the app signs with is not in the app registration",
		"Upload the public part of the certificate (partner-certificate in Key Vault, if there is a vault) to the app registration under Certificates & secrets."}},
	{aadsts{700024}, meaning{run.PartnerCredential, stays,
		"The app's signed assertion is not valid at this time",
		"Correct the clock of the machine that the handler runs on; in Azure, restart the function app."}},
	{aadsts{50027, 5002723, 700021, 700023}, meaning{run.PartnerCredential, stays,
		"Entra does not accept the app's signed assertion",
		"Check PARTNER_CLIENT_ID; if it is right, report this as a bug in Tenant Rollup, and set PARTNER_AUTH to secret until it is fixed."}},
	{aadsts{700229}, meaning{run.PartnerCredential, stays,
		"The token for the federated credential is not a managed identity's own",
		"Run the handler with a user-assigned managed identity (named in AZURE_CLIENT_ID), and make the app registration's federated credential trust it."}},
	{aadsts{70021, 700211, 700212, 700213}, meaning{run.PartnerCredential, stays,
		"No federated credential of the app registration trusts the handler's managed identity",
		"In the app registration under Certificates & secrets, Federated credentials, add the managed identity; issuer, subject (its object id) and audience must be exactly those that the message quotes."}},

	// The partner's own: its user's refresh token.

	{aadsts{700082, 70008}, meaning{run.PartnerCredential, stays,
		"The partner's refresh token has expired: no successor was stored for 90 days",
		signInAgain + " Then give the handler's identity the role Key Vault Secrets Officer on the vault, so that it can store the next ones itself."}},
	{aadsts{50173, 50133}, meaning{run.PartnerCredential, stays,
		"The partner's refresh token was revoked, or its user's password was changed",
		signInAgain}},
	{aadsts{70000}, meaning{run.PartnerCredential, stays,
		"The partner's refresh token is not valid for this app",
		signInAgain + " It must come from a sign-in to the app in PARTNER_CLIENT_ID."}},
	{aadsts{70043}, meaning{run.PartnerCredential, stays,
		"The partner's refresh token has ended because a policy sets a sign-in frequency",
		"In the partner's Entra, exclude the user from the Conditional Access policy that sets a sign-in frequency." + then(signInAgain)}},

	// The partner's own: its user's account.

	{aadsts{50057}, meaning{run.PartnerCredential, stays,
		"The partner's user is disabled",
		"Enable the account in the partner's Entra, Users." + then(signInAgain)}},
	{aadsts{50053}, meaning{run.PartnerCredential, stays,
		"The partner's user is locked out, or the sign-in came from an address that Entra does not trust",
		"Check the partner's Entra sign-in logs to see which of the two it is, and unlock the account or trust the address (Conditional Access, Named locations)."}},
	{aadsts{530034, 53011}, meaning{run.PartnerCredential, stays,
		"Entra blocks the partner's user as risky",
		"Check the user in the partner's Entra, ID Protection, Risky users, and dismiss the risk." + then(signInAgain)}},

	// The partner's own: the requests.

	{aadsts{50196}, meaning{run.PartnerCredential, stays,
		"Entra got too many identical token requests from the app",
		"Find what else signs in with this app registration and stop it, wait an hour, then rerun."}},
	{aadsts{50194}, meaning{run.PartnerCredential, stays,
		"The app registration allows the partner's own tenant only",
		"In the app registration under Authentication, Supported account types, choose accounts in any organizational directory."}},
	{aadsts{7000218}, meaning{run.PartnerCredential, stays,
		"Entra requires a certificate or secret from the app and got none",
		"Store the app's certificate or secret in Key Vault, and check PARTNER_AUTH."}},
	{aadsts{9002313, 900144}, meaning{run.PartnerCredential, stays,
		"Entra says that the token request is malformed",
		"Check PARTNER_TENANT_ID, PARTNER_CLIENT_ID and PARTNER_AUTH; if they are right, report this as a bug in Tenant Rollup."}},

	// Nobody's: it is temporary.

	{aadsts{90055}, meaning{run.Throttled, passes,
		"Entra is getting too many requests for this tenant",
		NextRun}},
	{aadsts{90033, 90006, 90012, 90024, 50033, 50087, 90090}, meaning{run.ServiceFault, passes,
		"Entra has a temporary fault",
		NextRun}},
}
