package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// A head holds what is needed of the head of a request or an answer.
type head struct {
	// The words of the first line.
	first, second string
	length        int
	chunked       bool
	closes        bool
	contentType   string
	session       string
}

const untilEnd = -1

func readHead(in *bufio.Reader) (head, error) {
	h := head{length: untilEnd}
	line, err := readLine(in)
	if err != nil {
		return h, err
	}
	words := bytes.SplitN(line, []byte(" "), 3)
	if len(words) < 2 {
		return h, fmt.Errorf("not HTTP: %q", line)
	}
	h.first, h.second = string(words[0]), string(words[1])
	for {
		line, err := readLine(in)
		if err != nil {
			return h, noEnd(err)
		}
		if len(line) == 0 {
			return h, nil
		}
		if err := h.take(line); err != nil {
			return h, err
		}
	}
}

func (h *head) take(line []byte) error {
	colon := bytes.IndexByte(line, ':')
	if colon < 0 {
		return fmt.Errorf("not a header: %q", line)
	}
	name, value := line[:colon], bytes.TrimSpace(line[colon+1:])
	var err error
	switch {
	case is(name, "content-length"):
		h.length, err = strconv.Atoi(string(value))
	case is(name, "transfer-encoding"):
		h.chunked = is(value, "chunked")
	case is(name, "connection"):
		h.closes = is(value, "close")
	case is(name, "content-type"):
		h.contentType = string(value)
	case is(name, "mcp-session-id"):
		h.session = string(value)
	}
	return err
}

func is(text []byte, name string) bool {
	return len(text) == len(name) && bytes.EqualFold(text, []byte(name))
}

func readLine(in *bufio.Reader) ([]byte, error) {
	line, err := in.ReadSlice('\n')
	return bytes.TrimRight(line, "\r\n"), err
}

// The body that follows a head; into is used again.
func readBody(in *bufio.Reader, h head, into []byte) ([]byte, error) {
	switch {
	case h.chunked:
		return readChunks(in, into)
	case h.length == untilEnd:
		buffer := bytes.NewBuffer(into[:0])
		_, err := buffer.ReadFrom(in)
		return buffer.Bytes(), err
	}
	return readExactly(in, into[:0], h.length)
}

func readChunks(in *bufio.Reader, into []byte) ([]byte, error) {
	body := into[:0]
	for {
		line, err := readLine(in)
		if err != nil {
			return body, noEnd(err)
		}
		size, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 16, 32)
		if err != nil {
			return body, fmt.Errorf("not the size of a chunk: %q", line)
		}
		if body, err = readExactly(in, body, int(size)); err != nil {
			return body, err
		}
		if _, err := readLine(in); err != nil {
			return body, noEnd(err)
		}
		if size == 0 {
			return body, nil
		}
	}
}

func readExactly(in *bufio.Reader, into []byte, count int) ([]byte, error) {
	start := len(into)
	if cap(into)-start < count {
		into = append(make([]byte, 0, 2*(start+count)), into...)
	}
	into = into[:start+count]
	_, err := io.ReadFull(in, into[start:])
	return into, noEnd(err)
}

var errCut = errors.New("the connection ended within an answer")

func noEnd(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errCut
	}
	return err
}
