#!/usr/bin/env bash
# If rows of a Kusto answer are read into one variable, the client for Go gives a customer
# without failures the list of the customer before.
#
# Packages: github.com/Azure/azure-kusto-go/azkustodata v1.2.3.
#
# Expected: ToStruct "converts the row into a struct and assigns it to the provided
# pointer" (pkg.go.dev/github.com/Azure/azure-kusto-go/azkustodata/query): after it, the
# struct has what is in the row.
#
# Seen: a null of the types long, string or datetime empties its field. A null timespan or
# dynamic leaves the field as it was, even if it is a pointer, which is how Go tells null
# from 0. There is no error. ToStructs, which makes a new struct for each row, is right.
#
# Why it matters: rows are often read into a variable that is declared before the loop, as
# with Scan of database/sql. How long a customer has been overdue, and a list of failed
# mailboxes (make_list, or a JSON column), are then those of another customer. What helps:
# declare the struct in the loop, or use ToStructs.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat >main.go <<'GO'
package main

import (
	"fmt"
	"log"
	"time"

	"github.com/Azure/azure-kusto-go/azkustodata/query"
	"github.com/Azure/azure-kusto-go/azkustodata/types"
	"github.com/Azure/azure-kusto-go/azkustodata/value"
)

type line struct {
	Customer string
	Seats    *int64
	Overdue  *time.Duration
	Failed   []string
}

func (l line) String() string {
	seats, overdue := "null", "null"
	if l.Seats != nil {
		seats = fmt.Sprint(*l.Seats)
	}
	if l.Overdue != nil {
		overdue = l.Overdue.String()
	}
	return fmt.Sprintf("%s: seats %s, overdue %s, failed %q", l.Customer, seats, overdue, l.Failed)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	table := query.NewBaseTable(nil, 0, "", "PrimaryResult", "", []query.Column{
		query.NewColumn(0, "Customer", types.String),
		query.NewColumn(1, "Seats", types.Long),
		query.NewColumn(2, "Overdue", types.Timespan),
		query.NewColumn(3, "Failed", types.Dynamic),
	})
	rows := []query.Row{
		query.NewRow(table, 0, value.Values{
			value.NewString("Contoso"), value.NewLong(40), value.NewTimespan(26 * time.Hour), value.NewDynamic([]byte(`["a","b"]`)),
		}),
		query.NewRow(table, 1, value.Values{
			value.NewString("Fabrikam"), value.NewNullLong(), value.NewNullTimespan(), value.NewNullDynamic(),
		}),
	}

	fmt.Println("one variable")
	var one line
	for _, row := range rows {
		check(row.ToStruct(&one))
		fmt.Println("  " + one.String())
	}

	fmt.Println("ToStructs")
	all, err := query.ToStructs[line](rows)
	check(err)
	for _, each := range all {
		fmt.Println("  " + each.String())
	}
}
GO
export GOFLAGS=-mod=mod
timeout 60 go mod init example.com/read 2>go.log
timeout 300 go get github.com/Azure/azure-kusto-go/azkustodata@v1.2.3 2>go.log
timeout 300 go build -o read . 2>go.log

timeout 60 ./read | tee seen

diff - seen <<'SEEN'
one variable
  Contoso: seats 40, overdue 26h0m0s, failed ["a" "b"]
  Fabrikam: seats null, overdue 26h0m0s, failed ["a" "b"]
ToStructs
  Contoso: seats 40, overdue 26h0m0s, failed ["a" "b"]
  Fabrikam: seats null, overdue null, failed []
SEEN
