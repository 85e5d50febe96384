package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"tenantrollup/internal/run"
	"tenantrollup/internal/standin/m365"
)

// eightReports are those of a night, each of 200 rows.
var eightReports = []string{
	"getEmailActivityUserDetail", "getEmailAppUsageUserDetail", "getMailboxUsageDetail", "getOneDriveActivityUserDetail",
	"getOneDriveUsageAccountDetail", "getSharePointActivityUserDetail", "getSharePointSiteUsageDetail", "getTeamsUserActivityUserDetail",
}

// eightNight is a night of all of them by one process, and what it took.
type eightNight struct {
	name      string
	customers int
	rows      int // of each customer's report
	build

	spent
	records []run.Status
}

// eight compares a night of eight reports with that of the older build, which runs
// at the same time on separate stand-ins: whatever else the machine does affects
// both.
func (h *harness) eight(name string, auth m365.Auth, customers int, mostCPU float64) row {
	const mostWall, mostTokens, mostMemory = 0.88, 1.05, 8 * megabyte
	return row{
		what: fmt.Sprintf("a night of 8 reports, %d customers, with a %s ÷ the same with the build of %s: processor time; wall; tokens a customer; peak memory above it",
			customers, name, olderCommit),
		target: fmt.Sprintf("≤ %.2f; ≤ %.2f; ≤ %.2f; ≤ %d MB", mostCPU, mostWall, mostTokens, mostMemory/megabyte),
		measure: func(ctx context.Context) (result, error) {
			older, err := h.olderBuild(ctx)
			if err != nil {
				return result{}, err
			}
			now := &eightNight{name: "8 reports, " + name, customers: customers, rows: 200, build: h.current}
			before := &eightNight{name: now.name + ", " + olderCommit, customers: customers, rows: 200, build: older}
			if err := h.sideBySide(ctx, auth, now, before); err != nil {
				return result{}, err
			}
			h.eights = append(h.eights, now, before)
			for _, n := range []*eightNight{now, before} {
				h.say("  %s: %s", n.name, n.cells())
			}
			found := append(now.misfits(), before.misfits()...)
			if !now.usage.known {
				return result{measured: notAvailable, misfits: found}, nil
			}
			cpu, wall := now.usage.cpu.Seconds()/before.usage.cpu.Seconds(), now.wall.Seconds()/before.wall.Seconds()
			tokens, memory := now.tokens(), now.usage.memory-before.usage.memory
			return result{
				measured: fmt.Sprintf("%.2f; %.2f; %.2f; %+.1f MB", cpu, wall, tokens, float64(memory)/megabyte),
				met:      cpu <= mostCPU && wall <= mostWall && tokens <= mostTokens && memory <= mostMemory,
				misfits:  found,
			}, nil
		},
	}
}

// sideBySide measures nights at the same time.
func (h *harness) sideBySide(ctx context.Context, auth m365.Auth, nights ...*eightNight) error {
	most := slack + 10*time.Duration(len(eightReports)*nights[0].customers)*perCustomer/referenceInFlight
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	h.say("%s: %d customers, %d in flight, beside %s", nights[0].name, nights[0].customers, referenceInFlight, olderCommit)
	var reports []string
	for _, function := range eightReports {
		reports = append(reports, function+"="+function+"(period='D7')")
	}
	settings := map[string]string{"CONCURRENCY": strconv.Itoa(referenceInFlight), "REPORTS": strings.Join(reports, ";")}
	begin := make(chan struct{})
	var ready, both errgroup.Group
	for _, n := range nights {
		opened := make(chan error, 1)
		both.Go(func() error {
			place, err := h.openPlace(ctx, n.build, m365.Options{
				Customers: n.customers, Seed: 2015, Rows: n.rows, Latency: nominal, Auth: auth,
			}, settings)
			opened <- err
			if err != nil {
				return err
			}
			defer place.close()
			<-begin
			if err := n.measure(ctx, place); err != nil {
				return fmt.Errorf("%s: %w\n%s", n.name, err, lastWords(place.Console()))
			}
			return nil
		})
		ready.Go(func() error { return <-opened })
	}
	ready.Wait() // an error comes back from both, too
	close(begin)
	return both.Wait()
}

func (n *eightNight) measure(ctx context.Context, p *place) (err error) {
	begin := time.Now().UTC()
	if n.spent, err = p.measure(ctx, begin, func() error { return p.Host.Idle(ctx) }); err != nil {
		return err
	}
	for _, report := range eightReports {
		record, err := p.recordOf(ctx, report, begin.Format(time.DateOnly))
		if err != nil {
			return err
		}
		n.records = append(n.records, record)
	}
	return nil
}

// cells are the columns of the table of such nights.
func (n *eightNight) cells() string {
	cpu, memory := notAvailable, notAvailable
	if n.usage.known {
		asked := time.Duration(len(eightReports) * n.customers)
		cpu, memory = fmt.Sprint((n.usage.cpu / asked).Microseconds()), fmt.Sprintf("%.1f", float64(n.usage.memory)/megabyte)
	}
	return fmt.Sprintf("%.2f | %s | %s | %.3f | %s", n.wall.Seconds(), cpu, memory, n.tokens(), n.counts.cells())
}

// tokens is how many were requested for each customer.
func (n *eightNight) tokens() float64 {
	return float64(n.counts.Customers[m365.KindToken]) / float64(n.customers)
}

// misfits names what does not confirm the night. How many tokens there were is what
// the row is about.
func (n *eightNight) misfits() []string {
	all := len(eightReports) * n.customers
	l := load{
		tokens: n.counts.Customers[m365.KindToken], reports: all, downloads: all,
		inFlight: referenceInFlight, reached: min(referenceInFlight, n.customers), report: nominal.Report,
	}
	found := l.misfits(n.counts)
	for _, r := range n.records {
		if r.WithData != n.customers || r.Rows != n.customers*n.rows || r.Restarts != 0 {
			found = append(found, fmt.Sprintf("%s of %s has %d customers with data and %d rows after %d restarts", r.Report, n.name, r.WithData, r.Rows, r.Restarts))
		}
	}
	return found
}
