"""Asks the simulated Microsoft one thing with a client that Microsoft wrote, and
writes the answer as JSON: client.py WHAT [ARGUMENT]. The environment is that of the
program under test, with the credentials beside it."""

import asyncio
import base64
import json
import os
import sys


def msal_application():
    import msal

    credential = os.environ["CLIENT_SECRET"]
    if sys.argv[2] == "certificate":
        with open(os.environ["CERTIFICATE"], encoding="ascii") as file:
            pem = file.read()
        at = pem.index("-----BEGIN CERTIFICATE")
        credential = {"private_key": pem[:at], "public_certificate": pem[at:]}
    return msal.ConfidentialClientApplication(
        os.environ["PARTNER_CLIENT_ID"],
        authority="https://login.microsoftonline.com/" + os.environ["CUSTOMER"],
        client_credential=credential,
    )


def sign_in():
    """MSAL with a secret, a certificate or a refresh token."""
    application, scopes = msal_application(), ["https://graph.microsoft.com/.default"]
    if sys.argv[2] == "refresh-token":
        answer = application.acquire_token_by_refresh_token(os.environ["REFRESH_TOKEN"], scopes)
    else:
        answer = application.acquire_token_for_client(scopes)
    if "error" in answer:
        return {"error": answer["error"], "codes": answer["error_codes"]}
    return {"token": answer["access_token"], "user": answer.get("id_token_claims", {}).get("preferred_username", "")}


def identity():
    """azure-identity with the managed identity: sys.argv[2] is the resource."""
    from azure.identity import ManagedIdentityCredential

    return {"token": ManagedIdentityCredential().get_token(sys.argv[2] + "/.default").token}


def vault():
    """azure-keyvault-secrets: sys.argv[2] is the secret, sys.argv[3] the API's version."""
    from azure.core.exceptions import HttpResponseError
    from azure.identity import ManagedIdentityCredential
    from azure.keyvault.secrets import SecretClient

    version = {"api_version": sys.argv[3]} if sys.argv[3:] else {}
    client = SecretClient(os.environ["KEY_VAULT_URL"], ManagedIdentityCredential(), **version)
    try:
        secret = client.get_secret(sys.argv[2])
    except HttpResponseError as refusal:
        return {"status": refusal.status_code, "code": refusal.error.code}
    return {"value": secret.value, "version": secret.properties.version}


def graph():
    from azure.identity import ClientSecretCredential
    from msgraph import GraphServiceClient

    credential = ClientSecretCredential(os.environ["CUSTOMER"], os.environ["PARTNER_CLIENT_ID"], os.environ["CLIENT_SECRET"])
    return GraphServiceClient(credential, ["https://graph.microsoft.com/.default"])


async def report():
    """A usage report of msgraph-sdk, as text in base64."""
    reports = graph().reports
    # Only the one that is asked is made: two made of one client share the period.
    body = await {
        "getMailboxUsageMailboxCounts(period='D7')": lambda: reports.get_mailbox_usage_mailbox_counts_with_period("D7"),
        "getEmailActivityUserDetail(period='D30')": lambda: reports.get_email_activity_user_detail_with_period("D30"),
        "getOffice365ActivationCounts": lambda: reports.get_office365_activation_counts,
    }[sys.argv[2]]().get()
    return {"body": base64.b64encode(body).decode("ascii")}


async def collection():
    """A collection of msgraph-sdk, page after page: sys.argv[3:] are the properties
    that are written of each record, and are selected where there is a $select."""
    from kiota_abstractions.base_request_configuration import RequestConfiguration
    from kiota_abstractions.api_error import APIError
    from msgraph.generated.users.users_request_builder import UsersRequestBuilder
    from msgraph_core.tasks.page_iterator import PageIterator

    client, configuration = graph(), None
    if sys.argv[2] == "/users":
        parameters = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters
        configuration = RequestConfiguration(query_parameters=parameters(select=sys.argv[3:], top=50))
    builder = {
        "/users": client.users,
        "/subscribedSkus": client.subscribed_skus,
        "/directory/subscriptions": client.directory.subscriptions,
        "/reports/authenticationMethods/userRegistrationDetails": client.reports.authentication_methods.user_registration_details,
        "/roleManagement/directory/roleAssignments": client.role_management.directory.role_assignments,
        "/roleManagement/directory/roleDefinitions": client.role_management.directory.role_definitions,
        "/security/secureScores": client.security.secure_scores,
        "/deviceManagement/managedDevices": client.device_management.managed_devices,
        "/identity/conditionalAccess/policies": client.identity.conditional_access.policies,
        "/domains": client.domains,
        "/admin/serviceAnnouncement/healthOverviews": client.admin.service_announcement.health_overviews,
    }[sys.argv[2]]
    try:
        first = await builder.get(configuration)
    except APIError as refusal:
        return {"status": refusal.response_status_code, "code": refusal.error.code}
    records = []

    def keep(record):
        records.append([plain(record, name) for name in sys.argv[3:]])
        return True

    await PageIterator(first, client.request_adapter).iterate(keep)
    return {"records": records}


def plain(record, name):
    """A property of a model: it has the name in snake_case, and enums for texts."""
    value = getattr(record, "".join("_" + letter.lower() if letter.isupper() else letter for letter in name))
    return getattr(value, "value", value)


answer = {"sign-in": sign_in, "identity": identity, "vault": vault, "report": report, "collection": collection}[sys.argv[1]]()
json.dump(asyncio.run(answer) if asyncio.iscoroutine(answer) else answer, sys.stdout)
