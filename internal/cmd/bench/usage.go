package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// usage is what a process has used, as the operating system reports it.
type usage struct {
	cpu    time.Duration // user and system
	memory int64         // most resident at any time, bytes
	known  bool          // true on Linux only
}

// usageOf reads /proc (proc(5)), because the handler is the Functions host's
// child and not the harness's.
func usageOf(pid int) usage {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return usage{}
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return usage{}
	}
	cpu, ok := cpuTime(stat)
	memory, ok2 := peakMemory(status)
	return usage{cpu, memory, ok && ok2}
}

// clockTick is the unit of /proc's processor times on every Linux that Go
// runs on.
const clockTick = time.Second / 100

// cpuTime reads utime and stime, fields 14 and 15; the second field is a name
// in parentheses that may contain spaces.
func cpuTime(stat []byte) (time.Duration, bool) {
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 13 {
		return 0, false
	}
	user, err := strconv.ParseInt(fields[11], 10, 64)
	system, err2 := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * clockTick, err == nil && err2 == nil
}

// peakMemory reads the line VmHWM.
func peakMemory(status []byte) (int64, bool) {
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			return kib << 10, err == nil
		}
	}
	return 0, false
}
