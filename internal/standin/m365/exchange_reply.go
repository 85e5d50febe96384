package m365

import (
	"maps"
	"net/http"
	"time"
)

// exchangeRefusal is an error of Exchange, in the shape recorded by clients that
// caught real ones: the message says nothing, while the details and the innermost
// exception say what happened.
type exchangeRefusal struct {
	status     int
	code       string // the outermost error's
	prefix     string // precedes the exception's name, often empty
	exception  string // .NET type; empty for an error without any detail
	text       string
	header     http.Header // besides the usual ones
	everything []byte      // the body, if it is not JSON
}

func badRequest(exception, text string) *exchangeRefusal {
	return &exchangeRefusal{status: http.StatusBadRequest, code: "BadRequest", exception: exception, text: text}
}

// unauthorized has no body: the reason is in a header.
func unauthorized(code, reason, category string) *exchangeRefusal {
	return &exchangeRefusal{status: http.StatusUnauthorized, everything: []byte{}, header: http.Header{
		"Www-Authenticate": {`Bearer client_id="00000002-0000-0ff1-ce00-000000000000"`},
		"X-Ms-Diagnostics": {code + `;reason="` + reason + `";error_category="` + category + `"`},
	}}
}

func (e *exchangeRefusal) write(w http.ResponseWriter, r *http.Request) {
	request := r.Header.Get("client-request-id")
	if request == "" {
		request = requestID()
	}
	w.Header().Set("request-id", request)
	maps.Copy(w.Header(), e.header)
	if e.everything != nil {
		w.WriteHeader(e.status)
		w.Write(e.everything)
		return
	}
	body := item{"code": e.code, "message": e.text}
	if e.exception != "" {
		body["message"] = "Invalid Operation"
		body["details"] = []item{{"code": "Client", "target": "", "message": e.prefix + "|" + e.exception + "|" + e.text}}
		body["innererror"] = item{
			"message": "Invalid Operation", "type": "Microsoft.Exchange.Admin.OData.Core.ODataServiceException", "stacktrace": "",
			"internalexception": item{"message": e.text, "type": e.exception, "stacktrace": ""},
		}
	}
	writeJSON(w, e.status, item{
		"error": body, "adminapi.warnings@odata.type": "#Collection(String)", "@adminapi.warnings": []string{},
	})
}

// exchangeFault refuses a good call if the customer's fault requires it.
func (c *Cloud) exchangeFault(customer Customer, got invocation) *exchangeRefusal {
	caller := "application " + c.opts.PartnerClientID
	if c.opts.Auth.refreshes() {
		caller = "user 'reports@" + c.partner.InitialDomain + "'"
	}
	switch customer.Fault {
	case ExchangeRoleUnsupported:
		return &exchangeRefusal{status: http.StatusForbidden, code: "Forbidden",
			exception: "Microsoft.Exchange.Configuration.Authorization.CmdletAccessDeniedException",
			text: "The role assigned to " + caller + " isn't supported in this scenario. " +
				"Please check online documentation for assigning correct Directory Roles to Azure AD Application for EXO App-Only Authentication."}
	case ExchangeRoleMissing:
		return &exchangeRefusal{status: http.StatusForbidden, code: "Forbidden",
			exception: "Microsoft.Exchange.AdminApi.CommandInvocation.CmdletNotAllowedException",
			text:      "The cmdlet " + got.name + " isn't present in the role definition of the current user."}
	case ExchangeBareRefusal:
		return &exchangeRefusal{status: http.StatusForbidden, everything: make([]byte, 1024)}
	case Unlicensed:
		return &exchangeRefusal{status: http.StatusForbidden, code: "Forbidden",
			exception: "Microsoft.Exchange.Data.Directory.CannotResolveTenantNameException",
			text:      "The tenant " + customer.TenantID + " is not found. Request not applicable to target tenant."}
	case ServerError:
		return exchangeDown()
	case ThrottledLong:
		return tooMany(http.Header{"Retry-After": {retrySeconds(throttledLong)}})
	}
	if !customer.Fault.endsAtExchange() || !c.stillFails(customer.Index) {
		return nil
	}
	reset := time.Now().Add(c.opts.Tuning.RetryAfter).UTC()
	switch customer.Fault {
	case ServerErrorThenFine:
		return exchangeDown()
	case Throttled:
		return tooMany(http.Header{"Retry-After": {retrySeconds(c.opts.Tuning.RetryAfter)}})
	case ThrottledDate:
		return tooMany(http.Header{"Retry-After": {reset.Add(time.Second).Format(http.TimeFormat)}})
	case ExchangeThrottled:
		return tooMany(http.Header{"Rate-Limit-Remaining": {"0"}, "Rate-Limit-Reset": {reset.Format("2006-01-02T15:04:05.000Z")}})
	}
	return &exchangeRefusal{status: http.StatusBadRequest, code: "BadRequest", prefix: "ExB8A7D1",
		exception: "Microsoft.Exchange.Configuration.CmdletProxyException.CmdletProxyNotAvailableFailure",
		text:      "The cmdlet's server can't be reached at the moment. [FailureCategory=Cmdlet-CmdletProxyNotAvailableFailure]"}
}

// endsAtExchange reports whether the fault ends after some of Exchange's answers.
func (f Fault) endsAtExchange() bool {
	switch f {
	case ServerErrorThenFine, Throttled, ThrottledDate, ExchangeThrottled, ExchangeTransient:
		return true
	}
	return false
}

func exchangeDown() *exchangeRefusal {
	return &exchangeRefusal{status: http.StatusInternalServerError, code: "InternalServerError",
		exception: "System.InvalidOperationException", text: "An internal server error occurred. The operation failed."}
}

func tooMany(header http.Header) *exchangeRefusal {
	return &exchangeRefusal{status: http.StatusTooManyRequests, code: "TooManyRequests", header: header,
		text: "Too many requests of this application to the organization."}
}
