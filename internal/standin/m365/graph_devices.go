package m365

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

const roleDevices = "DeviceManagementManagedDevices.Read.All"

// devices is intune-devices-manageddevice-list.md, with most of what
// resources/intune-devices-manageddevice.md describes.
var devices = collection{
	path: "/deviceManagement/managedDevices", typeName: "managedDevice",
	permits: [][]string{{roleDevices, "DeviceManagementManagedDevices.ReadWrite.All"}}, refuse: refuseIntune, needs: NoIntune,
	limit:   limit{service: "intune devices", units: 2000, window: 20 * time.Second, cost: 1},
	options: []string{"$select", "$filter", "$count", "$top"}, page: 1000, maxTop: 1000,
	properties: `id userId deviceName managedDeviceOwnerType enrolledDateTime lastSyncDateTime operatingSystem
		complianceState jailBroken managementAgent osVersion azureADRegistered deviceEnrollmentType emailAddress
		azureADDeviceId deviceRegistrationState isEncrypted userPrincipalName model manufacturer imei serialNumber
		phoneNumber userDisplayName totalStorageSpaceInBytes freeStorageSpaceInBytes managedDeviceName
		partnerReportedThreatState notes deviceActionResults configurationManagerClientEnabledFeatures
		deviceHealthAttestationState`,
	count:  func(c *Cloud, customer Customer) int { return c.usersOf(customer) / 2 },
	object: deviceObject,
}

func deviceObject(c *Cloud, customer Customer, i int) object {
	owner := c.person(customer, 2*i)
	random := c.random(customer.TenantID+"/devices", i)
	seen := c.opts.Today.Add(-time.Duration(random.IntN(1e6)) * time.Second)
	var actions any = []object{}
	var features, notes any
	if i%5 == 2 {
		actions = []object{{{"actionName", "locateDevice"}, {"actionState", "done"}, {"startDateTime", seen.Format(time.RFC3339)}}}
		features = object{{"inventory", true}, {"modernApps", false}, {"resourceAccess", nil}}
		notes = "Lent out.\nAsk \"IT\" first; =1+1"
	}
	space := json.Number("512110190592")
	if i%4 == 1 {
		space = "9007199254740993" // a float64 has no such number
	}
	system := []string{"Windows", "iOS", "Android", "macOS"}[random.IntN(4)]
	return object{
		{"id", guid(random)}, {"userId", owner.id}, {"deviceName", fmt.Sprintf("DESKTOP-%05d", i)},
		{"managedDeviceOwnerType", []string{"company", "personal"}[random.IntN(2)]},
		{"enrolledDateTime", "2025-03-04T05:06:07.8901234Z"}, {"lastSyncDateTime", seen.Format(time.RFC3339)}, {"operatingSystem", system},
		{"complianceState", []string{"compliant", "noncompliant", "inGracePeriod", "unknown"}[random.IntN(4)]}, {"jailBroken", "Unknown"},
		{"managementAgent", "mdm"}, {"osVersion", fmt.Sprintf("10.0.%d", 19045+random.IntN(10000))}, {"azureADRegistered", i%3 != 0},
		{"deviceEnrollmentType", "windowsAzureADJoin"}, {"emailAddress", owner.address}, {"azureADDeviceId", guid(random)},
		{"deviceRegistrationState", "registered"}, {"isEncrypted", i%6 != 0}, {"userPrincipalName", owner.address},
		{"model", "Surface Pro, 13\""}, {"manufacturer", "Contoso"}, {"imei", ""}, {"serialNumber", fmt.Sprintf("%012d", random.IntN(1e9))},
		{"phoneNumber", "+1******0100"}, {"userDisplayName", owner.name}, {"totalStorageSpaceInBytes", space},
		{"freeStorageSpaceInBytes", random.IntN(1e12)}, {"managedDeviceName", fmt.Sprintf("user%d_%s", 2*i, system)},
		{"partnerReportedThreatState", "unknown"}, {"notes", notes}, {"deviceActionResults", actions},
		{"configurationManagerClientEnabledFeatures", features}, {"deviceHealthAttestationState", nil},
	}
}

// refuseIntune is how Intune refuses a token without a permission: its own error as
// text in its front's, as text in Graph's, as in
// github.com/AzureAD/microsoft-authentication-library-for-js/issues/7007.
func refuseIntune(w http.ResponseWriter, r *http.Request, missing []string) {
	inner := object{
		{"_version", 3},
		{"Message", "Application is not authorized to perform this operation. Application must have one of the following scopes: " + missing[0] + " - Operation ID (for customer support): 00000000-0000-0000-0000-000000000000"},
		{"CustomApiErrorPhrase", ""}, {"RetryAfter", nil}, {"ErrorSourceService", ""}, {"HttpHeaders", "{}"},
	}
	outer := object{{"ErrorCode", "Forbidden"}, {"Message", inText(inner)}, {"Target", nil}, {"Details", nil}, {"InnerError", nil}, {"InstanceAnnotations", []string{}}}
	graphError(w, r, http.StatusForbidden, "UnknownError", inText(outer))
}

func inText(o object) string {
	text, err := json.MarshalIndent(o, "", "  ")
	if err != nil {
		panic(err) // texts and numbers always marshal
	}
	return string(text)
}
