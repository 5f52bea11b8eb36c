#!/usr/bin/env bash
# A route of Kong without a plugin, to the first server: KONG_BIN.
source "$(dirname "$0")/../common.sh"
source "$here/kong.sh"

check() {
  need KONG_BIN "a kong command"
  # shellcheck disable=SC2086
  $KONG_BIN version
}

start() {
  cat >"$BENCH_FOLDER/kong.yml" <<END
_format_version: '3.0'
services:
  - name: plain
    url: ${servers[0]}
    retries: 0
    routes:
      - name: plain
        paths: ['/mcp']
        strip_path: true
END
  kong_conf
  kong_start
}

stop() { kong_stop; }

pids() { nginx_pid; }

describe_it() { describe "http://127.0.0.1:$BENCH_PORT/mcp" 'tool_{tool}'; }

run_command "$@"
