package main_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/standin/m365"
)

// Neither the vault nor the storage can fill the handler's memory, hold up a page
// or take the process down.
func TestAzureAnswersWithoutEnd(t *testing.T) {
	t.Parallel()
	for name, outage := range map[string]m365.Outage{"the vault": m365.VaultEndless, "storage": m365.BlobEndless} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := open(t, m365.Options{Customers: few, Seed: 91}, nil)
			pid := p.Host.PID()
			p.Cloud.SetOutage(outage, true)
			p.Host.Enqueue("rollup-runs", p.message("night"))
			began := time.Now()
			for _, path := range []string{"/api/runs", "/api/runs/night/" + p.today, "/api/runs/night/" + p.today + "/csv"} {
				p.call(http.MethodGet, path, "runs", "")
			}
			if spent := time.Since(began); spent > time.Minute {
				t.Errorf("three pages took %v", spent)
			}
			for !strings.Contains(p.Console(), `"msg":"invocation failed"`) { // that of the slice
				if time.Since(began) > time.Minute {
					t.Fatal("the slice still reads")
				}
				time.Sleep(50 * time.Millisecond)
			}
			p.inMemory(100 << 20)
			p.Cloud.SetOutage(outage, false)
			if p.Host.PID() != pid {
				t.Error("the handler was started again")
			}
		})
	}
}

func TestARequestThatIsTooLargeIsTheCallersMistake(t *testing.T) {
	t.Parallel()
	p := open(t, m365.Options{Customers: few, Seed: 92}, nil)
	for _, more := range []int{64<<10 + 1, 1 << 20, 5 << 20, 30 << 20} {
		t.Run(strconv.Itoa(more)+" bytes", func(t *testing.T) {
			began := time.Now()
			status, answer := p.call(http.MethodPost, "/api/runs", "rerun", "{}"+strings.Repeat(" ", more-2))
			if status != http.StatusRequestEntityTooLarge || !strings.Contains(answer, `"code":"body-too-large"`) {
				t.Errorf("answered %d %.200s", status, answer)
			}
			took := time.Since(began)
			t.Logf("answered after %s", took)
			if took > time.Minute { // by itself it takes less than a second
				t.Errorf("answered after %s", took)
			}
			p.inMemory(100 << 20)
		})
	}
	if strings.Contains(p.Console(), "invocation failed") {
		t.Error("an invocation failed")
	}
}
