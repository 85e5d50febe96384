package config

import "tenantrollup/internal/report"

// Asked reads what is asked of customers and how the app signs in, REPORTS,
// PARTNER_AUTH and CLOUD, and ignores every other setting: people need to know what
// customers have to grant before there is anything to set up. The error is
// Mistakes.
func Asked(getenv func(string) string, today report.Date) ([]report.Named, AuthMode, error) {
	r := &reader{getenv: getenv}
	auth, list := r.auth(), r.reports(r.cloud(), today)
	if len(r.mistakes) > 0 {
		return nil, "", r.mistakes
	}
	return list, auth, nil
}
