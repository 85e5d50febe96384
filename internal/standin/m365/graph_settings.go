package m365

import "net/http"

const roleSettings = "ReportSettings.Read.All"

// grantsSettings tells the customers that let the app read their report
// settings, which is optional: every other one, and those that conceal names.
func grantsSettings(customer Customer) bool {
	return customer.Fault == Concealed || customer.Index%2 == 0
}

// serveSettings answers as the report service does: without its own permission
// it refuses in the words of the reports.
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
