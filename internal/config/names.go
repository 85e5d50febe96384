package config

import (
	"slices"
	"strings"
)

// names are all settings of this program.
var names = []string{
	"PARTNER_TENANT_ID", "PARTNER_CLIENT_ID", "PARTNER_AUTH", "KEY_VAULT_URL", "REPORTS", "NIGHTLY_SCHEDULE",
	"REPORTS_STORAGE", "REPORTS_STORAGE__blobServiceUri", "REPORTS_STORAGE__accountName", "REPORTS_CONTAINER",
	"CUSTOMERS_FROM", "CUSTOMERS_INCLUDE", "CUSTOMERS_EXCLUDE", "CONCURRENCY", "EXECUTION_BUDGET",
	"NOTIFY_WEBHOOK_URL", "CLOUD",
}

// others are how names that the platform and Azure's tools give to variables begin.
var others = []string{"AZURE_", "WEBSITE_", "FUNCTIONS_", "AzureWebJobs"}

// checkNames refuses each variable that is set and looks like a misspelt setting: a
// filter under another name would filter nothing.
func (r *reader) checkNames(variables []string) {
	for _, variable := range slices.Sorted(slices.Values(variables)) {
		foreign := slices.ContainsFunc(others, func(prefix string) bool { return strings.HasPrefix(variable, prefix) })
		if foreign || slices.Contains(names, variable) || r.get(variable) == "" {
			continue
		}
		for _, name := range names {
			slips := 1
			if len(name) >= 10 {
				slips = 2
			}
			misspelt := distance(variable, name) <= slips
			if strings.EqualFold(variable, name) {
				misspelt = r.get(name) == "" // Windows reads it under any case
			}
			if misspelt {
				r.mistake(variable + " (its value is not shown): there is no such setting; rename it to " + name + ", or delete it")
				break
			}
		}
	}
}

// distance is how many letters must be added, removed, changed, or swapped with the
// next one to turn a into b.
func distance(a, b string) int {
	var before, last []int
	for i := range len(a) + 1 {
		row := make([]int, len(b)+1)
		for j := range row {
			switch {
			case i == 0:
				row[j] = j
				continue
			case j == 0:
				row[j] = i
				continue
			}
			change := last[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			row[j] = min(change, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
