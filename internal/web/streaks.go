package web

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"tenantrollup/internal/run"
)

const (
	nightsBack = 30              // how far to look for the night since which a customer has no data
	lookTime   = 3 * time.Second // for all customers together
)

// streak follows customers through the error logs of a report's earlier nights,
// newest first, while they are without data.
type streak struct {
	earlier []run.Key        // that are not read yet
	open    map[string]*need // those whose first night may be earlier still, by tenant id
}

// tellSince says of each customer since which night it has had no data, as far as
// eight logs at once can tell in three seconds. earlier returns a report's runs,
// newest first. A customer that several reports lack for the same reason is
// followed in one of them. read are logs of the newest of these runs, and who has a
// line there, which are not read again.
func (a *API) tellSince(ctx context.Context, n *needs, shown []*need, earlier func(of run.Key) []run.Status, read map[run.Key]map[string]run.Class) {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	streaks := n.streaks(shown, earlier)
	for _, s := range streaks {
		for len(s.open) > 0 && len(s.earlier) > 0 && len(read[s.earlier[0]]) > 0 {
			s.follow(read[s.earlier[0]])
		}
	}
	streaks = slices.DeleteFunc(streaks, (*streak).isDone)
	for len(streaks) > 0 && ctx.Err() == nil {
		if err := a.lookBack(ctx, streaks); err != nil && ctx.Err() == nil {
			a.Log.LogAttrs(ctx, slog.LevelWarn, "the error logs of earlier nights cannot be read", slog.String("error", err.Error()))
			return
		}
		streaks = slices.DeleteFunc(streaks, (*streak).isDone)
	}
}

// streaks begins one streak a report, with as few reports as will do.
func (n *needs) streaks(shown []*need, earlier func(of run.Key) []run.Status) []*streak {
	lacking := make([]int, len(n.runs))
	for _, one := range shown {
		for _, l := range one.lacks {
			if l.class == one.Class() {
				lacking[l.run]++
			}
		}
	}
	begun := make([]*streak, len(n.runs))
	for _, one := range shown {
		if one.Class() == run.Excluded {
			continue
		}
		best := one.first.run
		for _, l := range one.lacks {
			if l.class == one.Class() && lacking[l.run] > lacking[best] {
				best = l.run
			}
		}
		if begun[best] == nil {
			begun[best] = &streak{open: map[string]*need{}}
			for _, status := range earlier(n.runs[best]) {
				if status.HasFiles() { // else nothing is known about that night
					begun[best].earlier = append(begun[best].earlier, status.Key())
				}
			}
		}
		one.since, one.earlier = n.runs[best].Date, true
		begun[best].open[one.line.Customer.TenantID] = one
	}
	return slices.DeleteFunc(begun, func(s *streak) bool { return s == nil })
}

// lookBack reads the next eight logs at once, of each streak about as many, and
// follows the streaks through them.
func (a *API) lookBack(ctx context.Context, streaks []*streak) error {
	each := max(1, logsAtOnce/len(streaks))
	found := make([][]map[string]run.Class, len(streaks))
	reading, ctx := errgroup.WithContext(ctx)
	reading.SetLimit(logsAtOnce)
	for i, s := range streaks {
		found[i] = make([]map[string]run.Class, min(each, len(s.earlier)))
		isOpen := func(tenantID []byte) bool { return s.open[string(tenantID)] != nil }
		for k := range found[i] {
			reading.Go(func() (err error) {
				found[i][k], err = a.Runs.Absent(ctx, s.earlier[k], isOpen)
				return err
			})
		}
	}
	err := reading.Wait()
	for i, s := range streaks {
		for _, absent := range found[i] {
			if absent == nil || len(s.open) == 0 {
				break // it was not read to its end
			}
			s.follow(absent)
		}
	}
	return err
}

func (s *streak) isDone() bool { return len(s.open) == 0 || len(s.earlier) == 0 }

// follow goes on to the next night, of which these have no data.
func (s *streak) follow(absent map[string]run.Class) {
	date := s.earlier[0].Date
	s.earlier = s.earlier[1:]
	for id, one := range s.open {
		if class, ok := absent[id]; ok && class != run.Excluded {
			one.since = date
			continue
		}
		one.earlier = false
		delete(s.open, id)
	}
}
