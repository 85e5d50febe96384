package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"tenantrollup/internal/run"
	"tenantrollup/internal/standin/m365"
)

// cost is what the kills cost.
type cost struct{ lost, doubled int } // rows

// classOf is the class of an attempt's refusal. A new column is refused if it can no
// longer be accepted.
var classOf = map[m365.Fault]run.Class{
	m365.HeaderOnly: run.NoData, m365.Unlicensed: run.NotLicensed, m365.NoRole: run.ConsentMissing,
	m365.ServerError: run.ServiceFault, m365.ExtraColumn: run.MalformedReport,
}

// check checks the publication against one rule: each customer's rows come from
// exactly one attempt, or it has exactly one line, which matches an attempt.
func (n *night) check(ctx context.Context) error {
	text, err := n.read(ctx, n.blob(n.name+"_"+n.date+".csv"))
	if err != nil {
		return err
	}
	header, rows, err := table(text)
	if err != nil {
		return err
	}
	log, err := n.read(ctx, n.blob(n.name+"_"+n.date+".errors.log"))
	if err != nil {
		return err
	}
	lines, err := linesOf(log)
	if err != nil {
		return err
	}
	var wrong []error
	known := map[string]bool{}
	for _, c := range n.place.Cloud.Customers() {
		known[c.TenantID] = true
		if err := n.account(c, header, rows[c.TenantID], lines[c.TenantID]); err != nil {
			wrong = append(wrong, err)
		}
	}
	for tenant := range rows {
		if !known[tenant] {
			wrong = append(wrong, fmt.Errorf("tenant %s is not a customer", tenant))
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%d rows lost, %d doubled: %w", n.cost.lost, n.cost.doubled, errors.Join(wrong...))
	}
	return nil
}

// account compares one customer's rows and lines with what it was served.
func (n *night) account(c m365.Customer, header []string, rows []string, lines []run.Class) error {
	n.rows += len(rows)
	n.lines += len(lines)
	attempts := n.place.Cloud.Attempts(c.TenantID, call)
	cost, err := judge(header, rows, lines, attempts)
	n.cost.lost += cost.lost
	n.cost.doubled += cost.doubled
	if err != nil {
		return fmt.Errorf("customer %d: %d rows and %d lines after %d attempts: %w", c.Index, len(rows), len(lines), len(attempts), err)
	}
	return nil
}

// judge finds the attempt that the rows, or the line, come from. If there is none, the
// cost is counted against the attempt that comes closest.
func judge(header, rows []string, lines []run.Class, attempts []m365.Attempt) (cost, error) {
	fits := func(a m365.Attempt) bool { return len(lines) > 0 && classOf[a.Fault] == lines[0] }
	switch {
	case len(rows) == 0 && len(lines) == 1 && slices.ContainsFunc(attempts, fits):
		return cost{}, nil
	case len(rows) == 0 && len(lines) == 1:
		return cost{}, fmt.Errorf("class %q fits no attempt", lines[0])
	case len(rows) == 0 && len(lines) == 0:
		return cost{lost: 1}, errors.New("nothing is left of it")
	}
	best := cost{lost: math.MaxInt / 2}
	for _, a := range attempts {
		if a.Body == nil {
			continue
		}
		served, err := aligned(header, a.Body)
		if err != nil {
			return cost{}, err
		}
		if one := compare(served, rows); one.lost+one.doubled < best.lost+best.doubled {
			best = one
		}
	}
	switch {
	case best.lost == math.MaxInt/2:
		return cost{doubled: len(rows)}, errors.New("it was served no rows")
	case best != cost{}:
		return best, fmt.Errorf("%d lost, %d doubled", best.lost, best.doubled)
	case len(lines) > 0:
		return cost{doubled: len(rows)}, errors.New("it has rows and a line")
	}
	return cost{}, nil
}

// compare counts the served rows that are missing, and the rows that were not served or
// are there once too often.
func compare(served, rows []string) cost {
	left := map[string]int{}
	for _, row := range rows {
		left[row]++
	}
	var c cost
	for _, row := range served {
		left[row]--
	}
	for _, n := range left {
		c.lost += max(0, -n)
		c.doubled += max(0, n)
	}
	return c
}

const ownColumns = 3 // before the report's columns

// table reads the published file: the report's header, and the customers' rows
// in its order, each as one text.
func table(text []byte) (header []string, rows map[string][]string, err error) {
	records, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff")))).ReadAll()
	if err != nil {
		return nil, nil, fmt.Errorf("read the published file: %w", err)
	}
	if len(records) == 0 {
		return nil, nil, errors.New("the published file is empty")
	}
	rows = map[string][]string{}
	for _, record := range records[1:] {
		rows[record[0]] = append(rows[record[0]], strings.Join(record[ownColumns:], "\x00"))
	}
	return records[0][ownColumns:], rows, nil
}

// aligned arranges a served report in the order of the header.
func aligned(header []string, body []byte) ([]string, error) {
	records, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(body, []byte("\ufeff")))).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read a served report: %w", err)
	}
	var rows []string
	for _, record := range records[1:] {
		cells := make([]string, len(header))
		for i, name := range header {
			if at := slices.Index(records[0], name); at >= 0 {
				cells[i] = record[at]
			}
		}
		rows = append(rows, strings.Join(cells, "\x00"))
	}
	return rows, nil
}

// linesOf are the classes of the error log's lines by tenant id.
func linesOf(log []byte) (map[string][]run.Class, error) {
	body, ok := strings.CutPrefix(string(log), run.ErrorLogHeader)
	if !ok {
		return nil, fmt.Errorf("the error log begins with %.80q", log)
	}
	lines := map[string][]run.Class{}
	for text := range strings.Lines(body) {
		line, err := run.ParseLine(strings.TrimSuffix(text, "\n"))
		if err != nil {
			return nil, err
		}
		lines[line.Customer.TenantID] = append(lines[line.Customer.TenantID], line.Failure.Class)
	}
	return lines, nil
}
