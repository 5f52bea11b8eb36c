#!/usr/bin/env bash
# agentgateway, multiplexing: AGENTGATEWAY_BIN.
source "$(dirname "$0")/../common.sh"

check() {
  need AGENTGATEWAY_BIN "an agentgateway binary"
  # Newer ones say it as JSON.
  "$AGENTGATEWAY_BIN" --version | grep -m 1 -oE '[0-9]+\.[0-9]+\.[0-9]+[^" ]*'
}

start() {
  local ports
  read -r -a ports <<<"$(free_ports 3)"
  cat >"$BENCH_FOLDER/config.yaml" <<END
config:
  adminAddr: 127.0.0.1:${ports[0]}
  statsAddr: 127.0.0.1:${ports[1]}
  readinessAddr: 127.0.0.1:${ports[2]}
binds:
  - port: $BENCH_PORT
    listeners:
      - routes:
          - backends:
              - mcp:
                  targets:
$(each '                    - name: s{n}
                      mcp:
                        host: {url}')
END
  spawn agentgateway "$AGENTGATEWAY_BIN" -f "$BENCH_FOLDER/config.yaml"
}

# A single target keeps its names.
describe_it() {
  local tool='s{server}_tool_{tool}'
  [ "${#servers[@]}" -gt 1 ] || tool='tool_{tool}'
  describe "http://127.0.0.1:$BENCH_PORT/mcp" "$tool"
}

run_command "$@"
