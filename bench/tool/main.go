// Command mcp-bench puts load on MCP gateways and plain routes, is the MCP server behind them, and
// says how fast the machine is.
//
//	mcp-bench load [PLAN.json]      reads a plan (stdin without a file), writes a report
//	mcp-bench serve [-servers N]    MCP servers that answer from prepared bytes, until stdin ends
//	mcp-bench calibrate             microseconds of a fixed piece of work
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	commands := map[string]func([]string) error{
		"load":      loadCommand,
		"serve":     serveCommand,
		"calibrate": calibrateCommand,
	}
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: mcp-bench load [PLAN.json] | serve [flags] | calibrate")
		os.Exit(2)
	}
	if err := commands[os.Args[1]](os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "mcp-bench:", err)
		os.Exit(1)
	}
}

func printJSON(value any) error {
	return json.NewEncoder(os.Stdout).Encode(value)
}
