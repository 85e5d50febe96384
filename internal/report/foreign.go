package report

import (
	"fmt"
	"regexp"
	"strings"
)

const (
	activeUsers = "getOffice365ActiveUserDetail(period='D7')"
	sites       = "getSharePointSiteUsageDetail(period='D7')"
	teams       = "getTeamsTeamActivityDetail(period='D7')"
	groups      = "getOffice365GroupsActivityDetail(period='D7')"
	nearestUser = activeUsers + ", the nearest there is: a row for each user, with the licences in Assigned Products"
)

// collections are what people ask Graph for in the place of a report, in lower
// case, with the usage report that is nearest.
var collections = map[string]string{
	"subscribedskus": nearestUser,
	"users":          nearestUser,
	"groups":         groups + ", the nearest there is",
	"teams":          teams + ", the nearest there is",
	"sites":          sites + ", the nearest there is",
}

// families are the modules whose commands also begin with Get-, each with the
// beginning of their names.
var families = []struct {
	begins  *regexp.Regexp
	module  string
	instead string
}{
	{regexp.MustCompile(`^(?i)Get-Mg(?:Beta)?(?:SubscribedSku|User|UserLicenseDetail)$`), graphModule, nearestUser},
	{regexp.MustCompile(`^(?i)Get-Mg[A-Z]`), graphModule, "a usage report, such as " + usageExample},
	{regexp.MustCompile(`^(?i)Get-Msol(?:AccountSku|Subscription|User)$`), "the retired module MSOnline", nearestUser},
	{regexp.MustCompile(`^(?i)Get-MsolPartnerContract$`), "the retired module MSOnline", Access + ", which has a row for every customer"},
	{regexp.MustCompile(`^(?i)Get-Msol`), "the retired module MSOnline", "a usage report, such as " + activeUsers},
	{regexp.MustCompile(`^(?i)Get-AzureAD(?:SubscribedSku|User)$`), "the retired module AzureAD", nearestUser},
	{regexp.MustCompile(`^(?i)Get-AzureAD`), "the retired module AzureAD", "a usage report, such as " + activeUsers},
	{regexp.MustCompile(`^(?i)Get-Entra`), "the module Microsoft.Entra", "a usage report, such as " + activeUsers},
	{regexp.MustCompile(`^(?i)Get-Cs[A-Z]`), "the module MicrosoftTeams", "a usage report, such as " + teamsUsers},
	{regexp.MustCompile(`^(?i)Get-Team(?:s[A-Z]|$|All|Channel|Fun|Guest|Member|Message|Target|User)`), "the module MicrosoftTeams", "a usage report, such as " + teams},
	{regexp.MustCompile(`^(?i)Get-SPO[^o]`), "the module Microsoft.Online.SharePoint.PowerShell", "a usage report, such as " + sites},
	{regexp.MustCompile(`^(?i)Get-PnP`), "the module PnP.PowerShell", "a usage report, such as " + sites},
	{regexp.MustCompile(`^(?i)Get-Az[A-Z]`), "the module Az", "a report of Microsoft 365, such as " + usageExample},
	{regexp.MustCompile(`^(?i)Get-(?:ChildItem|Command|Content|Credential|Date|Help|Item|Location|Member|Module|Process|Service|Variable)$`), "PowerShell itself", "a cmdlet of Exchange Online, such as " + cmdletExample},
}

const graphModule = "the module Microsoft.Graph"

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
				return fmt.Errorf("%s is a command of %s, not of Exchange: want %s, with its parameters as in %s", name, graphModule, known, usageExample)
			}
		}
	}
	for _, family := range families {
		if family.begins.MatchString(name) {
			return fmt.Errorf("%s is a command of %s, not of Exchange: want %s", name, family.module, family.instead)
		}
	}
	switch known.at {
	case compliance:
		return fmt.Errorf("%s is a command of Security & Compliance PowerShell, which is not supported: want one of Exchange Online, such as %s", name, cmdletExample)
	case server:
		return fmt.Errorf("%s is a command of Exchange Server only: want one of Exchange Online, such as %s", name, cmdletExample)
	}
	return nil
}

// anotherReport matches what begins like a report, in the place of a value.
var anotherReport = regexp.MustCompile(`^(?i)(?:[A-Za-z0-9_-]+=)?(?:get-[a-z]|get[a-z0-9]+\()`)

func betweenReports(text string) error {
	return fmt.Errorf(`%q: want ";" between two reports, not a comma, and quotes around a value`, clip(text))
}
