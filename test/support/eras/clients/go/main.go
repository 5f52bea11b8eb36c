// Tells the stories that come by stdin with the SDK for Go, which discovers first.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type story struct {
	URL      string `json:"url"`
	Echo     string `json:"echo"`
	Sum      string `json:"sum"`
	Ask      string `json:"ask"`
	Prompt   string `json:"prompt"`
	Resource string `json:"resource"`
}

type told struct {
	Revision string   `json:"revision"`
	Listed   []string `json:"listed"`
	Echo     string   `json:"echo"`
	Sum      any      `json:"sum"`
	Seat     string   `json:"seat"`
	Asked    string   `json:"asked"`
	Prompt   string   `json:"prompt"`
	Note     string   `json:"note"`
}

type arguments = map[string]any

func main() {
	var stories []story
	must(json.NewDecoder(os.Stdin).Decode(&stories))
	for _, one := range stories {
		line, err := json.Marshal(tell(context.Background(), one))
		must(err)
		fmt.Println(string(line))
	}
}

func tell(ctx context.Context, one story) told {
	var out told
	client := mcp.NewClient(&mcp.Implementation{Name: "go", Version: "1"}, &mcp.ClientOptions{
		ElicitationHandler: func(_ context.Context, asked *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
			out.Asked = asked.Params.Message
			return &mcp.ElicitResult{Action: "accept", Content: arguments{"seat": "12A"}}, nil
		},
	})
	session, err := client.Connect(ctx, &mcp.StreamableClientTransport{Endpoint: one.URL}, nil)
	must(err)
	defer session.Close()
	out.Revision = session.InitializeResult().ProtocolVersion
	tools, err := session.ListTools(ctx, nil)
	must(err)
	for _, tool := range tools.Tools {
		if tool.Name == one.Echo || tool.Name == one.Sum || tool.Name == one.Ask {
			out.Listed = append(out.Listed, tool.Name)
		}
	}
	out.Echo = text(call(ctx, session, one.Echo, arguments{"message": "hello"}).Content[0])
	out.Sum = call(ctx, session, one.Sum, arguments{"a": 2, "b": 3}).StructuredContent
	out.Seat = text(call(ctx, session, one.Ask, arguments{"flight": "KP 1"}).Content[0])
	prompt, err := session.GetPrompt(ctx, &mcp.GetPromptParams{
		Name: one.Prompt, Arguments: map[string]string{"name": "Ann"},
	})
	must(err)
	out.Prompt = text(prompt.Messages[0].Content)
	read, err := session.ReadResource(ctx, &mcp.ReadResourceParams{URI: one.Resource})
	must(err)
	out.Note = read.Contents[0].Text
	return out
}

func call(ctx context.Context, in *mcp.ClientSession, name string, args arguments) *mcp.CallToolResult {
	result, err := in.CallTool(ctx, &mcp.CallToolParams{Name: name, Arguments: args})
	must(err)
	return result
}

func text(content mcp.Content) string {
	if said, ok := content.(*mcp.TextContent); ok {
		return said.Text
	}
	return fmt.Sprintf("no text: %T", content)
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
