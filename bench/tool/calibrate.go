package main

import (
	"os"
	"runtime"
	"sort"
	"strings"
	"time"
)

// How long a fixed piece of work takes in compiled code. bench/calibration.ts does the same work in
// code that V8 compiles: on some machines the second is several times as slow, the first is not.

// The work: a text is split in words, hashed byte by byte, and counted by word.
func calibrationRound(text string) (uint32, int) {
	hash := uint32(2166136261)
	counts := map[string]int{}
	start := 0
	for at := 0; at < len(text); at++ {
		c := text[at]
		hash = (hash ^ uint32(c)) * 16777619
		if c == ' ' {
			counts[text[start:at]]++
			start = at + 1
		}
	}
	return hash, len(counts)
}

func calibrationText() string {
	words := make([]string, 0, 512)
	for n := 0; n < 512; n++ {
		words = append(words, []string{"tools", "call", "list", "name", "value", "session", "answer"}[n*n%7])
	}
	return strings.Join(words, " ") + " "
}

func calibrateCommand([]string) error {
	runtime.GOMAXPROCS(1)
	text := calibrationText()
	const rounds = 200
	var times []float64
	until := time.Now().Add(time.Second)
	var hash uint32
	for time.Now().Before(until) {
		begun := time.Now()
		for n := 0; n < rounds; n++ {
			hash, _ = calibrationRound(text)
		}
		times = append(times, float64(time.Since(begun).Nanoseconds())/rounds/1000)
	}
	sort.Float64s(times)
	cores := runtime.NumCPU()
	host, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	return printJSON(map[string]any{
		"micros": times[len(times)/10], "hash": hash, "cores": cores,
		"go": runtime.Version(), "kernel": strings.TrimSpace(string(host)),
	})
}
