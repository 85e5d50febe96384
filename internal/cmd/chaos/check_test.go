package main

import (
	"net/http"
	"testing"

	"tenantrollup/internal/run"
	"tenantrollup/internal/standin/m365"
)

func TestJudge(t *testing.T) {
	const first, second = "Total,Active\n1000,1\n1001,2\n", "Active,Extra,Total\n3,x,2000\n"
	header := []string{"Total", "Active", "Extra"}
	attempts := []m365.Attempt{
		{Status: http.StatusFound, Body: []byte(first)},
		{Status: http.StatusForbidden, Fault: m365.Unlicensed},
		{Status: http.StatusFound, Fault: m365.ExtraColumn, Body: []byte(second)},
	}
	row := func(total, active, extra string) string { return total + "\x00" + active + "\x00" + extra }
	for name, test := range map[string]struct {
		rows  []string
		lines []run.Class
		cost  cost
		wrong bool
	}{
		"the rows of one attempt":                   {rows: []string{row("1000", "1", ""), row("1001", "2", "")}},
		"aligned by name":                           {rows: []string{row("2000", "3", "x")}},
		"a line that fits an attempt":               {lines: []run.Class{run.NotLicensed}},
		"a new column that could not be added":      {lines: []run.Class{run.MalformedReport}},
		"a line that fits none":                     {lines: []run.Class{run.NoData}, wrong: true},
		"neither rows nor a line":                   {cost: cost{lost: 1}, wrong: true},
		"a lost row":                                {rows: []string{row("1000", "1", "")}, cost: cost{lost: 1}, wrong: true},
		"a doubled row":                             {rows: []string{row("2000", "3", "x"), row("2000", "3", "x")}, cost: cost{doubled: 1}, wrong: true},
		"rows of two attempts":                      {rows: []string{row("1000", "1", ""), row("1001", "2", ""), row("2000", "3", "x")}, cost: cost{doubled: 1}, wrong: true},
		"rows and a line":                           {rows: []string{row("2000", "3", "x")}, lines: []run.Class{run.NotLicensed}, cost: cost{doubled: 1}, wrong: true},
		"a row that was served to another customer": {rows: []string{row("7000", "3", "x")}, cost: cost{lost: 1, doubled: 1}, wrong: true},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := judge(header, test.rows, test.lines, attempts)
			if got != test.cost || (err != nil) != test.wrong {
				t.Errorf("got %+v, %v; want %+v, wrong %t", got, err, test.cost, test.wrong)
			}
		})
	}
}
