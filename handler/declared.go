package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tenantrollup/internal/config"
	"tenantrollup/internal/msapi"
	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// registration is what the app's registration asks customers for.
//
// Source: https://learn.microsoft.com/graph/api/resources/requiredresourceaccess
type registration struct {
	Required []struct {
		API         string `json:"resourceAppId"`
		Permissions []struct {
			ID   string `json:"id"`
			Type string `json:"type"` // Role, or Scope for an app with a user
		} `json:"resourceAccess"`
	} `json:"requiredResourceAccess"`
}

// declared returns the names of those permissions of an API that a report needs.
func (r registration) declared(api report.API, delegated bool) []string {
	var names []string
	for _, required := range r.Required {
		for _, p := range required.Permissions {
			if strings.EqualFold(required.API, api.ID) && (p.Type == "Scope") == delegated {
				names = append(names, report.PermissionName(strings.ToLower(p.ID), delegated))
			}
		}
	}
	return names
}

// checkDeclared compares what the registration declares with what REPORTS needs:
// customers are not asked to grant what is not declared, so they all refuse it.
// Only customers' own tokens say what they have granted; the report access has it.
func (a *app) checkDeclared(ctx context.Context, graph *msapi.Client) finding {
	const check = "permissions"
	var found registration
	err := graph.GetJSON(ctx, a.config.PartnerTenantID, "/v1.0/applications(appId='"+a.config.PartnerClientID+"')?$select=requiredResourceAccess", &found)
	if failure, refused := errors.AsType[*run.Failure](err); refused {
		return finding{Check: check, OK: true, Detail: "unknown, because the app may not read its registration, which requires Directory.Read.All: " + failure.Message}
	}
	if err != nil {
		return judge(check, "", err)
	}
	needs, _ := report.Needed(a.config.Reports)
	delegated := a.config.Auth == config.AuthRefreshToken
	lacking := slices.DeleteFunc(needs, func(need report.Need) bool { return need.Granted(found.declared(need.API, delegated)) })
	if len(lacking) == 0 {
		return finding{Check: check, OK: true, Detail: "the registration declares what REPORTS is known to need"}
	}
	var texts []string
	for _, need := range lacking {
		text := nameOf(need.Permission, a.config.Auth)
		if len(need.For) > 0 {
			text += " for " + strings.Join(need.For, ", ")
		}
		texts = append(texts, text)
	}
	return finding{
		Check: check, Detail: fmt.Sprintf("the registration does not declare %s", strings.Join(texts, "; ")),
		Remedy: "Declare it with the commands that handler permissions prints, and have every customer consent again.",
	}
}
