package main

import (
	"fmt"
	"runtime"
	"sort"
	"strconv"
	"sync"
	"time"
)

// A report says what came of a plan. Times are from the first byte written to the last one read.
type report struct {
	Connections       int     `json:"connections"`
	Seconds           float64 `json:"seconds"`
	Requests          int     `json:"requests"`
	RequestsPerSecond float64 `json:"requestsPerSecond"`
	P50Ms             float64 `json:"p50Ms"`
	P90Ms             float64 `json:"p90Ms"`
	P99Ms             float64 `json:"p99Ms"`
	MaxMs             float64 `json:"maxMs"`
	// Answers that were not the right one, and requests without a whole one, while warming as well.
	Wrong int `json:"wrong"`
	Lost  int `json:"lost"`
	// The first few of them in words.
	Faults []string `json:"faults"`
	// Of the watched processes, while it was counted.
	Watched map[string]usage `json:"watched"`
	// Of this program, in microseconds per request.
	OwnCPUMicros float64 `json:"ownCpuMicros"`
}

// More faults than this end the run.
const maxFaults = 100

type load struct {
	plan  *plan
	lines []*line

	mutex   sync.Mutex
	report  report
	samples []time.Duration
}

func loadCommand(args []string) error {
	// A second thread would only spin on the cores that the gateway needs.
	runtime.GOMAXPROCS(1)
	p, err := readPlan(args)
	if err != nil {
		return err
	}
	l := &load{plan: p, report: report{Connections: p.Connections, Faults: []string{}}}
	if err := l.openLines(); err != nil {
		return err
	}
	l.phase(p.WarmSeconds, false)
	before, own := watch(p.Watch), ownCPU()
	begun := time.Now()
	l.phase(p.Seconds, true)
	l.summarize(time.Since(begun), ownCPU()-own)
	l.report.Watched = watch(p.Watch).since(before, l.report.Requests)
	p.TimeoutSeconds = min(p.TimeoutSeconds, 2)
	l.each(func(line *line) { line.end() })
	return printJSON(l.report)
}

// At most so many sessions are opened at once.
const openers = 8

func (l *load) openLines() error {
	l.lines = make([]*line, l.plan.Connections)
	errs := make(chan error, len(l.lines))
	turns := make(chan struct{}, openers)
	for n := range l.lines {
		l.lines[n] = newLine(l.plan, n)
		if !l.plan.Session {
			errs <- nil
			continue
		}
		go func(line *line) {
			turns <- struct{}{}
			errs <- line.initialize()
			<-turns
		}(l.lines[n])
	}
	late := time.After(time.Duration(l.plan.SetupSeconds * float64(time.Second)))
	for n := range l.lines {
		select {
		case err := <-errs:
			if err != nil {
				return fmt.Errorf("no session: %w", err)
			}
		case <-late:
			return fmt.Errorf("only %d of %d sessions were open after %g s", n, len(l.lines), l.plan.SetupSeconds)
		}
	}
	return nil
}

func (l *load) each(work func(*line)) {
	var all sync.WaitGroup
	for _, each := range l.lines {
		all.Add(1)
		go func(line *line) {
			defer all.Done()
			work(line)
		}(each)
	}
	all.Wait()
}

// Every line sends until the time is over, and takes its last answer.
func (l *load) phase(seconds float64, counted bool) {
	until := time.Now().Add(time.Duration(seconds * float64(time.Second)))
	l.each(func(line *line) {
		var samples []time.Duration
		for n := line.nextID / idsPerLine; time.Now().Before(until) && !l.hopeless(); n++ {
			which := n % len(l.plan.Requests)
			took, err, lost := l.one(line, which)
			if err != nil {
				l.fault(err, lost)
			} else {
				samples = append(samples, took)
			}
		}
		if counted {
			l.mutex.Lock()
			l.samples = append(l.samples, samples...)
			l.mutex.Unlock()
		}
	})
}

// One request with everything that belongs to it: the pages of a list are one.
func (l *load) one(line *line, which int) (took time.Duration, err error, lost bool) {
	r := &l.plan.Requests[which]
	id := line.newID()
	number := strconv.Itoa(line.nextID)
	line.body = r.body(line.body[:0], id, number)
	if took, err = line.exchange(line.heads[which], line.body); err != nil {
		return took, err, true
	}
	if r.Expect.Tools == 0 {
		return took, r.Expect.checkCall(&line.answer, id, number), false
	}
	return l.pages(line, r, which, id, took)
}

func (l *load) pages(line *line, r *request, which int, id string, took time.Duration) (time.Duration, error, bool) {
	l.mutex.Lock()
	total, cursor, err := r.Expect.checkPage(&line.answer, id)
	if err == nil && cursor == "" && total == r.Expect.Tools && r.Expect.known.before == nil {
		r.Expect.remember(&line.answer, id)
	}
	l.mutex.Unlock()
	for err == nil && cursor != "" {
		id = line.newID()
		body := fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":"tools/list","params":{"cursor":%q}}`, id, cursor)
		more, failed := line.exchange(line.heads[which], []byte(body))
		if failed != nil {
			return took, failed, true
		}
		took += more
		var page expectation
		var count int
		count, cursor, err = page.checkPage(&line.answer, id)
		total += count
	}
	if err == nil && total != r.Expect.Tools {
		err = fmt.Errorf("%d tools instead of %d", total, r.Expect.Tools)
	}
	return took, err, false
}

func (l *load) fault(err error, lost bool) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if lost {
		l.report.Lost++
	} else {
		l.report.Wrong++
	}
	if len(l.report.Faults) < 5 {
		l.report.Faults = append(l.report.Faults, err.Error())
	}
}

func (l *load) hopeless() bool {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.report.Wrong+l.report.Lost > maxFaults
}

func (l *load) summarize(took time.Duration, own float64) {
	sort.Slice(l.samples, func(a, b int) bool { return l.samples[a] < l.samples[b] })
	r := &l.report
	r.Requests = len(l.samples)
	r.Seconds = took.Seconds()
	r.RequestsPerSecond = float64(r.Requests) / r.Seconds
	r.P50Ms, r.P90Ms, r.P99Ms = l.quantile(0.5), l.quantile(0.9), l.quantile(0.99)
	r.MaxMs = l.quantile(1)
	if r.Requests > 0 {
		r.OwnCPUMicros = own / float64(r.Requests) * 1e6
	}
}

func (l *load) quantile(q float64) float64 {
	if len(l.samples) == 0 {
		return 0
	}
	at := min(len(l.samples)-1, int(float64(len(l.samples))*q))
	return float64(l.samples[at]) / 1e6
}
