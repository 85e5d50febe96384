// Command loop2015 is the 2015 script in Go: it signs in as the partner, lists
// the contracts and goes through the customers one after another. For each it
// takes a token, asks for the report, follows the redirect and appends the rows
// to one file, the header once. It is here to be measured against.
//
//	loop2015 report.csv [customers]
//
// customers is how many of them it goes through at most.
package main

import "tenantrollup/test/rivals/rival"

func main() {
	rival.Main(rival.WithSecret, func(n *rival.Night) error {
		for _, customer := range n.Customers {
			if err := n.Append(customer); err != nil {
				return err
			}
		}
		return nil
	})
}
