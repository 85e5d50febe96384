package rollup_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"tenantrollup/internal/run"
	"tenantrollup/internal/runstore"
)

func TestLookBack(t *testing.T) {
	published := func(call string, without ...run.Class) func(*run.Checkpoint) {
		return func(cp *run.Checkpoint) {
			cp.State, cp.Call, cp.Rows, cp.Customers = run.StatePublished, call, 4, 3
			for _, class := range without {
				cp.AddLine(class)
			}
		}
	}
	for rule, c := range map[string]struct {
		before   func(*run.Checkpoint) // nil: none
		daysBack int
		joins    bool      // the message is one of the run that is there
		scope    run.Scope // of the message; "": none
	}{
		"an unfinished run is revived":                       {func(*run.Checkpoint) {}, 1, true, run.ScopeMissing},
		"a stopped run is revived":                           {func(cp *run.Checkpoint) { cp.State = run.StateStopped }, 3, true, run.ScopeMissing},
		"a run that is being published is revived":           {func(cp *run.Checkpoint) { cp.State = run.StatePublishing }, 2, true, run.ScopeMissing},
		"a request that nothing took up is revived":          {func(cp *run.Checkpoint) { cp.State, cp.Scope = run.StateQueued, run.ScopeFailed }, 1, true, run.ScopeFailed},
		"a run of four days ago is left alone":               {func(*run.Checkpoint) {}, 4, false, ""},
		"tonight's own run is left alone":                    {func(*run.Checkpoint) {}, 0, false, ""},
		"without a run there is nothing to do":               {nil, 1, false, ""},
		"a day's report without some customers is asked":     {published(dayCall, run.NoData), 3, false, run.ScopeFailed},
		"a day's report of all customers is done":            {published(dayCall), 1, false, ""},
		"a day that Microsoft still keeps is asked":          {published("getEmailActivityUserDetail(date={today-27})", run.NoData), 1, false, run.ScopeFailed},
		"a day that Microsoft no longer keeps is left alone": {published("getEmailActivityUserDetail(date={today-27})", run.NoData), 2, false, ""},
		"a day whose file was broken is asked":               {published(dayCall, run.MalformedReport), 1, false, run.ScopeFailed},
		"a day that the service could not deliver is asked":  {published(dayCall, run.ServiceFault), 1, false, run.ScopeFailed},
		"a day of a throttled customer is asked":             {published(dayCall, run.Throttled), 1, false, run.ScopeFailed},
		"what only a person can fix is left alone": {
			published(dayCall, run.ConsentMissing, run.RoleMissing, run.NotLicensed, run.Excluded, run.TenantGone), 1, false, ""},
		"a report of the present is done": {published(callText, run.NoData), 1, false, ""},
	} {
		t.Run(rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNight(t, 3)
				var before run.Checkpoint
				if c.before != nil {
					before = n.putCheckpoint(c.before)
				}
				messages, err := n.rollup().LookBack(t.Context(), key.Report, date.AddDays(c.daysBack))
				if err != nil {
					t.Fatal(err)
				}
				if c.scope == "" {
					equal(t, "messages", messages, nil)
					return
				}
				if len(messages) != 1 || messages[0].Key() != key || messages[0].Scope != c.scope {
					t.Fatalf("messages: %+v", messages)
				}
				if joins := messages[0].Run == before.Run && messages[0].Turn > before.Turn; joins != c.joins {
					t.Errorf("message %+v, checkpoint of run %s, turn %s", messages[0], before.Run, before.Turn)
				}
			})
		})
	}
	t.Run("an unreadable record does not hide the others", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 3)
			n.putCheckpoint(func(*run.Checkpoint) {})
			bad := run.Key{Report: key.Report, Date: date.AddDays(1)}
			if _, err := n.container.Put(t.Context(), bad.String()+"/run.json", nil, runstore.Write{Metadata: map[string]string{"version": "99"}}); err != nil {
				t.Fatal(err)
			}
			messages, err := n.rollup().LookBack(t.Context(), key.Report, date.AddDays(2))
			if err == nil || !strings.Contains(err.Error(), bad.String()) || len(messages) != 1 || messages[0].Key() != key {
				t.Errorf("messages %+v, error %v", messages, err)
			}
		})
	})
}
