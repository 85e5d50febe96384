//go:build readers

package main_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tenantrollup/internal/standin/m365"
)

// TestReadersAnswerQuestions: the queries of docs/questions.md say of the files of a
// night what the simulated customers have. make test-readers runs it.
func TestReadersAnswerQuestions(t *testing.T) {
	r := openReader(t, m365.Options{Customers: 12, Seed: 17, Rows: 60, Faults: map[int]m365.Fault{3: m365.NoPremium}},
		map[string]string{"REPORTS": "licenses; sign-in-activity; mfa"})
	r.night()
	files := map[string][]byte{"prices.csv": []byte("skuPartNumber,price\nSPE_E5,54.75\nENTERPRISEPACK,23.00\nO365_BUSINESS_PREMIUM,10.30\n")}
	for _, name := range []string{"licenses", "sign-in-activity", "mfa"} {
		files[name+".csv"] = r.blob(fmt.Sprintf("%s/%s/%[1]s_%[2]s.csv", name, r.today))
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(r.dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}

	t.Run("who has no MFA", func(t *testing.T) {
		var want []map[string]string
		for _, c := range r.Cloud.Customers() {
			for _, u := range objects(t, r.Cloud, c, "/reports/authenticationMethods/userRegistrationDetails") {
				if u["isMfaRegistered"] == false && u["userType"] == "member" {
					want = append(want, map[string]string{"Customer Name": c.OrganizationName, "userPrincipalName": fmt.Sprint(u["userPrincipalName"]), "isAdmin": asCell(u["isAdmin"])})
				}
			}
		}
		r.sameAnswer(t, "Who has no MFA?", "without", want)
	})
	t.Run("which licences nobody uses, and what they cost", func(t *testing.T) {
		limit := r.due.AddDate(0, 0, -90).Format("2006-01-02")
		counts := map[string]int{}
		for _, c := range r.Cloud.Customers() {
			parts := map[string]string{}
			for _, sku := range objects(t, r.Cloud, c, "/subscribedSkus") {
				parts[fmt.Sprint(sku["skuId"])] = fmt.Sprint(sku["skuPartNumber"])
			}
			for _, u := range objects(t, r.Cloud, c, "/users?$select=id,displayName,userPrincipalName,accountEnabled,assignedLicenses,signInActivity&$top=500") {
				activity, _ := u["signInActivity"].(map[string]any)
				if max(asCell(activity["lastSignInDateTime"]), asCell(activity["lastNonInteractiveSignInDateTime"])) >= limit {
					continue
				}
				licences, _ := u["assignedLicenses"].([]any)
				for _, licence := range licences {
					if part := parts[fmt.Sprint(licence.(map[string]any)["skuId"])]; part != "" {
						counts[c.OrganizationName+"\t"+part]++
					}
				}
			}
		}
		var want []map[string]string
		for _, key := range slices.Sorted(maps.Keys(counts)) {
			customer, part, _ := strings.Cut(key, "\t")
			price := map[string]float64{"SPE_E5": 54.75, "ENTERPRISEPACK": 23, "O365_BUSINESS_PREMIUM": 10.3}[part]
			monthly := ""
			if price > 0 {
				monthly = fmt.Sprintf("%.2f", price*float64(counts[key]))
			}
			want = append(want, map[string]string{"Customer Name": customer, "skuPartNumber": part, "accounts": fmt.Sprint(counts[key]), "monthly": monthly})
		}
		r.sameAnswer(t, "Which licences does nobody use, and what do they cost?", "unused", want)
	})
}

// objects are the records of a customer's collection.
func objects(t *testing.T, cloud *m365.Cloud, c m365.Customer, path string) (all []map[string]any) {
	t.Helper()
	for _, text := range cloud.Objects(c.TenantID, path) {
		var object map[string]any
		if err := json.Unmarshal(text, &object); err != nil {
			t.Fatal(err)
		}
		all = append(all, object)
	}
	return all
}

// asCell is a value as the file has it.
func asCell(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case bool:
		return map[bool]string{true: "True", false: "False"}[value]
	}
	return fmt.Sprint(value)
}

// sameAnswer runs the query under a heading of docs/questions.md, and compares the
// columns that want has.
func (r reader) sameAnswer(t *testing.T, heading, variable string, want []map[string]string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "docs", "questions.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## "+heading+"\n")
	_, query, _ := strings.Cut(section, "```python\n")
	query, _, found := strings.Cut(query, "```")
	if !found || len(want) < 10 {
		t.Fatalf("docs/questions.md has no query for %q, or only %d rows are expected", heading, len(want))
	}
	got := rowsOfJSON(t, r.python(t, query+fmt.Sprintf(asRows, variable+`.df().fillna("").astype(str)`)))
	for _, row := range got {
		maps.DeleteFunc(row, func(name, _ string) bool { _, wanted := want[0][name]; return !wanted })
		if sum, err := strconv.ParseFloat(row["monthly"], 64); err == nil {
			row["monthly"] = fmt.Sprintf("%.2f", sum)
		}
	}
	sameTable(t, got, want)
}
