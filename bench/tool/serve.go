package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
)

// A server is one MCP server of the sessions' era or the modern one, which answers from prepared
// bytes: it costs as little as one can. A call is answered with the server's number, the tool's
// name and the value, so that an answer of another server, tool or call is told apart.
type server struct {
	number  int
	opened  atomic.Int64
	modern  bool
	session bool
	list    string
}

const modernVersion = "2026-07-28"

const modernMembers = `"resultType":"complete","ttlMs":0,"cacheScope":"public",`

func serveCommand(args []string) error {
	flags := flag.NewFlagSet("serve", flag.ExitOnError)
	servers := flags.Int("servers", 1, "how many, each at a port of its own")
	tools := flags.Int("tools", 50, "of each")
	modern := flags.Bool("modern", false, "revision 2026-07-28, without sessions")
	session := flags.Bool("sessions", false, "give out session ids; any is taken")
	port := flags.Int("port", 0, "of the first; 0: free ones")
	threads := flags.Int("threads", 1, "cores that are used at most")
	_ = flags.Parse(args)
	runtime.GOMAXPROCS(*threads)
	urls := make([]string, *servers)
	for n := range urls {
		at := 0
		if *port != 0 {
			at = *port + n
		}
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", at))
		if err != nil {
			return err
		}
		s := &server{number: n, modern: *modern, session: *session}
		s.list = s.prepareList(*tools)
		urls[n] = fmt.Sprintf("http://%s/mcp", listener.Addr())
		go s.accept(listener)
	}
	if err := printJSON(map[string]any{"urls": urls, "pid": os.Getpid()}); err != nil {
		return err
	}
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

func (s *server) prepareList(tools int) string {
	items := make([]string, tools)
	for n := range items {
		items[n] = fmt.Sprintf(`{"name":"tool_%d","description":"Adds %d to a number and says what came of it.",`+
			`"inputSchema":{"type":"object","properties":{"value":{"type":"number"},"note":{"type":"string"}},"required":["value"]}}`, n, n)
	}
	return `{` + s.members() + `"tools":[` + strings.Join(items, ",") + `]}`
}

func (s *server) members() string {
	if s.modern {
		return modernMembers
	}
	return ""
}

func (s *server) accept(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		go s.serve(conn)
	}
}

func (s *server) serve(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReaderSize(conn, 16*1024)
	var body, out []byte
	for {
		h, err := readHead(in)
		if err != nil {
			return
		}
		if h.length == untilEnd && !h.chunked {
			h.length = 0
		}
		if body, err = readBody(in, h, body); err != nil {
			return
		}
		out = s.answer(out[:0], h.first, body)
		if _, err := conn.Write(out); err != nil || h.closes {
			return
		}
	}
}

func (s *server) answer(out []byte, method string, body []byte) []byte {
	var asked struct {
		ID     json.RawMessage `json:"id"`
		Method string          `json:"method"`
		Params json.RawMessage `json:"params"`
	}
	switch {
	case method == "DELETE":
		return append(out, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"...)
	case method != "POST":
		return append(out, "HTTP/1.1 405 Method Not Allowed\r\nAllow: POST\r\nContent-Length: 0\r\n\r\n"...)
	case json.Unmarshal(body, &asked) != nil:
		return append(out, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"...)
	case asked.ID == nil:
		return append(out, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"...)
	}
	status, head := "200 OK", ""
	outcome := s.outcome(asked.Method, asked.Params)
	if outcome == "" {
		outcome = `"error":{"code":-32601,"message":"Method not found"}`
		if s.modern || asked.Method == "server/discover" {
			status = "404 Not Found"
		}
	}
	if s.session && asked.Method == "initialize" {
		head = fmt.Sprintf("Mcp-Session-Id: bench-%d-%d\r\n", s.number, s.opened.Add(1))
	}
	length := len(`{"jsonrpc":"2.0","id":,}`) + len(asked.ID) + len(outcome)
	out = append(out, "HTTP/1.1 "+status+"\r\nContent-Type: application/json\r\n"+head+"Content-Length: "...)
	out = strconv.AppendInt(out, int64(length), 10)
	out = append(out, "\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":"...)
	out = append(append(out, asked.ID...), ',')
	return append(append(out, outcome...), '}')
}

// The result member; empty for a method that is not there.
func (s *server) outcome(method string, params json.RawMessage) string {
	switch {
	case method == "tools/call":
		return `"result":{` + s.members() + `"content":[{"type":"text","text":"` + s.said(params) + `"}]}`
	case method == "tools/list":
		return `"result":` + s.list
	case method == "ping" && !s.modern:
		return `"result":{}`
	case method == "initialize" && !s.modern:
		return `"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"bench","version":"1"}}`
	case method == "server/discover" && s.modern:
		return `"result":{` + modernMembers + `"supportedVersions":["` + modernVersion + `"],"capabilities":{"tools":{}}}`
	}
	return ""
}

func (s *server) said(params json.RawMessage) string {
	var call struct {
		Name      string `json:"name"`
		Arguments struct {
			Value json.Number `json:"value"`
		} `json:"arguments"`
	}
	if json.Unmarshal(params, &call) != nil {
		return "unreadable"
	}
	return "server " + strconv.Itoa(s.number) + " " + call.Name + " " + call.Arguments.Value.String()
}
