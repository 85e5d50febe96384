package m365

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// invocation is one parsed call of a cmdlet.
type invocation struct {
	cmdlet
	name       string // in Exchange's spelling
	customer   Customer
	parameters map[string]any // by their own spelling: string, int, time.Time or []string
	start, end time.Time      // as the call names them
	days       []time.Time    // the requested days that are counted already, oldest first
	selected   []string       // properties; nil for all
	page       int            // most records on a page
	from       int            // the page's first record
	digest     string         // hash of the body, which later pages must repeat
}

// largestPage is the most records on a page, whatever Prefer asks for.
const largestPage = 1000

var pageSizeForm = regexp.MustCompile(`(?i)\bodata\.maxpagesize=(\d{1,6})\b`)

// readCmdlet strictly parses the cmdlet to run.
func (c *Cloud) readCmdlet(r *http.Request, customer Customer) (invocation, *exchangeRefusal) {
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, 1<<20))
	var sent struct {
		CmdletInput *struct {
			CmdletName string
			Parameters map[string]any
		}
	}
	reader := json.NewDecoder(bytes.NewReader(body))
	reader.DisallowUnknownFields()
	reader.UseNumber()
	if err == nil {
		err = reader.Decode(&sent)
	}
	if err != nil || reader.More() || sent.CmdletInput == nil || sent.CmdletInput.CmdletName == "" {
		return invocation{}, badRequest("Microsoft.OData.ODataException", "The request's body is no CmdletInput with a CmdletName and its Parameters.")
	}
	name := sent.CmdletInput.CmdletName
	if header := r.Header.Get("X-CmdletName"); header != "" && !strings.EqualFold(header, name) {
		return invocation{}, badRequest("Microsoft.Exchange.Admin.OData.Core.ODataServiceException", "The X-CmdletName header names another cmdlet than the body.")
	}
	got, refusal := c.invocation(customer, name, sent.CmdletInput.Parameters)
	if refusal != nil {
		return got, refusal
	}
	got.digest = fmt.Sprintf("%x", sha256.Sum256(body))
	got.page = largestPage
	if asked := pageSizeForm.FindStringSubmatch(strings.Join(r.Header.Values("Prefer"), ",")); asked != nil {
		size, _ := strconv.Atoi(asked[1])
		got.page = min(max(size, 1), largestPage)
	}
	return got, c.readQuery(r.URL.Query(), &got)
}

// readQuery reads $select, and which page is asked for.
func (c *Cloud) readQuery(query url.Values, got *invocation) *exchangeRefusal {
	for name := range query {
		if name != "$select" && name != "$skiptoken" {
			return badRequest("Microsoft.OData.ODataException", "The query parameter '"+name+"' is not supported.")
		}
	}
	if list := query.Get("$select"); list != "" {
		got.selected = strings.Split(list, ",")
		for _, name := range got.selected {
			if !slices.ContainsFunc(got.record(c, *got, 0), func(p property) bool { return p.name == name }) {
				return badRequest("Microsoft.OData.ODataException", "Could not find a property named '"+name+"'.")
			}
		}
	}
	if ticket := query.Get("$skiptoken"); ticket != "" {
		from, ok := c.keys.open(got.pageOf(query), ticket)
		fault := got.customer.Fault
		if !ok || fault == ExchangeLinkRefused || fault == ExchangeLinkExpires && c.stillFails(got.customer.Index) {
			return badRequest("System.Exception", "Expired or Invalid pagination request. Default Expiry time is 00:30:00")
		}
		got.from, _ = strconv.Atoi(from)
	}
	return nil
}

// pageOf identifies the call that a link to a further page belongs to.
func (got invocation) pageOf(query url.Values) string {
	return "records " + got.customer.TenantID + " " + got.digest + " " + query.Get("$select")
}

// invocation checks name and parameters as the cmdlet itself does.
func (c *Cloud) invocation(customer Customer, name string, sent map[string]any) (invocation, *exchangeRefusal) {
	got := invocation{name: spelling(cmdlets, name), customer: customer, parameters: map[string]any{}}
	var known bool
	if got.cmdlet, known = cmdlets[got.name]; !known {
		return got, badRequest("System.Management.Automation.CommandNotFoundException", "The term '"+name+"' is not recognized as the name of a cmdlet, function, script file, or operable program. "+
			"Check the spelling of the name, or if a path was included, verify that the path is correct and try again.")
	}
	for word, value := range sent {
		own := spelling(got.takes, word)
		parameter, known := got.takes[own]
		if !known {
			return got, badRequest("Microsoft.Exchange.AdminApi.CommandInvocation.AmbiguousParameterSetException",
				"Parameter set cannot be resolved using the specified named parameters. Invalid cmdlet parameters specified. "+word)
		}
		if _, twice := got.parameters[own]; twice {
			return got, badRequest("System.Management.Automation.ParameterBindingException",
				"Cannot bind parameter because parameter '"+own+"' is specified more than once.")
		}
		converted, problem := parameter.convert(value)
		if problem != "" {
			return got, badRequest("Microsoft.Exchange.AdminApi.CommandInvocation.ParameterTransformationException", fmt.Sprintf(
				"Cannot process argument transformation on parameter '%s'. Cannot convert value \"%v\" to type \"%s\". Error: \"%s\"", own, value, parameter.kind, problem))
		}
		got.parameters[own] = converted
	}
	if refusal := got.checkSizes(); refusal != nil {
		return got, refusal
	}
	if got.reach == 0 {
		return got, nil
	}
	return got, c.askedDays(&got)
}

// spelling finds a name's own spelling, because PowerShell ignores case.
func spelling[T any](names map[string]T, name string) string {
	for own := range names {
		if strings.EqualFold(own, name) {
			return own
		}
	}
	return ""
}

// askedDays returns the days of a call, or the cmdlet's recent ones if it names none.
// Today is not counted yet.
func (c *Cloud) askedDays(got *invocation) *exchangeRefusal {
	today := c.opts.Today
	start, started := got.parameters["StartDate"].(time.Time)
	end, ended := got.parameters["EndDate"].(time.Time)
	if !started && !ended {
		setDefault(&got.recent, 7)
		start, end = today.AddDate(0, 0, -got.recent), today
	}
	refuse := func(text string) *exchangeRefusal {
		return badRequest("Microsoft.Exchange.Management.FfoReporting.InvalidExpressionException", text)
	}
	switch {
	case started != ended:
		return refuse("StartDate and EndDate must be specified together.")
	case end.Before(start):
		return refuse("The StartDate must not be later than the EndDate.")
	case start.Before(today.AddDate(0, 0, -got.reach)):
		return refuse(fmt.Sprintf("The StartDate must be within the last %d days.", got.reach))
	case got.span > 0 && end.After(start.AddDate(0, 0, got.span)):
		return refuse(fmt.Sprintf("The StartDate and the EndDate must be within %d days of each other.", got.span))
	}
	got.start, got.end = start, end
	for day := start.Truncate(24 * time.Hour); !day.After(end) && day.Before(today); day = day.AddDate(0, 0, 1) {
		got.days = append(got.days, day)
	}
	return nil
}
