package web

import (
	"slices"

	"tenantrollup/internal/run"
)

// askSome offers to ask these customers again in those of the runs that would take
// the request: published ones of the newest date, if no newer run of the report is
// under way, held or stopped. runs are newest first. Nil: in none of them.
func (a *API) askSome(runs []run.Status, keys []run.Key, asked run.Asked) *offer {
	ask := offer{Scope: run.ScopeFailed, Asked: asked}
	for _, key := range keys {
		ask.Date = max(ask.Date, key.Date)
	}
	for _, key := range keys {
		if key.Date == ask.Date && a.takes(runs, key) {
			ask.Reports = append(ask.Reports, key.Report)
		}
	}
	if len(ask.Reports) == 0 {
		return nil
	}
	in := "In " + count(len(ask.Reports), "report")
	if len(ask.Reports) == 1 {
		in = "In " + ask.Reports[0]
	}
	switch {
	case len(asked.Customers) > 0:
		ask.Button, ask.Title = "Ask again …", "Ask this customer again?"
		ask.Explain = in + ", this customer alone is asked again. The rows of all others stay, and " + untilComplete
	case asked.Class != "":
		ask.Button, ask.Title = "Ask these again …", "Ask the customers of this class again?"
		ask.Explain = in + ", the customers of the class “" + title(asked.Class) + "” are asked again. The rows of all others stay, and " + untilComplete
	default:
		ask.Button, ask.Title = "Ask all of them again …", "Ask the customers without data again?"
		ask.Explain = in + ", the customers without data are asked again. The rows of all others stay, and " + untilComplete
	}
	return &ask
}

// takes reports whether the failed customers of the run can be asked again.
func (a *API) takes(runs []run.Status, key run.Key) bool {
	newest := slices.IndexFunc(runs, func(s run.Status) bool { return s.Report == key.Report })
	return newest >= 0 && runs[newest].Key() == key && runs[newest].State == run.StatePublished &&
		a.checkKey(key) == nil && a.checkNew(key, run.ScopeFailed) == nil
}

// lacking returns which of the runs have no data of a customer for this reason;
// of any, if it is empty.
func (n *needs) lacking(class run.Class) []run.Key {
	found := make([]bool, len(n.runs))
	for _, one := range n.all {
		for _, l := range one.lacks {
			if l.class == class || class == "" && l.class != run.Excluded {
				found[l.run] = true
			}
		}
	}
	var keys []run.Key
	for i, key := range n.runs {
		if found[i] {
			keys = append(keys, key)
		}
	}
	return keys
}
