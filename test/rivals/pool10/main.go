// Command pool10 is loop2015 with ten customers at a time: what one writes when
// the loop has become too slow. It is here to be measured against.
//
//	pool10 report.csv [customers]
package main

import (
	"golang.org/x/sync/errgroup"

	"tenantrollup/test/rivals/rival"
)

func main() {
	rival.Main(rival.WithSecret, func(n *rival.Night) error {
		var pool errgroup.Group
		pool.SetLimit(10)
		for _, customer := range n.Customers {
			pool.Go(func() error { return n.Append(customer) })
		}
		return pool.Wait()
	})
}
