package records

import (
	"fmt"
	"strings"
)

// benchRecords is a JSON array of n records, such as Graph and Exchange answer
// with. Builds that are compared are given the same bytes: it needs nothing of this
// package.
func benchRecords(n int) []byte {
	var b strings.Builder
	b.WriteByte('[')
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"@odata.id":"https://graph.microsoft.com/v2/users/%08[1]d","id":"3f1c7a52-09d4-4be1-9c31-%012[1]d","displayName":"Person %[1]d, Contoso",`+
			`"userPrincipalName":"person.%[1]d@contoso.onmicrosoft.com","mail":"person.%[1]d@contoso.example","jobTitle":"Chargé d'affaires","mobilePhone":null,`+
			`"accountEnabled":%[2]t,"userType":"Member","usageLocation":"DE","createdDateTime":"2024-03-%02[3]dT08:15:30Z","signInSessions":%[1]d,"score":%[1]d.50,`+
			`"businessPhones":["+49 30 %[1]d","+49 89 %[1]d"],"assignedLicenses":[{"disabledPlans":[],"skuId":"c7df2760-2c81-4ef7-b578-5b5392b571df"}],`+
			`"signInActivity":{"lastSignInDateTime":"2026-11-%02[3]dT06:00:00Z","lastSignInRequestId":"8e1f0c5b-7a3e-4a39-8a3e-%012[1]d","lastNonInteractiveSignInDateTime":null},`+
			`"officeLocation":"Building \"%[4]d\"\\%[4]d","department":"Sales","city":"Berlin","onPremisesSyncEnabled":null,"employeeId":"%[1]d"}`,
			i, i%7 > 0, i%28+1, i%90)
	}
	b.WriteByte(']')
	return []byte(b.String())
}
