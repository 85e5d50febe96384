package m365

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

// cmdlet is one that this Exchange runs.
type cmdlet struct {
	takes   map[string]parameter
	reach   int                                              // how many days back it answers; 0 for one without dates
	span    int                                              // days at most between StartDate and EndDate; 0 for any number
	recent  int                                              // days that it answers if the call names no dates; 0 means 7
	pages   size                                             // PageSize; zero if only a call that names it is cut
	results size                                             // ResultSize
	count   func(c *Cloud, got invocation) int               // records, before anything cuts them
	skip    func(c *Cloud, got invocation) int               // how many of these are before the cursor; nil without one
	record  func(c *Cloud, got invocation, i int) []property // record i as it is served
}

// parameter is a parameter of a cmdlet.
type parameter struct {
	kind   string   // .NET type
	values []string // the values that it takes; nil for any
}

const (
	kindText = "System.String"
	kindDate = "System.DateTime"
	kindInt  = "System.Int32"
	kindLong = "System.Int64"
	kindList = "Microsoft.Exchange.Data.MultiValuedProperty`1[System.String]"
)

// cmdlets with the parameters that their pages document, under
// https://learn.microsoft.com/powershell/module/exchangepowershell/; those
// pages leave the properties' exact names and types open.
var cmdlets = map[string]cmdlet{
	"Get-MailTrafficSummaryReport": {
		takes: dated(map[string]parameter{
			"Category": {kindText, []string{"InboundDLPHits", "OutboundDLPHits", "InboundTransportRuleHits", "OutboundTransportRuleHits", "InboundDLPPolicyRuleHits", "OutboundDLPPolicyRuleHits",
				"TopSpamRecipient", "TopMailSender", "TopMailRecipient", "TopMalwareRecipient", "TopMalware"}},
			"DlpPolicy": {kindList, nil}, "TransportRule": {kindList, nil},
		}),
		reach: 90, pages: size{1000, 5000}, count: countOfUsers, record: summaryRecord,
	},
	"Get-MailFlowStatusReport": {
		takes: dated(map[string]parameter{
			"Direction": {kindList, directions}, "EventType": {kindList, flowEvents},
		}),
		reach: 90, count: countOfEvents, record: flowRecord,
	},
	"Get-MailTrafficATPReport": {
		takes: dated(map[string]parameter{
			"Action": {kindList, nil}, "AggregateBy": {kindText, []string{"Hour", "Day", "Summary"}},
			"Direction": {kindList, directions}, "EventType": {kindList, atpEvents}, "SummarizeBy": {kindList, nil},
		}),
		reach: 90, pages: size{1000, 5000}, count: countOfEvents, record: atpRecord,
	},
	"Get-MailDetailATPReport": {
		takes: dated(map[string]parameter{
			"Direction": {kindList, directions}, "EventType": {kindList, nil}, "MessageId": {kindList, nil}, "MessageTraceId": {kindList, nil},
			"RecipientAddress": {kindList, nil}, "SenderAddress": {kindList, nil},
		}),
		reach: 10, pages: size{1000, 5000}, count: countOfDetails, record: detailRecord,
	},
	"Get-MessageTraceV2": {
		takes: map[string]parameter{
			"StartDate": {kind: kindDate}, "EndDate": {kind: kindDate}, "ResultSize": {kind: kindInt}, "StartingRecipientAddress": {kind: kindText},
			"RecipientAddress": {kind: kindList}, "SenderAddress": {kind: kindList}, "Status": {kind: kindList}, "MessageTraceId": {kind: kindText},
		},
		reach: 90, span: 10, recent: 2, results: size{1000, 5000}, count: countOfTraces, skip: firstTrace, record: traceRecord,
	},
	"Get-MxRecordReport": {
		takes: map[string]parameter{"Domain": {kindText, nil}, "ProbeTag": {kindText, nil}},
		count: func(*Cloud, invocation) int { return 1 }, record: mxRecord,
	},
	"Get-OrganizationConfig": {
		count: func(*Cloud, invocation) int { return 1 }, record: organizationRecord,
	},
}

var (
	directions = []string{"Inbound", "Outbound", "IntraOrg"}
	flowEvents = []string{"EdgeBlockSpam", "EmailMalware", "EmailPhish", "GoodMail", "SpamDetections", "TransportRules"}
	atpEvents  = []string{"AntiMalwareEngine", "AdvancedFilter", "CampaignSpam", "FileDetonation", "ImpersonationUser", "URLDetonation"}
)

// dated adds the parameters of every report of mail.
func dated(own map[string]parameter) map[string]parameter {
	for name, kind := range map[string]string{
		"Domain": kindList, "StartDate": kindDate, "EndDate": kindDate, "Page": kindInt, "PageSize": kindInt, "ProbeTag": kindText,
	} {
		own[name] = parameter{kind: kind}
	}
	return own
}

// dateForms are the formats that Exchange reads in any language of the caller.
var dateForms = []string{time.DateOnly, "01/02/2006", "1/2/2006", "01/02/2006 15:04:05", "2006-01-02T15:04:05", time.RFC3339Nano}

// convert turns a JSON value into the parameter's kind, or says why it can't.
func (p parameter) convert(value any) (any, string) {
	switch v := value.(type) {
	case string:
		return p.convertText(v)
	case json.Number:
		if p.kind == kindDate {
			return nil, "A number is no date."
		}
		return p.convertText(v.String())
	case []any:
		if p.kind != kindList || len(v) == 0 {
			return nil, "It is a list, or an empty one."
		}
		var all []string
		for _, element := range v {
			text, ok := element.(string)
			if !ok || !p.takesText(text) {
				return nil, "Unable to match an element. Specify one of the following: " + strings.Join(p.values, ", ")
			}
			all = append(all, text)
		}
		return all, ""
	}
	return nil, "Its JSON type fits no such parameter."
}

func (p parameter) convertText(text string) (any, string) {
	switch p.kind {
	case kindInt:
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return nil, "Input string was not in a correct format."
		}
		return n, ""
	case kindDate:
		for _, form := range dateForms {
			if t, err := time.Parse(form, text); err == nil {
				return t.UTC(), ""
			}
		}
		return nil, "String was not recognized as a valid DateTime."
	}
	if !p.takesText(text) {
		return nil, "Unable to match the identifier name " + text + " to a valid enumerator name. Specify one of the following enumerator names and try again: " + strings.Join(p.values, ", ")
	}
	if p.kind == kindList {
		return []string{text}, ""
	}
	return text, ""
}

func (p parameter) takesText(text string) bool {
	return p.values == nil || slices.ContainsFunc(p.values, func(v string) bool { return strings.EqualFold(v, text) })
}
