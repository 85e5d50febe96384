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

Type mend to make every customer work, slow to make each take two seconds longer,
or night to fire the nightly trigger again. Ctrl-C stops it.
`, host.URL(), host.FunctionKey("runs"), host.HostKey())
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
	case "mend", "slow":
		fault := m365.None
		if order == "slow" {
			fault = m365.Slow
		}
		for index, customer := range n.place.Cloud.Customers() {
			if customer.Fault != m365.HostileNames { // that is not a fault of its reports
				n.place.Cloud.SetFault(index, fault)
			}
		}
	case "night":
		if err := n.place.Host.FireTimer(ctx, "nightly", time.Now(), false); err != nil {
			return fmt.Errorf("fire the nightly trigger: %w", err)
		}
	default:
		fmt.Fprintf(n.out, "%q is not one of mend, slow and night.\n", order)
		return nil
	}
	fmt.Fprintf(n.out, "Done: %s.\n", order)
	return nil
}
