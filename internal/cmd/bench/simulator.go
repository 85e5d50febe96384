package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"

	"tenantrollup/internal/standin"
	"tenantrollup/internal/standin/m365"
)

// hello is the simulator's first and only line of output.
type hello struct {
	Control         string            // its control address
	Settings        map[string]string // for a program that runs in it
	CertPEM, KeyPEM []byte            // a certificate for blob storage
	Secret          string            // the partner's client secret
	Contracts       int               // customers that the list of contracts has
}

// tally is what the simulator counted.
type tally struct {
	Kinds     map[m365.Kind]m365.Tally
	Customers map[m365.Kind]int // requests in customers' tenants
	Asked     int               // customers that were asked for a report
	Again     int               // reports requested from customers that had been asked before
}

// steps are a customer's requests that take time, one after another.
var steps = []m365.Kind{m365.KindToken, m365.KindReport, m365.KindDownload}

// peak is the least number of customers that were in flight at once: a customer has
// one request of a kind at a time.
func (t tally) peak() (most int) {
	for _, kind := range steps {
		most = max(most, t.Kinds[kind].Peak)
	}
	return most
}

// mean is how long a request of the kind took.
func (t tally) mean(k m365.Kind) (seconds float64) {
	kind := t.Kinds[k]
	return kind.Busy.Seconds() / float64(max(1, kind.Requests))
}

// simulate is the simulator process: it reads the cloud's options from in, says hello
// on out, and runs until in ends, which is when the harness ends.
func simulate(in io.Reader, out io.Writer) error {
	var options m365.Options
	if err := json.NewDecoder(in).Decode(&options); err != nil {
		return fmt.Errorf("read the options: %w", err)
	}
	cloud, err := m365.Start(options)
	if err != nil {
		return err
	}
	defer cloud.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: control(cloud)}
	go server.Serve(listener)
	defer server.Close()
	greeting, err := greet(cloud)
	if err != nil {
		return err
	}
	greeting.Control = "http://" + listener.Addr().String()
	if err := json.NewEncoder(out).Encode(greeting); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, in)
	return err
}

func greet(cloud *m365.Cloud) (hello, error) {
	greeting := hello{Settings: cloud.Settings(), Secret: cloud.ClientSecret()}
	for _, customer := range cloud.Customers() {
		if customer.InContracts {
			greeting.Contracts++
		}
	}
	var err error
	greeting.CertPEM, greeting.KeyPEM, err = cloud.Leaf(standin.StorageHost)
	return greeting, err
}

// control answers the harness's requests while the simulator serves.
func control(cloud *m365.Cloud) http.Handler {
	mux := http.NewServeMux()
	partner := cloud.Settings()["PARTNER_TENANT_ID"]
	mux.HandleFunc("GET /counts", func(w http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(w).Encode(sumUp(cloud.Counts(), partner))
	})
	mux.HandleFunc("POST /reset", func(http.ResponseWriter, *http.Request) { cloud.ResetCounts() })
	mux.HandleFunc("POST /storage", func(_ http.ResponseWriter, r *http.Request) { cloud.SetBlobAddr(r.FormValue("address")) })
	return mux
}

func sumUp(counts m365.Counts, partner string) tally {
	t := tally{Kinds: counts.Kinds, Customers: map[m365.Kind]int{}}
	for tenant, kinds := range counts.Tenants {
		if tenant == partner {
			continue
		}
		for kind, requests := range kinds {
			t.Customers[kind] += requests
		}
		if reports := kinds[m365.KindReport]; reports > 0 {
			t.Asked++
			t.Again += reports - 1
		}
	}
	return t
}
