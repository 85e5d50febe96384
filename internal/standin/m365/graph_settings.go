package m365

import "net/http"

const roleSettings = "ReportSettings.Read.All"

// grantsSettings reports whether the customer lets the app read its report settings,
// which is optional: every second one does, and those that conceal names.
func grantsSettings(customer Customer) bool {
	return customer.Fault == Concealed || customer.Index%2 == 0
}

// serveSettings answers as the report service does. Without the permission for
// settings it refuses in the same words as for reports.
func (c *Cloud) serveSettings(w http.ResponseWriter, r *http.Request, who caller) {
	if !who.has(roleSettings) {
		refuseRole(w, r)
		return
	}
	writeJSON(w, http.StatusOK, item{
		"@odata.context":        "https://" + graphHost + "/v1.0/$metadata#admin/reportSettings/$entity",
		"displayConcealedNames": who.tenant.Fault == Concealed,
	})
}
