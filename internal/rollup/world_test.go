package rollup_test

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"tenantrollup/internal/report"
	"tenantrollup/internal/rollup"
	"tenantrollup/internal/run"
	"tenantrollup/internal/runstore"
)

// world is a night in which storage, processes and the queue may fail. Every slice and
// every request for a run is a separate process, and a watch checks every write against
// the rules.
type world struct {
	*night
	pace    time.Duration // for a customer to answer
	budget  time.Duration // of a slice
	flock   int           // customers in flight
	limit   int           // deliveries of one message
	varies  bool          // every answer and every listing differs from the one before
	broken  bool          // Microsoft answers nobody at the moment
	disturb func(call int, what string) fault
	watch   watch

	settings   string           // of the processes that start from now on
	calls      int              // of storage so far, by all processes
	losses     int              // of blocks and lists, each of which may cost a restart
	changes    int              // of the settings, likewise
	purges     int              // of messages
	byHand     int              // runs that had to be requested again
	echoes     map[int][]func() // of storage calls, by when they come
	delivered  int
	again      map[run.Message]bool
	revoked    bool // the partner's credential, for one call
	listings   int
	fetchedFor map[string][]string // the run for which each fetch of a customer was made
	deliveries map[run.Message]int
	queue      []run.Message
	zombie     *process
	patience   int // storage calls until the zombie comes back
	released   bool
	alive      sync.WaitGroup
}

func newWorld(t *testing.T, customers int) *world {
	w := &world{
		night: newNight(t, customers), pace: time.Second, budget: 3 * time.Second, flock: 2, limit: 10, settings: "settings",
		disturb: func(int, string) fault { return fault{} }, echoes: map[int][]func(){},
		fetchedFor: map[string][]string{}, deliveries: map[run.Message]int{}, again: map[run.Message]bool{},
	}
	w.watch = watch{world: w, commits: map[string]int{}}
	w.customers[2].Excluded = true
	return w
}

// process is one slice, or one request for a run, with its access to storage and
// Microsoft.
type process struct {
	runstore.Container // what no process asks
	world              *world
	run                string
	ctx                context.Context
	kill               context.CancelFunc // its storage calls fail from now on
	gone               chan struct{}      // closed when nobody hears from it any more
	resume             chan struct{}
	ended              chan struct{}

	settings string
	stale    bool // its message has nothing to do, as the checkpoint was when it started
	frozen   bool // the run was being published when it started
	purged   bool // its message is gone with it
	claimed  bool
	refused  bool // after it had claimed
}

func (w *world) start(id string) *process {
	p := &process{
		Container: &w.container, world: w, run: id, settings: w.settings,
		gone: make(chan struct{}), resume: make(chan struct{}), ended: make(chan struct{}),
	}
	p.ctx, p.kill = context.WithTimeout(w.t.Context(), w.budget)
	return p
}

func (p *process) end() {
	p.kill()
	w := p.world
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.zombie == p {
		w.zombie = nil
	}
	close(p.ended)
}

func (p *process) rollup() *rollup.Rollup {
	log := slog.New(slog.DiscardHandler)
	if testing.Verbose() {
		log = slog.New(slog.NewTextHandler(p.world.t.Output(), nil))
	}
	return &rollup.Rollup{
		Store: runstore.New(p), Log: log, Random: p.world.randomly, Concurrency: p.world.flock, Settings: p.settings,
		SignIn: func(context.Context) (rollup.Access, error) {
			if p.frozen && p.world.losses == 0 {
				p.world.t.Error("a slice that found the run publishing signs in to Microsoft")
			}
			return rollup.Access{Lister: office{p}, Filter: p.world.night, Fetcher: office{p}}, nil
		},
	}
}

// slice works on the message; its answer is queued, whoever still waits for it.
func (p *process) slice(m run.Message) error {
	defer p.end()
	w := p.world
	cp, version, _ := w.store.Read(w.t.Context(), key)
	if version != "" {
		accepted := cp.State == run.StateHeld && cp.Accept != ""
		p.frozen = cp.State == run.StatePublishing || accepted || w.watch.halfPublished(cp)
		p.stale = cp.Finished() || cp.Run != m.Run || cp.Turn > m.Turn
	}
	next, err := p.rollup().Slice(p.ctx, m, w.deliveries[m] == w.limit-1)
	w.t.Logf("slice of run %s, turn %s: %v", m.Run, m.Turn, err)
	if err != nil {
		return err
	}
	if p.refused {
		w.t.Error("a slice that was refused a write calls itself a success")
	}
	if next != nil {
		if next.Run == m.Run && next.Turn <= m.Turn {
			w.t.Errorf("turn %s continues as turn %s", m.Turn, next.Turn)
		}
		w.put(*next)
	}
	return nil
}

// accept is used as a scope: it asks for the held run to be published as it is.
const accept = run.Scope("accept")

func (p *process) request(scope run.Scope) error {
	defer p.end()
	ask := func() (run.Message, error) { return p.rollup().Request(p.ctx, key, callText, scope) }
	if scope == accept {
		ask = func() (run.Message, error) { return p.rollup().Accept(p.ctx, key, "") }
	}
	m, err := ask()
	if m != (run.Message{}) {
		p.world.put(m)
		return nil
	}
	return err
}

// deliver hands messages to slices as the queue does, until there are none. One that
// fails comes back, the first time twice; one whose slice is never heard from comes
// back, too, and two slices are at work; and each comes once more after it was done.
func (w *world) deliver() {
	for {
		m, ok := w.take()
		if !ok {
			return
		}
		if w.delivered++; w.delivered > 1000 {
			w.t.Fatal("the run does not end")
		}
		p, answer := w.start(m.Run), make(chan error, 1)
		w.alive.Go(func() { answer <- p.slice(m) })
		select {
		case err := <-answer:
			switch {
			case err != nil && !p.purged:
				w.redeliver(m)
			case err == nil && !w.again[m]:
				w.again[m] = true
				w.put(m)
			}
		case <-p.gone:
			w.put(m)
		}
	}
}

func (w *world) redeliver(m run.Message) {
	w.deliveries[m]++
	if w.deliveries[m] < w.limit {
		w.put(m)
		if w.deliveries[m] == 1 {
			w.put(m)
		}
	}
	time.Sleep(time.Minute)
}

func (w *world) put(m run.Message) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queue = append(w.queue, m)
}

func (w *world) take() (run.Message, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.queue) == 0 {
		return run.Message{}, false
	}
	m := w.queue[0]
	w.queue = slices.Clone(w.queue[1:])
	return m, true
}

// ask requests a run of its scope, again until the answer comes.
func (w *world) ask(scope run.Scope) {
	if scope == run.ScopeMissing {
		w.put(w.message())
		return
	}
	for range 10 {
		p, answer := w.start(""), make(chan error, 1)
		w.alive.Go(func() { answer <- p.request(scope) })
		select {
		case err := <-answer:
			if err == nil {
				return
			}
		case <-p.gone:
		}
		time.Sleep(time.Minute)
	}
	w.t.Errorf("nobody answers a request of scope %s", scope)
}

// publication is what can be seen of a run.
type publication struct {
	CSV   string
	Lines []string
}

// story makes one run after the other, and returns what each published.
func (w *world) story(scopes ...run.Scope) []publication {
	var all []publication
	defer w.alive.Wait()
	defer w.wake()
	for _, scope := range scopes {
		w.ask(scope)
		w.deliver()
		for try := 0; !w.checkpoint().Finished() && try < 20; try++ {
			w.byHand++
			w.ask(run.ScopeAll) // as a person would, who reads why it was stopped
			w.deliver()
		}
		if !w.checkpoint().Finished() {
			w.t.Errorf("the run of scope %s is never published: %+v", scope, w.checkpoint())
			return all
		}
		all = append(all, publication{w.csv(), w.lines()})
	}
	w.wake()
	w.alive.Wait()
	w.deliver()
	return append(all, publication{w.csv(), w.lines()})
}

// office is Microsoft as one process reaches it.
type office struct{ *process }

// Customers implements rollup.Lister. If the world varies, each listing has a customer
// that no other has.
func (o office) Customers(context.Context) ([]run.Customer, run.Base, error) {
	w := o.world
	w.mu.Lock()
	defer w.mu.Unlock()
	list := slices.Clone(w.customers)
	if w.varies {
		list = append(list, run.Customer{TenantID: tenant(newcomers + w.listings)})
	}
	w.listings++
	return list, run.Base{Sources: run.Sources{"gdap": len(list)}}, nil
}

const newcomers = 1000 // is the index of the first customer that is in one listing only

// Identify implements rollup.Lister.
func (o office) Identify(ctx context.Context, c run.Customer) run.Customer {
	return o.world.Identify(ctx, c)
}

// Fetch implements rollup.Fetcher.
func (o office) Fetch(ctx context.Context, c run.Customer, _ report.Call, _ report.Date, into run.Sink) error {
	w := o.world
	w.mu.Lock()
	w.fetchedFor[c.TenantID] = append(w.fetchedFor[c.TenantID], o.run)
	nth, refused := len(w.fetchedFor[c.TenantID]), w.revoked
	w.revoked = false
	w.mu.Unlock()
	if refused {
		return &run.Failure{Class: run.PartnerCredential, Message: "The client secret has expired."}
	}
	select {
	case <-time.After(w.pace):
	case <-ctx.Done():
		return ctx.Err()
	}
	answer := steady
	if w.varies {
		answer = varying
	}
	if w.broken {
		answer = outage
	}
	body, err := answer(ctx, c, nth)
	if err != nil {
		return err
	}
	_, err = into.Write([]byte(body))
	return err
}
