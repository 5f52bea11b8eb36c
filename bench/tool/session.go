package main

import (
	"encoding/json"
	"fmt"
)

// Opens the line's session as a client does. Fails with what came instead.
func (l *line) initialize() error {
	params := `{"protocolVersion":"` + l.plan.ProtocolVersion +
		`","capabilities":{},"clientInfo":{"name":"mcp-bench","version":"1"}}`
	id := l.newID()
	body := `{"jsonrpc":"2.0","id":` + id + `,"method":"initialize","params":` + params + `}`
	if _, err := l.exchange(l.heads[len(l.heads)-1], []byte(body)); err != nil {
		return fmt.Errorf("initialize: %w", err)
	}
	result, err := l.answer.result(id)
	if err != nil {
		return fmt.Errorf("initialize: %w", err)
	}
	var negotiated struct {
		ProtocolVersion string `json:"protocolVersion"`
	}
	if err := json.Unmarshal(result, &negotiated); err != nil || negotiated.ProtocolVersion == "" {
		return fmt.Errorf("initialize: no protocolVersion: %.300s", result)
	}
	l.session, l.version = l.answer.head.session, negotiated.ProtocolVersion
	l.prepareHeads()
	note := []byte(`{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	if _, err := l.exchange(l.heads[len(l.heads)-1], note); err != nil {
		return fmt.Errorf("notifications/initialized: %w", err)
	}
	if status := l.answer.status; status < 200 || status > 299 {
		return fmt.Errorf("notifications/initialized was answered %d", status)
	}
	return nil
}

// Ends the session, so that it costs the next run nothing. Some servers do not let clients do so.
func (l *line) end() {
	if l.session != "" {
		_, _ = l.exchange(l.headOf("DELETE", nil), nil)
	}
	l.close()
}
