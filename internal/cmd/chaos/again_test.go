package main

import (
	"testing"

	"tenantrollup/internal/run"
)

func TestACustomerThatIsDoneIsNotAskedAgain(t *testing.T) {
	list := []string{"a", "b", "c", "d"}
	before := run.Checkpoint{Run: "0badcafe", Restarts: 1, Cursor: 3, Deferred: []run.Deferral{{Index: 1, Tries: 1, Class: run.Throttled}}}
	first := map[string]int{"a": 1, "b": 2, "c": 2, "d": 1}
	for rule, test := range map[string]struct {
		again  string // the customers that were asked again
		change func(*run.Checkpoint)
		wrong  bool
	}{
		"nobody was asked again":                        {"", func(*run.Checkpoint) {}, false},
		"the first one was asked again":                 {"a", func(*run.Checkpoint) {}, true},
		"the last one below the cursor was asked again": {"c", func(*run.Checkpoint) {}, true},
		"one that was set aside may be asked again":     {"b", func(*run.Checkpoint) {}, false},
		"so may one at the cursor":                      {"d", func(*run.Checkpoint) {}, false},
		"after a later checkpoint it is the same":       {"a", func(cp *run.Checkpoint) { cp.Cursor, cp.Deferred, cp.Slices = 4, nil, 9 }, true},
		"a restart may ask everybody":                   {"a", func(cp *run.Checkpoint) { cp.Restarts++ }, false},
		"so may another run":                            {"a", func(cp *run.Checkpoint) { cp.Run = "00000001" }, false},
	} {
		t.Run(rule, func(t *testing.T) {
			d := doneBy(before, list, func(tenant string) int { return first[tenant] })
			after := before
			test.change(&after)
			err := d.holds(after, func(tenant string) int {
				if tenant == test.again {
					return first[tenant] + 1
				}
				return first[tenant]
			})
			if (err != nil) != test.wrong {
				t.Errorf("got %v, wrong %t", err, test.wrong)
			}
		})
	}
}
