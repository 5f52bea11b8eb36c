#!/usr/bin/env bash
# ToolHive's virtual MCP server with backends of its configuration: VMCP_BIN.
source "$(dirname "$0")/../common.sh"

check() {
  need VMCP_BIN "a vmcp binary"
  # It tells its version in a line of its log.
  "$VMCP_BIN" version 2>&1 | sed -nE 's/.*vmcp version: ([^" ]+).*/\1/p' | head -1
}

start() {
  cat >"$BENCH_FOLDER/config.yaml" <<END
name: bench
groupRef: bench
incomingAuth: { type: anonymous }
outgoingAuth: { source: inline, default: { type: unauthenticated } }
backends:
$(each '  - { name: s{n}, url: "{url}", transport: streamable-http }')
aggregation:
  conflictResolution: prefix
  conflictResolutionConfig: { prefixFormat: "{workload}_" }
END
  spawn vmcp "$VMCP_BIN" serve --config "$BENCH_FOLDER/config.yaml" \
    --host 127.0.0.1 --port "$BENCH_PORT"
}

describe_it() { describe "http://127.0.0.1:$BENCH_PORT/mcp" 's{server}_tool_{tool}'; }

run_command "$@"
