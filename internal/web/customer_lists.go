package web

import (
	"cmp"
	"context"
	"log/slog"
	"slices"

	"golang.org/x/sync/errgroup"

	"tenantrollup/internal/run"
)

// listed looks the customer up in the lists of runs of all customers, newest
// first: three at most, for all reports ask the same customers. It may have left if a
// newer list does not have it. The error is of a list that might have it.
func (a *API) listed(ctx context.Context, id string, runs []run.Status) (customer run.Customer, known, mayHaveLeft bool, unread error) {
	lists := 0
	for _, status := range runs {
		if !listsAll(status) {
			continue
		}
		if lists++; lists > 3 {
			break
		}
		customer, has, err := a.inList(ctx, id, status.Key())
		if has {
			return customer, true, mayHaveLeft, nil
		}
		mayHaveLeft = mayHaveLeft || err == nil
		unread = cmp.Or(unread, err)
	}
	return run.Customer{TenantID: id}, false, mayHaveLeft, unread
}

// listsAll reports whether the run's list has all customers. It is missing before there
// are any, and that of a rerun has only those that are asked again.
func listsAll(status run.Status) bool {
	return status.Customers > 0 && status.Scope != run.ScopeFailed && !status.Rerun
}

// inList looks the customer up in the list of a run.
func (a *API) inList(ctx context.Context, id string, key run.Key) (found run.Customer, has bool, err error) {
	for customer, err := range a.Runs.Listed(ctx, key, id) {
		if err != nil {
			a.Log.LogAttrs(ctx, slog.LevelWarn, "the customer list cannot be read", slog.Any("", key), slog.String("error", err.Error()))
			return run.Customer{}, false, err
		}
		if customer.TenantID == id {
			return customer, true, nil
		}
	}
	return run.Customer{}, false, nil
}

// untilItLeft leaves out the nights that did not ask the customer, if it may have left:
// if it is still in a newest log, it has not.
func (a *API) untilItLeft(ctx context.Context, c *customerNights, nights []customerNight) []customerNight {
	isNewest := func(n customerNight) bool { return n.run.Date == c.newest }
	isLogged := func(n customerNight) bool { return isNewest(n) && n.line.Customer.TenantID != "" }
	if !c.left || slices.ContainsFunc(nights, isLogged) {
		c.left = false
		return nights
	}
	nights = a.askedIn(ctx, c.customer.TenantID, nights)
	c.left = !slices.ContainsFunc(nights, isNewest)
	return nights
}

// askedIn returns the nights that asked the customer: a night whose list does not have
// it can't have data of it.
func (a *API) askedIn(ctx context.Context, id string, nights []customerNight) (asked []customerNight) {
	isAsked := make([]bool, len(nights))
	var reading errgroup.Group
	reading.SetLimit(logsAtOnce)
	for i, night := range nights {
		isAsked[i] = true
		if night.class != withData || night.run.State != run.StatePublished || !listsAll(night.run) {
			continue
		}
		reading.Go(func() error {
			_, has, err := a.inList(ctx, id, night.run.Key())
			isAsked[i] = has || err != nil
			if err != nil {
				nights[i].class = unknown
			}
			return nil
		})
	}
	reading.Wait()
	for i, night := range nights {
		if isAsked[i] {
			asked = append(asked, night)
		}
	}
	return asked
}
