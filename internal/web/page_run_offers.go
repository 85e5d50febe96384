package web

import (
	"tenantrollup/internal/run"
)

// offer is a run that can be requested from the page of this one.
type offer struct {
	Scope                  run.Scope
	Button, Title, Explain string
	Refused                string // why it cannot be requested, if so
}

const untilComplete = "the published files stay in place until the new ones are complete."

// offers lists what POST /api/runs would accept.
func (a *API) offers(status run.Status) []offer {
	var list []offer
	switch without := status.NoData + status.Failed; {
	case status.State == run.StateUnreadable:
		return nil
	case status.State != run.StatePublished:
		list = []offer{resume(status)}
	case without > 0:
		list = []offer{rerunFailed(without), rerunAll()}
	default:
		list = []offer{rerunAll()}
	}
	for i := range list {
		if refused := a.checkRerun(status.Key(), list[i].Scope); refused != nil {
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

func resume(status run.Status) offer {
	again := offer{
		Scope: run.ScopeAll, Button: "Is it stuck? …", Title: "Resume this run?",
		Explain: "If the run is stuck, it continues from its last checkpoint. If it is not, nothing changes.",
	}
	if status.State == run.StateStopped {
		again.Button, again.Explain = "Resume …", "The run continues from where it stopped."
	}
	if status.Scope == run.ScopeFailed {
		again.Scope = run.ScopeFailed
	}
	return again
}
