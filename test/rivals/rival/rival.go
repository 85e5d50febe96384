// Package rival is what the rivals have in common. Each is another way to go
// through the customers; what is done for one customer is the same in all, as
// plain as a script has it. A rival's arguments are
//
//	report.csv [customers]
//
// the second being how many of them it goes through at most. It finds the
// partner's app in PARTNER_TENANT_ID, PARTNER_CLIENT_ID and
// PARTNER_CLIENT_SECRET, and what to ask in REPORT.
package rival

import (
	"bytes"
	"encoding/csv"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"sync"
)

// Night is the work to be done.
type Night struct {
	Customers []Customer

	signIn SignIn
	mu     sync.Mutex
	file   io.Writer
	out    *csv.Writer
	header bool // it is written
}

// Main is the main function of a rival: go through the night's customers, with
// tokens as signIn takes them. It ends the program.
func Main(signIn SignIn, through func(*Night) error) {
	if err := run(signIn, through); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", filepath.Base(os.Args[0]), err)
		os.Exit(1)
	}
}

func run(signIn SignIn, through func(*Night) error) error {
	flag.Parse()
	most := math.MaxInt
	if flag.NArg() > 1 {
		most, _ = strconv.Atoi(flag.Arg(1))
	}
	customers, err := contracts(signIn)
	if err != nil {
		return err
	}
	file, err := os.Create(flag.Arg(0))
	if err != nil {
		return err
	}
	defer file.Close()
	return through(&Night{Customers: customers[:min(most, len(customers))], signIn: signIn, file: file, out: csv.NewWriter(file)})
}

// Append takes a token of the customer, asks for the report, follows the
// redirect and appends the rows to the file, the header once. A customer that
// refuses is a line of the error log, and no error.
func (n *Night) Append(customer Customer) error {
	records, err := report(customer, n.signIn)
	if err != nil {
		fmt.Fprintf(os.Stderr, "No report information for %s: %v\n", customer.Name, err)
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.header {
		records = records[1:]
	}
	n.header = true
	return n.out.WriteAll(records)
}

// Copy is Append without a look at the rows, and asks for the customer's
// organization, too, as the handler does.
func (n *Night) Copy(customer Customer) {
	text, err := copyReport(customer, n.signIn)
	if err != nil {
		fmt.Fprintf(os.Stderr, "No report information for %s: %v\n", customer.Name, err)
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.header {
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	n.header = true
	n.file.Write(text)
}
