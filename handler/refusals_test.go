package main_test

import (
	"testing"

	"tenantrollup/internal/run"
	"tenantrollup/internal/standin/m365"
)

func TestRareRefusals(t *testing.T) {
	t.Parallel()
	ends := map[m365.Fault]end{
		m365.SubscriptionLapsed: {run.NotLicensed, "AADSTS500014"},
		m365.IdentityNotFound:   {run.ConsentMissing, "Authorization_IdentityNotFound"},
		m365.UnknownTenant:      {run.NoData, "No report information for "},
		m365.TextError:          {run.ConsentMissing, "unauthorized_client: A policy of the service forbids it."},
		m365.ObjectMessage:      {run.ConsentMissing, "S2SUnauthorized: Invalid permission."},
		m365.NestedError:        {run.ServiceFault, "InvalidFilter: The filter is invalid."},
		m365.ProxyRefusal:       {run.ServiceFault, "may come from a proxy in between"},
	}
	hostileNight(t, "details="+detailCall, ends, nil).survived("details", ends)
}
