package run

import "fmt"

// Thresholds of the warnings.
const (
	EndsSoonDays   = 14 // a credential or a relationship has at most this many days left
	StaleDays      = 5  // a report was refreshed more than this many days ago
	DroppedPercent = 20 // more than this share of the customers is missing
)

// Warning explains a class of warnings to people, in the same words on the page,
// in the notification and in docs/operate.md.
type Warning struct {
	Meaning string // a sentence
	Remedy  string // what to do, an imperative sentence
	// PerCustomer: the warning concerns individual customers, and its count is how
	// many. The handler's log names them.
	PerCustomer bool
}

var warnings = map[Class]Warning{
	WarnNamesConcealed: {
		Meaning:     "Microsoft conceals the names of users in the report.",
		Remedy:      "Have an administrator of the customer show them: Microsoft 365 admin center, Settings, Org settings, Reports.",
		PerCustomer: true,
	},
	WarnStaleData: {
		Meaning:     fmt.Sprintf("Microsoft last refreshed the report more than %d days ago, or on a day that can't be read.", StaleDays),
		Remedy:      "If this concerns all customers, check the Microsoft 365 service health.",
		PerCustomer: true,
	},
	WarnRelationshipEnding: {
		Meaning:     fmt.Sprintf("The last GDAP relationship ends within %d days.", EndsSoonDays),
		Remedy:      "Extend it in Partner Center.",
		PerCustomer: true,
	},
	WarnCredentialExpiring: {
		Meaning: fmt.Sprintf("The partner's credential ends within %d days.", EndsSoonDays),
		Remedy:  "Renew it, because no customer can be asked without it; handler check shows which one it is and when it ends.",
	},
	WarnCustomersDropped: {
		Meaning: fmt.Sprintf("There are over %d%% fewer customers than in the last publication.", DroppedPercent),
		Remedy:  "If they have not left, check CUSTOMERS_FROM, CUSTOMERS_INCLUDE, CUSTOMERS_EXCLUDE and what the app may read in your own tenant.",
	},
	WarnSourceEmpty: {
		Meaning: "A customer source that used to return customers is now empty.",
		Remedy:  "Check that the app may still read it; the function's log names the source.",
	},
	WarnMixedDates: {
		Meaning: "The file mixes data of different dates, because failed customers were asked again on a later day.",
		Remedy:  "Tell the rows apart by the column Report Refresh Date.",
	},
	WarnTruncated: {
		Meaning:     "Exchange may have more records than it returned, because a cmdlet returns only so many.",
		Remedy:      "Ask for fewer days, or filter the cmdlet by its parameters in REPORTS.",
		PerCustomer: true,
	},
	WarnOddCustomer: {
		Meaning: "A relationship or contract has no usable tenant id, so nobody is asked for it.",
		Remedy:  "Look it up in Partner Center; the function's log names it.",
	},
}

// Warning explains a class of warnings; a class of another version only by its
// name.
func (c Class) Warning() Warning {
	if w, known := warnings[c]; known {
		return w
	}
	return Warning{Meaning: string(c) + ".", PerCustomer: true}
}

// Text is the warning as people read it, with how many customers it concerns.
func (w Warning) Text(n int) string {
	text := w.Meaning
	if w.Remedy != "" {
		text += " " + w.Remedy
	}
	if w.PerCustomer {
		text = Customers(n) + ": " + text
	}
	return text
}
