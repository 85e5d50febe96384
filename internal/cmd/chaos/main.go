// Command chaos kills the handler a given number of times and counts what that
// costs. It runs whole nights of the real program on the stand-ins, one after the
// other, with customers that answer differently at each attempt. After each night
// every published row is compared with what was served. If a single row is lost or
// doubled, a customer's rows come from more than one attempt, or a customer that
// was done according to the record at a kill is asked again without a restart, it
// ends with code 1 and names the seed.
//
// The seed decides who the customers are, what they answer and when the handler
// is killed, as counted in requests and milliseconds; the machine decides the rest.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"tenantrollup/internal/standin"
)

// options say how much chaos to make.
type options struct {
	kills     int
	customers int
	seed      uint64
	places    int // side by side
	folder    bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var o options
	flag.IntVar(&o.kills, "kills", 1000, "how often the handler is killed")
	flag.IntVar(&o.customers, "customers", 80, "how many customers the partner has")
	flag.Uint64Var(&o.seed, "seed", rand.Uint64N(1e9), "decides the customers, their answers and the kills")
	flag.IntVar(&o.places, "places", 4, "how many nights run side by side")
	flag.BoolVar(&o.folder, "folder", false, "make the nights by hand, in a folder, without host and storage")
	flag.Parse()
	if err := chaos(ctx, os.Stdout, o); err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
}

// chaos continues until there were enough kills. Its error names the seed.
func chaos(ctx context.Context, out io.Writer, o options) error {
	root, err := standin.Repository()
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "tenant-rollup-chaos-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	binary, err := standin.Build(ctx, root, scratch, "./handler")
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Seed %d: %d customers, until the handler was killed %d times.\n", o.seed, o.customers, o.kills)
	begin, sum := time.Now(), &summary{out: out, kills: o.kills}
	// The first that fails ends them all.
	working, ctx := errgroup.WithContext(ctx)
	for place := range o.places {
		w := worker{options: o, root: root, binary: binary, sum: sum}
		random := rand.New(rand.NewPCG(o.seed, uint64(place)))
		working.Go(func() error { return w.work(ctx, random) })
	}
	err = working.Wait()
	sum.tell(time.Since(begin))
	if err != nil {
		return fmt.Errorf("seed %d: %w", o.seed, err)
	}
	return nil
}

// summary is the result of all nights.
type summary struct {
	mu    sync.Mutex
	out   io.Writer
	kills int // wanted

	killed, lostHosts, leftBehind, nights, reruns, askedAgain, rows, lines int
	cost                                                                   cost
}

// enough reports whether the handler was killed often enough.
func (s *summary) enough() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ends() >= s.kills
}

func (s *summary) ends() int { return s.killed + s.lostHosts + s.leftBehind }

// add adds the result of a night, and prints the progress of all.
func (s *summary) add(n night) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.ends() * 10 / s.kills
	s.nights++
	s.killed += n.killed
	s.lostHosts += n.lostHosts
	s.leftBehind += n.leftBehind
	s.reruns += n.reruns
	s.askedAgain += n.askedAgain
	s.rows += n.rows
	s.lines += n.lines
	s.cost.lost += n.cost.lost
	s.cost.doubled += n.cost.doubled
	if now := s.ends(); now*10/s.kills > before {
		fmt.Fprintf(s.out, "%5d kills, %d nights: %d rows lost, %d doubled.\n", now, s.nights, s.cost.lost, s.cost.doubled)
	}
}

func (s *summary) tell(took time.Duration) {
	fmt.Fprintf(s.out, "\n%d nights and %d reruns of the failed customers in %s, with %d kills of the handler, %d of its machine, and %d of the host alone, which leave a busy handler behind.\n",
		s.nights, s.reruns, took.Round(time.Second), s.killed, s.lostHosts, s.leftBehind)
	fmt.Fprintf(s.out, "%d rows and %d lines compared: %d rows lost, %d doubled.\n", s.rows, s.lines, s.cost.lost, s.cost.doubled)
	if s.askedAgain > 0 {
		fmt.Fprintf(s.out, "%d runs were killed at every delivery of their message, and had to be asked for again.\n", s.askedAgain)
	}
}
