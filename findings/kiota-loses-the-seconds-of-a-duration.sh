#!/usr/bin/env bash
# The library beneath Microsoft's Graph SDK for Go reads a duration without its seconds
# unless they have a fraction: PT45S becomes 0, PT28M24S becomes 28 minutes.
#
# Packages: github.com/microsoft/kiota-abstractions-go v1.9.3 and
# github.com/microsoft/kiota-serialization-json-go v1.1.2, with which msgraph-sdk-go reads
# every duration; for comparison, Microsoft's microsoft-kiota-serialization-json 1.16.0
# (PyPI), which does it right.
#
# Expected: Graph's durations follow ISO 8601, such as the round trips of
# learn.microsoft.com/graph/api/callrecords-callrecord-get or the audio durations of
# learn.microsoft.com/graph/api/reportroot-getteamsuseractivityuserdetail. The library
# says that ParseISODuration follows the standard, in which a fraction is optional
# (pkg.go.dev/github.com/microsoft/kiota-abstractions-go/serialization).
#
# Seen: whole seconds are ignored, without an error. ToDuration, which converts the result
# to Go's own type, drops the milliseconds, too: a round trip of PT0.061S is 0. And
# SetSeconds, like its siblings, sets the seconds of a copy.
#
# Why it matters: what a report says about calls and their quality is up to a minute per
# row too short, or 0, and looks right; the same report made in Python has different sums.
# What helps: parse the text with another library, or use a column in seconds if the
# report has one (Audio Duration In Seconds).
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
timeout 300 venv/bin/pip install -q --no-compile microsoft-kiota-serialization-json==1.16.0

cat >durations.json <<'JSON'
{"a": "PT45S", "b": "PT28M24S", "c": "P1DT2H3M4S", "d": "PT28M24.5S", "e": "PT0.061S", "f": "PT1H30M"}
JSON

cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"

	"github.com/microsoft/kiota-abstractions-go/serialization"
	kiota "github.com/microsoft/kiota-serialization-json-go"
)

func main() {
	if err := read(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read() error {
	text, err := os.ReadFile("durations.json")
	if err != nil {
		return err
	}
	node, err := kiota.NewJsonParseNode(text)
	if err != nil {
		return err
	}
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		child, err := node.GetChildNode(name)
		if err != nil {
			return err
		}
		written, err := child.GetStringValue()
		if err != nil {
			return err
		}
		duration, err := child.GetISODurationValue()
		if err != nil {
			return err
		}
		read, err := duration.ToDuration()
		if err != nil {
			return err
		}
		fmt.Printf("Go: %s is %v s\n", *written, read.Seconds())
	}
	hour := serialization.NewDuration(0, 0, 0, 1, 0, 0, 0)
	hour.SetSeconds(5)
	fmt.Printf("Go: PT1H with SetSeconds(5) is %s\n", hour)
	return nil
}
GO
export GOFLAGS=-mod=mod
timeout 60 go mod init example.com/read 2>go.log
timeout 300 go get github.com/microsoft/kiota-abstractions-go@v1.9.3 github.com/microsoft/kiota-serialization-json-go@v1.1.2 2>go.log
timeout 300 go build -o read . 2>go.log

cat >read.py <<'PY'
import json

from kiota_serialization_json.json_parse_node import JsonParseNode

for text in json.load(open("durations.json")).values():
    print(f"Python: {text} is {JsonParseNode(text).get_timedelta_value().total_seconds()} s")
PY

timeout 60 ./read | tee seen
timeout 60 venv/bin/python read.py | tee -a seen

diff - seen <<'SEEN'
Go: PT45S is 0 s
Go: PT28M24S is 1680 s
Go: P1DT2H3M4S is 93780 s
Go: PT28M24.5S is 1704 s
Go: PT0.061S is 0 s
Go: PT1H30M is 5400 s
Go: PT1H with SetSeconds(5) is PT1H
Python: PT45S is 45.0 s
Python: PT28M24S is 1704.0 s
Python: P1DT2H3M4S is 93784.0 s
Python: PT28M24.5S is 1704.5 s
Python: PT0.061S is 0.061 s
Python: PT1H30M is 5400.0 s
SEEN
