package rollup_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"tenantrollup/internal/run"
	"tenantrollup/internal/runstore"
)

// kind is what may happen to a storage call.
type kind string

const (
	dropped    kind = "dropped"     // it fails before it arrives
	answerLost kind = "answer lost" // it is applied, and nobody hears of it
	repeated   kind = "repeated"    // the same, and the SDK sends it again
	killBefore kind = "killed before"
	killAfter  kind = "killed after"
	late       kind = "late"       // it is applied when another has taken over, and its slice continues then
	echoed     kind = "echoed"     // it is applied, and again when others have come after it
	redeployed kind = "redeployed" // killed, and started again with other settings
	purged     kind = "purged"     // killed, and its message is gone
	revoked    kind = "revoked"    // Microsoft refuses the partner once, soon after

	// What others do to storage at that moment.
	rowsLost  kind = "rows lost"
	linesLost kind = "lines lost"
	listLost  kind = "list lost"
	listOlder kind = "list is an older one of the same run"
)

// fault is a kind of fault; for one that is late or echoed, also how many other calls
// come first.
type fault struct {
	kind  kind
	delay int
}

var errStorage = errors.New("storage: connection lost")

// faultFor is asked before each storage call of a process. A zombie that comes back
// has the world for itself until it ends.
func (w *world) faultFor(p *process, what string) fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	zombie := w.zombie
	if p == zombie {
		return fault{}
	}
	if zombie != nil {
		if w.patience--; w.patience < 0 {
			w.mu.Unlock()
			w.wake()
			<-zombie.ended
			w.mu.Lock()
		}
	}
	for _, again := range w.echoes[w.calls] {
		again()
	}
	f := w.disturb(w.calls, what)
	w.calls++
	if f.kind != "" {
		w.t.Logf("call %d, of run %s, to %s: %s %d", w.calls-1, p.run, what, f.kind, f.delay)
	}
	switch f.kind {
	case late:
		if w.zombie != nil {
			return fault{} // one at a time
		}
		w.zombie, w.patience, w.released = p, f.delay, false
		close(p.gone)
	case redeployed:
		w.settings += "'"
		w.changes++
	case revoked:
		w.revoked = true
	case purged:
		p.purged = true
		w.purges++
	case rowsLost, linesLost, listLost, listOlder:
		w.losses++
	}
	return f
}

// wake lets the zombie continue, if there is one.
func (w *world) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.zombie != nil && !w.released {
		w.released = true
		close(w.zombie.resume)
	}
}

// do calls storage once, or as the fault requires.
func (p *process) do(ctx context.Context, what string, call func(context.Context) error) error {
	if p.ctx.Err() == context.Canceled {
		return errStorage
	}
	f := p.world.faultFor(p, what)
	switch f.kind {
	case dropped:
		return errStorage
	case killBefore, redeployed, purged:
		p.kill()
		return errStorage
	case late:
		<-p.resume
	case rowsLost:
		p.world.commitAsIs(csvName)
	case linesLost:
		p.world.commitAsIs(logName)
	case listLost:
		p.world.replaceList("run", "ffffffff")
	case listOlder:
		p.world.replaceList("list", "0")
	}
	write := !strings.HasPrefix(what, "read ")
	err := p.apply(write, func() error { return call(ctx) })
	switch f.kind {
	case repeated:
		if err == nil {
			err = p.apply(write, func() error { return call(ctx) })
		}
	case echoed:
		p.world.echo(f.delay, func() { call(context.Background()) })
	case killAfter:
		p.kill()
		fallthrough
	case answerLost:
		err = errStorage
	}
	if write {
		p.refused = p.refused || p.claimed && errors.Is(err, run.ErrRefused)
		p.claimed = p.claimed || err == nil
	}
	return err
}

// echo repeats a call once that many others have come after it.
func (w *world) echo(delay int, again func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.echoes[w.calls+delay] = append(w.echoes[w.calls+delay], again)
}

func (p *process) apply(write bool, call func() error) error {
	if !write {
		return call()
	}
	w := &p.world.watch
	w.Lock()
	defer w.Unlock()
	err := call()
	w.wrote(p, err)
	return err
}

const (
	csvName    = "mailbox-activity/2000-01-01/mailbox-activity_2000-01-01.csv"
	logName    = "mailbox-activity/2000-01-01/mailbox-activity_2000-01-01.errors.log"
	listName   = "mailbox-activity/2000-01-01/customers.jsonl"
	recordName = "mailbox-activity/2000-01-01/run.json"
)

// commitAsIs drops every block that is only staged, as Azure does after a week and when
// anyone commits to the blob.
func (n *night) commitAsIs(name string) {
	ctx := context.Background()
	blocks, _ := n.container.Blocks(ctx, name)
	properties := n.container.Properties(name)
	properties.IfMatch = blocks.ETag
	n.container.Commit(ctx, name, blocks.Committed, properties)
}

// replaceList replaces the run's own list with another one, which differs in that key.
func (n *night) replaceList(key, value string) {
	ctx := context.Background()
	list, err := n.container.Head(ctx, listName)
	if err != nil {
		return // there is none yet
	}
	list.Metadata[key] = value
	line, _ := run.Customer{TenantID: tenant(newcomers * 2)}.AppendJSON(nil)
	n.container.Put(ctx, listName, line, runstore.Write{IfMatch: list.ETag, Metadata: list.Metadata})
}

// wide is the customer that has one column more than the others.
const wide = 6

const wideHeader = "Report Refresh Date,Total,Report Period,Has Archive\n"

// steady answers the same at each fetch: customer 0 is always throttled, 1
// has no data.
func steady(_ context.Context, c run.Customer, _ int) (string, error) {
	switch index(c) {
	case 0:
		return "", transient(run.Throttled, 0)
	case 1:
		return header, nil
	case wide:
		return wideHeader + "1999-12-30,6,7,True\n", nil
	}
	return rowsOf(c), nil
}

// varying answers differently at each fetch: rows that say which fetch it was, no
// data, or a refusal.
func varying(_ context.Context, c run.Customer, nth int) (string, error) {
	switch (index(c) + nth) % 6 {
	case 0:
		return header, nil
	case 1:
		return "", &run.Failure{Class: run.ConsentMissing, Message: "fetch " + strconv.Itoa(nth)}
	case 2:
		return "", transient(run.ServiceFault, 0)
	}
	if index(c) == wide {
		return wideHeader + strings.Repeat(fmt.Sprintf("1999-12-30,%d,7,True\n", nth), 1+nth%3), nil
	}
	return header + strings.Repeat(fmt.Sprintf("1999-12-30,%d,7\n", nth), 1+nth%3), nil
}
