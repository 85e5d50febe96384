package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
)

const served = "getMailboxUsageMailboxCounts(period='D7')"

// tellKill compares the published rows with what the simulator served for each
// customer, and prints what the kill cost.
func (n *night) tellKill(published []byte) error {
	records, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(published, []byte("\ufeff")))).ReadAll()
	if err != nil {
		return err
	}
	header := records[0]
	rows := map[string]map[string]int{}
	for _, record := range records[1:] {
		if rows[record[0]] == nil {
			rows[record[0]] = map[string]int{}
		}
		rows[record[0]][strings.Join(record[3:], "\x00")]++
	}
	lost, doubled := 0, 0
	for tenant, got := range rows {
		body, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(n.place.Cloud.Served(tenant, served), []byte("\ufeff")))).ReadAll()
		if err != nil {
			return err
		}
		for _, record := range body[1:] {
			got[aligned(header[3:], body[0], record)]--
		}
		for _, surplus := range got {
			lost += max(0, -surplus)
			doubled += max(0, surplus)
		}
	}
	fmt.Fprintf(n.out, "The handler was killed at customer %d, and resumed: %d rows lost, %d doubled.\n\n", n.killedAt, lost, doubled)
	if lost+doubled > 0 {
		return fmt.Errorf("%d rows lost and %d doubled", lost, doubled)
	}
	return nil
}

// aligned arranges a served record in the order of the file's header.
func aligned(header, own, record []string) string {
	cells := make([]string, len(header))
	for i, name := range header {
		if at := slices.Index(own, name); at >= 0 {
			cells[i] = record[at]
		}
	}
	return strings.Join(cells, "\x00")
}
