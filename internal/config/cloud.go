package config

import "strings"

// Cloud is one Microsoft cloud: the host names that every address is made of. No
// setting overrides them.
type Cloud struct {
	Name             string // public, usgov or china
	Login            string // host of Entra's token endpoint
	Graph            string // host of Microsoft Graph
	Exchange         string // host of Exchange Online's REST endpoint
	BlobSuffix       string // blob service of an account: <account>.<suffix>
	VaultSuffix      string // key vault: <vault>.<suffix>
	TokenExchange    string // audience of a managed identity's token that proves an app
	ReportHostSuffix string // where usage reports are downloaded, dot first; empty: the cloud has none, and no host is right
}

// clouds has the endpoints of GCC High for usgov; GCC itself is in the public
// cloud. Usage reports are in Graph's schema of the public cloud alone.
//
// Sources: https://learn.microsoft.com/graph/deployments, azcore's cloud package,
// Exchange's admin API overview, and
// https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity.
var clouds = []Cloud{
	{
		Name:             "public",
		Login:            "login.microsoftonline.com",
		Graph:            "graph.microsoft.com",
		Exchange:         "outlook.office365.com",
		BlobSuffix:       "blob.core.windows.net",
		VaultSuffix:      "vault.azure.net",
		TokenExchange:    "api://AzureADTokenExchange",
		ReportHostSuffix: ".office.com",
	},
	{
		Name:          "usgov",
		Login:         "login.microsoftonline.us",
		Graph:         "graph.microsoft.us",
		Exchange:      "outlook.office365.us",
		BlobSuffix:    "blob.core.usgovcloudapi.net",
		VaultSuffix:   "vault.usgovcloudapi.net",
		TokenExchange: "api://AzureADTokenExchangeUSGov",
	},
	{
		Name:          "china",
		Login:         "login.chinacloudapi.cn",
		Graph:         "microsoftgraph.chinacloudapi.cn",
		Exchange:      "outlook.office365.cn",
		BlobSuffix:    "blob.core.chinacloudapi.cn",
		VaultSuffix:   "vault.azure.cn",
		TokenExchange: "api://AzureADTokenExchangeChina",
	},
}

// cloud returns the public cloud if CLOUD is wrong, to check the other settings:
// most of their mistakes are the same in every cloud.
func (r *reader) cloud() Cloud {
	value := r.get("CLOUD")
	if value == "" {
		return clouds[0]
	}
	for _, cloud := range clouds {
		if cloud.Name == strings.ToLower(value) {
			return cloud
		}
	}
	r.refuse("CLOUD", value, "accepted: public (GCC included), usgov (GCC High), china")
	return clouds[0]
}
