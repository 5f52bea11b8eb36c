package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
)

// A plan says what is sent, for how long, and what has to come back.
type plan struct {
	URL         string            `json:"url"`
	Headers     map[string]string `json:"headers"`
	Connections int               `json:"connections"`
	// Not counted, before what is counted; answers are verified all the same.
	WarmSeconds float64 `json:"warmSeconds"`
	Seconds     float64 `json:"seconds"`
	// One session per connection: initialize and notifications/initialized first.
	Session         bool   `json:"session"`
	ProtocolVersion string `json:"protocolVersion"`
	// What is sent in turn, by each connection; connections begin at different ones.
	Requests []request `json:"requests"`
	// An answer that takes longer is lost.
	TimeoutSeconds float64 `json:"timeoutSeconds"`
	// All sessions have to be open by then.
	SetupSeconds float64 `json:"setupSeconds"`
	// Processes, each with its children, whose CPU and memory are reported by name.
	Watch map[string][]int `json:"watch"`

	host, address, path string
}

// In params and in the expected text, "$n" stands for the number of the request.
type request struct {
	Method  string            `json:"method"`
	Params  json.RawMessage   `json:"params"`
	Headers map[string]string `json:"headers"`
	Expect  expectation       `json:"expect"`

	parts []string
}

const placeholder = `"$n"`

func readPlan(args []string) (*plan, error) {
	var source io.Reader = os.Stdin
	if len(args) > 0 {
		file, err := os.Open(args[0])
		if err != nil {
			return nil, err
		}
		defer file.Close()
		source = file
	}
	p := &plan{Connections: 1, Seconds: 5, ProtocolVersion: "2025-11-25", TimeoutSeconds: 30, SetupSeconds: 90}
	decoder := json.NewDecoder(source)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(p); err != nil {
		return nil, fmt.Errorf("the plan cannot be read: %w", err)
	}
	return p, p.complete()
}

func (p *plan) complete() error {
	target, err := url.Parse(p.URL)
	if err != nil || target.Scheme != "http" || target.Host == "" {
		return fmt.Errorf("url must be http://HOST:PORT/PATH, not %q", p.URL)
	}
	p.host, p.address, p.path = target.Host, target.Host, target.RequestURI()
	if target.Port() == "" {
		p.address += ":80"
	}
	if p.Connections < 1 || p.Seconds <= 0 || len(p.Requests) == 0 {
		return fmt.Errorf("connections, seconds and requests must be given")
	}
	for n := range p.Requests {
		p.Requests[n].prepare()
	}
	return nil
}

func (r *request) prepare() {
	body := `,"method":"` + r.Method + `"`
	if len(r.Params) > 0 {
		body += `,"params":` + string(r.Params)
	}
	r.parts = strings.Split(body+"}", placeholder)
}

// One JSON-RPC message: with an id of its own, and the number wherever the placeholder stands.
func (r *request) body(into []byte, id, number string) []byte {
	into = append(into, `{"jsonrpc":"2.0","id":`...)
	into = append(into, id...)
	into = append(into, r.parts[0]...)
	for _, part := range r.parts[1:] {
		into = append(into, number...)
		into = append(into, part...)
	}
	return into
}
