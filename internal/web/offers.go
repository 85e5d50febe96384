package web

import (
	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// offer is a run that can be requested from the page of this one.
type offer struct {
	Reports                []string
	Date                   report.Date
	Scope                  run.Scope
	Asked                  run.Asked
	Accept                 run.Turn // of the held run to publish as it is, instead of a scope
	Button, Title, Explain string
	Refused                string // why it cannot be requested, if so
}

// ID distinguishes the offers of a page.
func (o offer) ID() string {
	switch {
	case o.Accept != "":
		return "accept"
	case len(o.Asked.Customers) > 0:
		return "customer"
	case o.Asked.Class != "":
		return string(o.Asked.Class)
	}
	return string(o.Scope)
}

// Name is what is offered, to begin a sentence with.
func (o offer) Name() string {
	switch {
	case o.Accept != "":
		return "Publishing this run as it is"
	case o.Scope == run.ScopeFailed:
		return "A rerun of the failed customers"
	}
	return "A rerun of all customers"
}

const untilComplete = "the published files stay in place until the new ones are complete."

// offers lists what POST /api/runs would accept.
func (a *API) offers(status run.Status) []offer {
	var list []offer
	switch without := status.NoData + status.Failed; {
	case status.State == run.StateUnreadable:
		return nil
	case status.State == run.StateHeld:
		list = []offer{publishHeld(status), rerunHeld()}
	case unfinished(status):
		list = []offer{resume(status)}
	case without > 0:
		list = []offer{rerunFailed(without), rerunAll()}
	default:
		list = []offer{rerunAll()}
	}
	for i := range list {
		list[i].Reports, list[i].Date = []string{status.Report}, status.Date
		refused := a.checkKey(status.Key())
		if refused == nil && !unfinished(status) {
			refused = a.checkNew(status.Key(), list[i].Scope)
		}
		if refused != nil {
			list[i].Refused = refused.reason
		}
	}
	return list
}

func rerunFailed(n int) offer {
	again := "They are asked again; "
	if n == 1 {
		again = "It is asked again; "
	}
	return offer{
		Scope: run.ScopeFailed, Button: "Rerun failed …", Title: "Rerun the customers without data?",
		Explain: run.Customers(n) + " failed or had no data. " + again + "the rows of all others stay, and " + untilComplete,
	}
}

func rerunAll() offer {
	return offer{
		Scope: run.ScopeAll, Button: "Rerun all …", Title: "Rerun the whole report?",
		Explain: "All customers are asked again, and " + untilComplete,
	}
}

func publishHeld(status run.Status) offer {
	replaces := ""
	if status.HasFiles() {
		replaces = " They replace the files that are published now."
	}
	return offer{
		Accept: status.Turn, Button: "Publish as it is …", Title: "Publish this run as it is?",
		Explain: "The files of this run are published. Customers that did not answer are in its error log and can be asked again afterwards." + replaces,
	}
}

func rerunHeld() offer {
	again := rerunAll()
	again.Explain += " The held rows are discarded."
	return again
}

func resume(status run.Status) offer {
	again := offer{
		Scope: run.ScopeAll, Button: "Resume if stuck …", Title: "Resume this run?",
		Explain: "If the run is stuck, it continues from its last checkpoint. If it is not, nothing changes.",
	}
	if status.State == run.StateStopped || givenUp(status) {
		again.Button, again.Explain = "Resume …", "The run continues from where it stopped."
	}
	if status.Rerun {
		again.Scope = run.ScopeFailed
	}
	return again
}
