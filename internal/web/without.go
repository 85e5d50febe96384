package web

import (
	"cmp"
	"iter"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"tenantrollup/internal/run"
)

// without are the customers without data of a publication, as its error log
// has them.
type without struct {
	Total  int    // lines of the log
	Search string // what was searched for, if anything
	Found  int    // customers that it found
	Groups []*group
	Action string // where the search goes
	Code   string // the caller's key, which a form loses from its address
	All    string // link to the page without a search
	Others int    // found, with remedies of their own that are too many to list
	Failed bool   // the log can't be read
}

// group are the customers that have one remedy.
type group struct {
	Class     run.Class
	Anchor    string // of its section; empty where another of the class has it
	Title     string
	Remedy    string
	Count     int
	Customers []*failed
}

// More is how many customers of the group are not listed.
func (g *group) More() int { return g.Count - len(g.Customers) }

// failed is a customer without data.
type failed struct {
	run.Line
	Address string // of the remedy, where it is this customer's alone
	Since   string // in words; empty where it is excluded
}

const (
	listedMost = 200 // customers of one group: more are for the search, and the log
	groupsMost = 60  // there are as many remedies as our tables have, far fewer
)

// without reads the error log of a publication. It keeps what the page lists,
// however long the log is.
func (a *API) without(r *http.Request, key run.Key, search string) *without {
	links := linksOf(r)
	search = strings.TrimSpace(search)
	w := &without{Search: search, Action: statusURL(key), Code: links.code, All: links.to(statusURL(key))}
	if err := w.read(a.Runs.ErrorLog(r.Context(), key), strings.ToLower(search)); err != nil {
		a.Log.LogAttrs(r.Context(), slog.LevelError, "the error log can't be read", slog.String("report", key.Report),
			slog.String("date", string(key.Date)), slog.String("error", err.Error()))
		w.Failed = true
		return w
	}
	a.tellSince(r.Context(), key, w.Groups)
	return w
}

func (w *without) read(log iter.Seq2[run.Line, error], search string) error {
	groups := map[string]*group{}
	for line, err := range log {
		if err != nil {
			return err
		}
		w.Total++
		if !matches(line, search) {
			continue
		}
		w.Found++
		remedy, address := generalRemedy(line)
		name := string(line.Failure.Class) + "\x00" + remedy
		g := groups[name]
		if g == nil {
			if len(groups) == groupsMost {
				w.Others++
				continue
			}
			g = &group{Class: line.Failure.Class, Title: title(line.Failure.Class), Remedy: remedy}
			groups[name] = g
			w.Groups = append(w.Groups, g)
		}
		g.Count++
		if len(g.Customers) < listedMost {
			g.Customers = append(g.Customers, &failed{Line: line, Address: address})
		}
	}
	w.sort()
	return nil
}

// sort puts the classes of most customers first, and the remedies of a class
// together.
func (w *without) sort() {
	ofClass := map[run.Class]int{}
	for _, g := range w.Groups {
		ofClass[g.Class] += g.Count
	}
	slices.SortStableFunc(w.Groups, func(x, y *group) int {
		return cmp.Or(rank(x.Class)-rank(y.Class), ofClass[y.Class]-ofClass[x.Class], cmp.Compare(x.Class, y.Class), y.Count-x.Count)
	})
	anchored := map[run.Class]bool{}
	for _, g := range w.Groups {
		if !anchored[g.Class] {
			g.Anchor, anchored[g.Class] = string(g.Class), true
		}
	}
}

// matches looks for lower-case text in what people know a customer by.
func matches(line run.Line, search string) bool {
	for _, text := range []string{line.Customer.Name, line.Customer.Domain, line.Customer.TenantID, string(line.Failure.Class), line.Failure.CorrelationID} {
		if strings.Contains(strings.ToLower(text), search) {
			return true
		}
	}
	return false
}

var address = regexp.MustCompile(`https://[^\s'",]+`)

// generalRemedy takes the one address out of a remedy that is of this customer's
// tenant, so that the remedy is the same for all customers of a group.
func generalRemedy(line run.Line) (remedy, own string) {
	remedy = address.ReplaceAllStringFunc(line.Failure.Remedy, func(found string) string {
		if line.Customer.TenantID == "" || !strings.Contains(found, line.Customer.TenantID) {
			return found
		}
		own = found
		return "the customer's consent address"
	})
	return remedy, own
}
