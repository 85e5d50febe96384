package web

import (
	"cmp"
	"iter"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"tenantrollup/internal/run"
)

// withoutData are the customers without data of a publication, as its error log
// has them.
type withoutData struct {
	Total  int    // lines of the log
	Search string // what was searched for; empty: nothing
	Found  int    // customers that match the search
	Groups []*group
	Action string // address of the search form
	Code   string // the caller's key, which the form would remove from the address
	All    string // link to the page without a search
	Others int    // customers found whose remedies are too many to list
	Failed bool   // the log cannot be read
}

// group is the customers of one class that have the same remedy.
type group struct {
	Class     run.Class
	Anchor    string // id of its section; empty if another group of the class has it
	Title     string
	Remedy    string
	Count     int
	Customers []*customer
}

// More is how many customers of the group are not listed.
func (g *group) More() int { return g.Count - len(g.Customers) }

// customer is a customer without data.
type customer struct {
	run.Line
	Address string // the customer's own address in the remedy, if it has one
	Since   string // since when it has had no data, in words; empty if it is excluded
}

const (
	mostListed = 200 // customers of one group; the search and the log have the others
	mostGroups = 60  // our tables have far fewer remedies
)

// withoutData reads the error log of a publication. It keeps only what the page
// lists, however long the log is.
func (a *API) withoutData(r *http.Request, key run.Key, search string) *withoutData {
	links, self := linksOf(r), statusURL(key)
	search = strings.TrimSpace(search)
	w := &withoutData{Search: search, Action: self, Code: links.code, All: links.to(self)}
	if err := w.read(a.Runs.ErrorLog(r.Context(), key), a.Login, strings.ToLower(search)); err != nil {
		a.Log.LogAttrs(r.Context(), slog.LevelError, "the error log cannot be read", slog.Any("", key), slog.String("error", err.Error()))
		w.Failed = true
		return w
	}
	a.tellSince(r.Context(), key, w.Groups)
	return w
}

func (w *withoutData) read(log iter.Seq2[run.Line, error], login, search string) error {
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
		remedy, address := generalRemedy(line, login)
		name := string(line.Failure.Class) + "\x00" + remedy
		g := groups[name]
		if g == nil {
			if len(groups) == mostGroups {
				w.Others++
				continue
			}
			g = &group{Class: line.Failure.Class, Title: title(line.Failure.Class), Remedy: remedy}
			groups[name] = g
			w.Groups = append(w.Groups, g)
		}
		g.Count++
		if len(g.Customers) < mostListed {
			g.Customers = append(g.Customers, &customer{Line: line, Address: address})
		}
	}
	w.sort()
	return nil
}

// sort puts the classes with the most customers first, and the groups of a class
// together.
func (w *withoutData) sort() {
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

// matches reports whether the lower-case search is part of anything that people
// know a customer by.
func matches(line run.Line, search string) bool {
	for _, text := range []string{line.Customer.Name, line.Customer.Domain, line.Customer.TenantID, string(line.Failure.Class), line.Failure.CorrelationID} {
		if strings.Contains(strings.ToLower(text), search) {
			return true
		}
	}
	return false
}

var address = regexp.MustCompile(`https://[^\s'",]+`)

// generalRemedy replaces the customer's own consent address in a remedy, so that
// the remedy is the same for all customers of a group, and returns that address
// too. It is at the cloud's login host alone: who may write the error log must not
// lead administrators elsewhere.
func generalRemedy(line run.Line, login string) (remedy, own string) {
	path := "/" + line.Customer.TenantID + "/adminconsent"
	remedy = address.ReplaceAllStringFunc(line.Failure.Remedy, func(found string) string {
		u, err := url.Parse(found)
		if err != nil || login == "" || u.Host != login || u.User != nil || u.Path != path {
			return found
		}
		own = found
		return "the customer's consent address"
	})
	return remedy, own
}
