module kong-plugin-mcp/bench/tool

go 1.21
