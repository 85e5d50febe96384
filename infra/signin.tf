# Sign-in by Entra in front of the page and the API, besides the function keys.
# It accepts only an ID token, so the registration needs no secret. The registration is in
# the partner's tenant, which the subscription need not be in.
locals {
  page_signin = var.page_client_id == null ? [] : [{
    client_id = var.page_client_id
    issuer    = "https://login.microsoftonline.com/${lower(var.partner_tenant_id)}/v2.0"
  }]
}
