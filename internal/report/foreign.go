package report

import (
	"fmt"
	"regexp"
	"strings"
)

// answers are what people ask Graph, or one of the modules around it, for: the
// noun of their commands, in lower case and in the singular, and the call.
var answers = []struct {
	nouns   *regexp.Regexp
	instead string
}{
	{noun(`subscribedsku|accountsku|userlicensedetail|licenseplan`), "licenses"},
	{noun(`directorysubscription|subscription`), "subscriptions"},
	{noun(`user|usersignedin|account`), "users, or mfa or sign-in-activity for those questions"},
	{noun(`guest|externaluser`), "guests"},
	{noun(`userregistrationdetail|reportauthenticationmethoduserregistrationdetail|userauthenticationmethod|userbyauthmethod`), "mfa"},
	{noun(`signinactivity`), "sign-in-activity"},
	{noun(`role|rolemember|directoryrole|directoryrolemember|roleassignment|rolemanagementdirectoryroleassignment|directoryroleassignment|userrole`), "admins"},
	{noun(`securescore|securitysecurescore`), "secure-score"},
	{noun(`manageddevice|devicemanagementmanageddevice`), "devices"},
	{noun(`conditionalaccesspolicy|identityconditionalaccesspolicy|conditionalaccesspolicie|identityconditionalaccesspolicie`), "conditional-access"},
	{noun(`domain|federateddomain`), "domains"},
	{noun(`healthoverview|serviceannouncementhealthoverview|serviceannouncementissue`), "service-health"},
	{noun(`partnercontract|contract`), Access + ", which has a row for every customer"},
	{noun(`device|registereddevice`), "/devices, or the short name devices for Intune's"},
	{noun(`group`), "/groups"},
	{noun(`application`), "/applications"},
	{noun(`serviceprincipal`), "/servicePrincipals"},
	{noun(`organization|companyinformation|tenantdetail`), "/organization"},
	{noun(`auditlogsignin|auditsigninlog|signin`), "/auditLogs/signIns?$filter=createdDateTime ge {today-1}T00:00:00Z"},
	{noun(`auditlogdirectoryaudit|auditdirectorylog|directoryaudit`), "/auditLogs/directoryAudits?$filter=activityDateTime ge {today-1}T00:00:00Z"},
	{noun(`securityalert|alert`), "/security/alerts_v2"},
	{noun(`team`), "/teams"},
	{noun(`site`), "storage, or /sites/getAllSites"},
}

// noun matches any of the nouns, with or without an s at its end.
func noun(alternatives string) *regexp.Regexp {
	return regexp.MustCompile(`^(?i)(?:` + alternatives + `)s?$`)
}

// answered returns the call that answers a noun, or nothing.
func answered(noun string) string {
	for _, a := range answers {
		if a.nouns.MatchString(noun) {
			return a.instead
		}
	}
	return ""
}

const (
	anyPath      = "a short name, such as licenses, or a path of Graph v1.0, such as " + collectionExample
	orTeams      = "getTeamsUserActivityUserDetail(period='D7') or /teams"
	exchangeOnly = "one of Exchange Online, such as " + cmdletExample
)

// families are the modules whose commands also begin with Get-, each with the
// beginning of their names; what follows it is the noun.
var families = []struct {
	begins  *regexp.Regexp
	module  string
	instead string // if the noun has no answer of its own
}{
	{regexp.MustCompile(`^(?i)Get-Mg(?:Beta)?([A-Z].*)$`), "the module Microsoft.Graph", anyPath},
	{regexp.MustCompile(`^(?i)Get-Msol(.*)$`), "the retired module MSOnline", anyPath},
	{regexp.MustCompile(`^(?i)Get-AzureAD(?:MS)?(.*)$`), "the retired module AzureAD", anyPath},
	{regexp.MustCompile(`^(?i)Get-Entra(?:Beta)?(.*)$`), "the module Microsoft.Entra", anyPath},
	{regexp.MustCompile(`^(?i)Get-Cs[A-Z]()`), "the module MicrosoftTeams", orTeams},
	{regexp.MustCompile(`^(?i)Get-Team(?:s[A-Z]|$|All|Channel|Fun|Guest|Member|Message|Target|User)()`), "the module MicrosoftTeams", orTeams},
	{regexp.MustCompile(`^(?i)Get-SPO([^o].*)$`), "the module Microsoft.Online.SharePoint.PowerShell", "storage, or another report of SharePoint, such as getSharePointActivityUserDetail(period='D7')"},
	{regexp.MustCompile(`^(?i)Get-PnP(.*)$`), "the module PnP.PowerShell", "storage, or another report of SharePoint, such as getSharePointActivityUserDetail(period='D7')"},
	{regexp.MustCompile(`^(?i)Get-Intune(.*)$`), "the module Microsoft.Graph.Intune", "devices, or another path of Graph v1.0, such as /deviceManagement/deviceConfigurations"},
	{regexp.MustCompile(`^(?i)Get-Az[A-Z]()`), "the module Az", "a question to Microsoft 365: " + anyPath},
	{regexp.MustCompile(`^(?i)Get-(?:ChildItem|Command|Content|Credential|Date|Help|Item|Location|Member|Module|Process|Service|Variable)$()`), "PowerShell itself", "a cmdlet of Exchange Online, such as " + cmdletExample},
}

// graphReport is the module's name for a usage report.
var graphReport = regexp.MustCompile(`^(?i)Get-Mg(?:Beta)?(?:Copilot)?Report(.+)$`)

// foreign says what to write in place of a command that is not Exchange's, or
// nothing.
func foreign(name string) error {
	known, ok := documented[strings.ToLower(name)]
	if ok && known.at != compliance && known.at != server {
		return nil
	}
	if found := graphReport.FindStringSubmatch(name); found != nil {
		for known := range catalogue {
			if strings.EqualFold("get"+found[1], known) {
				return fmt.Errorf("%s is a command of the module Microsoft.Graph, not of Exchange: want %s, with its parameters as in %s", name, known, usageExample)
			}
		}
	}
	for _, family := range families {
		if found := family.begins.FindStringSubmatch(name); found != nil {
			instead := family.instead
			if answer := answered(found[1]); answer != "" {
				instead = answer
			}
			return fmt.Errorf("%s is a command of %s, not of Exchange: want %s", name, family.module, instead)
		}
	}
	switch known.at {
	case compliance:
		return fmt.Errorf("%s is a command of Security & Compliance PowerShell, which is not supported: want %s", name, insteadOfCompliance(name))
	case server:
		return fmt.Errorf("%s is a command of Exchange Server only: want %s", name, exchangeOnly)
	}
	return nil
}

// insteadOfCompliance names the collection of Graph that answers a question of
// Security & Compliance, if there is one.
func insteadOfCompliance(name string) string {
	noun := strings.ToLower(name[len(getVerb):])
	switch {
	case strings.HasPrefix(noun, "compliancecase"):
		return "/security/cases/ediscoveryCases"
	case noun == "label":
		return "/security/dataSecurityAndGovernance/sensitivityLabels"
	case strings.HasPrefix(noun, "protectionalert") || strings.HasPrefix(noun, "activityalert"):
		return "/security/alerts_v2"
	}
	return exchangeOnly
}

// anotherReport matches what begins like a report, in the place of a value.
var anotherReport = regexp.MustCompile(`^(?i)(?:[A-Za-z0-9_-]+=)?(?:get-[a-z]|get[a-z0-9]+\()`)

func betweenReports(text string) error {
	return fmt.Errorf(`%q: want ";" between two reports, not a comma, and quotes around a value`, clip(text))
}
