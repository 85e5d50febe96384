package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// few is how many customers the 2015 loop asks: all would take minutes.
const few = 20

// compare runs the loop of the 2015 script, written in Go, on some of the same
// customers and the same simulator, one after another.
func (n *night) compare(ctx context.Context, loop string) error {
	customers := min(few, n.customers)
	rival := exec.CommandContext(ctx, loop, filepath.Join(filepath.Dir(loop), "loop.csv"), fmt.Sprint(customers))
	rival.Env = append(os.Environ(), n.place.Cloud.Env()...)
	rival.Env = append(rival.Env, "PARTNER_CLIENT_SECRET="+n.place.Cloud.ClientSecret(), "REPORT="+served)
	begin := time.Now()
	if err := rival.Run(); err != nil {
		return fmt.Errorf("the 2015 loop: %w", err)
	}
	each, ours := time.Since(begin)/time.Duration(customers), n.took/time.Duration(n.customers*len(n.reports))
	fmt.Fprintf(n.out, "\nThe 2015 script's loop took %d ms a customer for one report of %d of them, one after another.\nThis night took %d ms a customer and report, kill and retries included: %.0f times as fast.\n",
		each.Milliseconds(), customers, ours.Milliseconds(), float64(each)/float64(ours))
	return nil
}
