package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// What the result of a request has to be.
type expectation struct {
	// Text of the first content of a tools/call; "$n" stands for the request's number.
	Text string `json:"text"`
	// Tools in all pages of a tools/list.
	Tools int `json:"tools"`

	known known
}

// The bytes of a list that was read in full, around its id: equal ones need not be read again.
type known struct{ before, after []byte }

type message struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Result json.RawMessage `json:"result"`
	Error  json.RawMessage `json:"error"`
}

type callResult struct {
	IsError bool `json:"isError"`
	Content []struct {
		Type string `json:"type"`
		Text string `json:"text"`
	} `json:"content"`
}

type listResult struct {
	Tools []struct {
		Name        string          `json:"name"`
		InputSchema json.RawMessage `json:"inputSchema"`
	} `json:"tools"`
	NextCursor string `json:"nextCursor"`
}

// The one response with that id; notifications before it are allowed.
func (a *answer) result(id string) (json.RawMessage, error) {
	if a.status != 200 {
		return nil, fmt.Errorf("status %d: %.300s", a.status, a.body)
	}
	var found json.RawMessage
	for _, text := range a.messages() {
		var m message
		if err := json.Unmarshal(text, &m); err != nil {
			return nil, fmt.Errorf("not JSON (%s): %.300s", a.contentType, text)
		}
		switch {
		case m.Method != "" && m.ID == nil:
		case string(m.ID) != id || m.Method != "":
			return nil, fmt.Errorf("id %s awaited: %.300s", id, text)
		case m.Error != nil || m.Result == nil:
			return nil, fmt.Errorf("no result: %.300s", text)
		case found != nil:
			return nil, fmt.Errorf("answered twice: %.300s", a.body)
		default:
			found = m.Result
		}
	}
	if found == nil {
		return nil, fmt.Errorf("no response (%s): %.300s", a.contentType, a.body)
	}
	return found, nil
}

// The JSON-RPC messages of an answer, by its framing.
func (a *answer) messages() [][]byte {
	switch {
	case strings.HasPrefix(a.contentType, "application/json"):
		return [][]byte{a.body}
	case strings.HasPrefix(a.contentType, "text/event-stream"):
		return events(a.body)
	}
	return nil
}

func events(body []byte) [][]byte {
	var found [][]byte
	var data []byte
	for _, text := range bytes.Split(body, []byte("\n")) {
		text = bytes.TrimSuffix(text, []byte("\r"))
		if value, ok := bytes.CutPrefix(text, []byte("data:")); ok {
			data = append(data, bytes.TrimPrefix(value, []byte(" "))...)
		} else if len(text) == 0 && len(data) > 0 {
			found, data = append(found, data), nil
		}
	}
	return found
}

// Errors if the answer to a tools/call is not what was asked for.
func (e *expectation) checkCall(a *answer, id, number string) error {
	raw, err := a.result(id)
	if err != nil {
		return err
	}
	var result callResult
	if err := json.Unmarshal(raw, &result); err != nil {
		return fmt.Errorf("not a result of a tool: %.300s", raw)
	}
	want := strings.ReplaceAll(e.Text, "$n", number)
	if result.IsError || len(result.Content) != 1 || result.Content[0].Text != want {
		return fmt.Errorf("%q awaited: %.300s", want, raw)
	}
	return nil
}

// Tools of one page and what leads to the next.
func (e *expectation) checkPage(a *answer, id string) (int, string, error) {
	if a.status == 200 && e.known.matches(a, id) {
		return e.Tools, "", nil
	}
	raw, err := a.result(id)
	if err != nil {
		return 0, "", err
	}
	var result listResult
	if err := json.Unmarshal(raw, &result); err != nil {
		return 0, "", fmt.Errorf("not a list of tools: %.300s", raw)
	}
	names := make(map[string]bool, len(result.Tools))
	for _, tool := range result.Tools {
		if tool.Name == "" || names[tool.Name] || !bytes.HasPrefix(tool.InputSchema, []byte("{")) {
			return 0, "", fmt.Errorf("a tool without name or schema, or twice: %q", tool.Name)
		}
		names[tool.Name] = true
	}
	return len(result.Tools), result.NextCursor, nil
}

// Only a list that is complete in one page is remembered.
func (e *expectation) remember(a *answer, id string) {
	messages := a.messages()
	if len(messages) != 1 {
		return
	}
	before, after, _ := bytes.Cut(messages[0], []byte(id))
	e.known = known{bytes.Clone(before), bytes.Clone(after)}
}

func (k *known) matches(a *answer, id string) bool {
	if k.before == nil {
		return false
	}
	messages := a.messages()
	if len(messages) != 1 {
		return false
	}
	rest, ok := bytes.CutPrefix(messages[0], k.before)
	if !ok {
		return false
	}
	rest, ok = bytes.CutPrefix(rest, []byte(id))
	return ok && bytes.Equal(rest, k.after)
}
