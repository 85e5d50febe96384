package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"tenantrollup/internal/standin/m365"
)

// stay leaves everything running until it is interrupted, and does what is typed.
func (n *night) stay(ctx context.Context, in io.Reader) error {
	host := n.place.Host
	fmt.Fprintf(n.out, `
Still running. The page, for readers, and for operators, who can also ask for runs:

  reader    %s/api/runs?code=%s
  operator  %[1]s/api/runs?code=%[3]s

Type mend to make every customer work, hold to keep the next run waiting in its middle
until you type mend, or night to fire the nightly trigger again. Ctrl-C stops it.
`, host.URL(), host.FunctionKey("runs"), host.HostKey())
	n.release = func() {}
	typed := make(chan string)
	go func() {
		for lines := bufio.NewScanner(in); lines.Scan(); {
			select {
			case typed <- strings.TrimSpace(lines.Text()):
			case <-ctx.Done():
				return
			}
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return nil
		case order := <-typed:
			if err := n.obey(ctx, order); err != nil {
				return err
			}
		}
	}
}

func (n *night) obey(ctx context.Context, order string) error {
	switch order {
	case "hold":
		n.release()
		n.release = n.place.Cloud.Hold(m365.KindReport, n.customers/2)
	case "mend":
		n.release()
		for index, customer := range n.place.Cloud.Customers() {
			if customer.Fault != m365.HostileNames { // that is not a fault of its reports
				n.place.Cloud.SetFault(index, m365.None)
			}
		}
	case "night":
		if err := n.place.Host.FireTimer(ctx, "nightly", time.Now(), false); err != nil {
			return fmt.Errorf("fire the nightly trigger: %w", err)
		}
	default:
		fmt.Fprintf(n.out, "%q is not one of mend, hold and night.\n", order)
		return nil
	}
	fmt.Fprintf(n.out, "Done: %s.\n", order)
	return nil
}
