package main_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"tenantrollup/internal/standin/m365"
)

func TestOneHugeCustomerTakesNoMemoryFromTheOthers(t *testing.T) {
	t.Parallel()
	const customers, users, bytesOfBody = 60, 300_000, 60_000_000
	p := open(t, m365.Options{
		Customers: customers, Seed: 21,
		Faults: map[int]m365.Fault{20: m365.Huge}, Tuning: m365.Tuning{HugeRows: users},
	}, map[string]string{"REPORTS": "users=" + userCall})
	p.night()
	record := p.record("users", p.today)
	if record.WithData != customers || record.Rows < users {
		t.Fatalf("record: %+v", record)
	}
	if size := len(p.blob(fmt.Sprintf("users/%s/users_%[1]s.csv", p.today))); size < bytesOfBody {
		t.Errorf("the file has %d bytes, this test wants %d of one customer", size, bytesOfBody)
	}
	p.inMemory(64<<20 + 400*customers)
}

// peakMemory reads the line VmHWM of proc(5), in bytes.
func peakMemory(t *testing.T, pid int) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		var kib int64
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kib); n == 1 {
			return kib << 10
		}
	}
	t.Fatalf("no VmHWM in the status of process %d", pid)
	return 0
}
