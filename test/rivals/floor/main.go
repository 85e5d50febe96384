// Command floor makes the four requests that a night makes for each customer, many
// customers at a time, and does nothing else: it looks at no row. What the same
// requests cost in net/http alone is the least that the handler can take. At its end
// it prints what the system knows of it (proc(5)).
//
//	floor [-n 64] [-http2] report.csv [customers]
package main

import (
	"flag"
	"net/http"
	"os"
	"sync"

	"tenantrollup/test/rivals/rival"
)

func main() {
	inFlight := flag.Int("n", 64, "customers in flight")
	http2 := flag.Bool("http2", false, "speak HTTP/2, and nothing else")
	flag.Parse()
	var protocols http.Protocols
	protocols.SetHTTP1(!*http2)
	protocols.SetHTTP2(*http2)
	http.DefaultTransport = &http.Transport{
		Proxy: http.ProxyFromEnvironment, Protocols: &protocols, MaxIdleConnsPerHost: 2 * *inFlight,
	}
	rival.Main(rival.WithSecret, func(n *rival.Night) error {
		customers := make(chan rival.Customer)
		var workers sync.WaitGroup
		for range *inFlight {
			workers.Go(func() {
				for customer := range customers {
					n.Copy(customer)
				}
			})
		}
		for _, customer := range n.Customers {
			customers <- customer
		}
		close(customers)
		workers.Wait()
		status, _ := os.ReadFile("/proc/self/status")
		_, err := os.Stdout.Write(status)
		return err
	})
}
