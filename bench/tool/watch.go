package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// What processes have used.
type usage struct {
	Processes  int     `json:"processes"`
	CPUSeconds float64 `json:"cpuSeconds"`
	CPUMicros  float64 `json:"cpuMicros"`
	RSSBytes   int     `json:"rssBytes"`
}

type process struct {
	parent int
	cpu    float64
	rss    int
}

type watched map[string]map[int]process

// Linux counts CPU in hundredths of a second, whatever its clock.
const ticksPerSecond = 100

// The processes of each name and their children; none where there is no /proc.
func watch(roots map[string][]int) watched {
	found := watched{}
	if len(roots) == 0 {
		return found
	}
	all := processes()
	for name, pids := range roots {
		found[name] = map[int]process{}
		for pid := range all {
			if descends(all, pid, pids) {
				found[name][pid] = all[pid]
			}
		}
	}
	return found
}

func descends(all map[int]process, pid int, roots []int) bool {
	for ; pid > 1; pid = all[pid].parent {
		for _, root := range roots {
			if pid == root {
				return true
			}
		}
	}
	return false
}

// What was used since an earlier look; per request in microseconds.
func (w watched) since(before watched, requests int) map[string]usage {
	report := map[string]usage{}
	for name, now := range w {
		var sum usage
		for pid, p := range now {
			sum.Processes++
			sum.CPUSeconds += p.cpu - before[name][pid].cpu
			sum.RSSBytes += p.rss
		}
		if requests > 0 {
			sum.CPUMicros = sum.CPUSeconds / float64(requests) * 1e6
		}
		report[name] = sum
	}
	return report
}

func processes() map[int]process {
	found := map[int]process{}
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		var pid int
		if _, err := fmt.Sscanf(file, "/proc/%d/stat", &pid); err != nil {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		// The command's name, in brackets, may hold anything.
		fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
		number := func(at int) int {
			value, _ := strconv.Atoi(string(fields[at]))
			return value
		}
		found[pid] = process{
			parent: number(1),
			cpu:    float64(number(11)+number(12)) / ticksPerSecond,
			rss:    number(21) * os.Getpagesize(),
		}
	}
	return found
}

func ownCPU() float64 {
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) != nil {
		return 0
	}
	return (time.Duration(used.Utime.Nano()) + time.Duration(used.Stime.Nano())).Seconds()
}
