package main

import (
	"bufio"
	"fmt"
	"net"
	"sort"
	"strconv"
	"strings"
	"time"
)

// A line is one connection, with the session that lives on it.
type line struct {
	plan *plan
	conn net.Conn
	in   *bufio.Reader

	// When the last answer was there.
	used time.Time

	heads   []string
	session string
	// Of the protocol, once it is negotiated.
	version string
	nextID  int
	body    []byte
	out     []byte
	answer  answer
}

// An answer is the line's until its next exchange.
type answer struct {
	head
	status int
	body   []byte
}

// Ids of different lines never meet, as those of a client's messages must not within a session.
const idsPerLine = 10_000_000

func newLine(p *plan, number int) *line {
	l := &line{plan: p, nextID: (number + 1) * idsPerLine}
	l.prepareHeads()
	return l
}

// The head of each request of the plan, up to its length; one more for messages of the session.
func (l *line) prepareHeads() {
	l.heads = l.heads[:0]
	for _, r := range l.plan.Requests {
		l.heads = append(l.heads, l.headOf("POST", r.Headers))
	}
	l.heads = append(l.heads, l.headOf("POST", nil))
}

func (l *line) headOf(method string, more map[string]string) string {
	text := method + " " + l.plan.path + " HTTP/1.1\r\nHost: " + l.plan.host +
		"\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n" +
		headerLines(l.plan.Headers) + headerLines(more)
	if l.session != "" {
		text += "Mcp-Session-Id: " + l.session + "\r\n"
	}
	if l.version != "" {
		text += "MCP-Protocol-Version: " + l.version + "\r\n"
	}
	return text + "Content-Length: "
}

func headerLines(headers map[string]string) string {
	lines := make([]string, 0, len(headers))
	for name, value := range headers {
		lines = append(lines, name+": "+value+"\r\n")
	}
	sort.Strings(lines)
	return strings.Join(lines, "")
}

func (l *line) newID() string {
	l.nextID++
	return strconv.Itoa(l.nextID)
}

// Some servers close what is idle for a few seconds; clients do so first.
const maxIdle = 2 * time.Second

// Sends a body and takes the answer; answers how long that took. A connection that was closed
// after an answer, as its head said, is opened again.
func (l *line) exchange(head string, body []byte) (time.Duration, error) {
	if time.Since(l.used) > maxIdle {
		l.close()
	}
	if l.conn == nil {
		if err := l.open(); err != nil {
			return 0, err
		}
	}
	l.out = append(l.out[:0], head...)
	l.out = strconv.AppendInt(l.out, int64(len(body)), 10)
	l.out = append(append(l.out, "\r\n\r\n"...), body...)
	begun := time.Now()
	timeout := time.Duration(l.plan.TimeoutSeconds * float64(time.Second))
	if err := l.conn.SetDeadline(begun.Add(timeout)); err != nil {
		return 0, l.broken(err)
	}
	if _, err := l.conn.Write(l.out); err != nil {
		return 0, l.broken(err)
	}
	if err := l.readAnswer(); err != nil {
		return 0, l.broken(err)
	}
	l.used = time.Now()
	took := l.used.Sub(begun)
	if l.answer.closes || (l.answer.length == untilEnd && !l.answer.chunked) {
		l.close()
	}
	return took, nil
}

func (l *line) readAnswer() error {
	h, err := readHead(l.in)
	if err != nil {
		return err
	}
	status, err := strconv.Atoi(h.second)
	if err != nil || !strings.HasPrefix(h.first, "HTTP/1.") {
		return fmt.Errorf("not an answer: %s %s", h.first, h.second)
	}
	if status == 204 {
		h.length = 0
	}
	l.answer.head, l.answer.status = h, status
	l.answer.body, err = readBody(l.in, h, l.answer.body)
	return err
}

func (l *line) open() error {
	conn, err := net.DialTimeout("tcp", l.plan.address, 10*time.Second)
	if err != nil {
		return err
	}
	l.conn = conn
	l.in = bufio.NewReaderSize(conn, 64*1024)
	return nil
}

func (l *line) broken(err error) error {
	l.close()
	return err
}

func (l *line) close() {
	if l.conn != nil {
		l.conn.Close()
		l.conn = nil
	}
}
