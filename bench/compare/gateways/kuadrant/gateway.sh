#!/usr/bin/env bash
# Kuadrant's mcp-gateway, broker and router in one process, behind an Envoy that asks it about every
# request: KUADRANT_MCP_GATEWAY_BIN, which does not say its version (KUADRANT_VERSION), and ENVOY_BIN. Its discovery tools, which are no server's, are off.
source "$(dirname "$0")/../common.sh"

check() {
  need KUADRANT_MCP_GATEWAY_BIN "a mcp-broker-router of Kuadrant"
  need ENVOY_BIN "an envoy binary"
  echo "${KUADRANT_VERSION:-unknown} with Envoy $("$ENVOY_BIN" --version | sed -nE 's|.*/([0-9.]+)/.*|\1|p')"
}

configure_envoy() {
  local hosts clusters
  hosts="$(each '                  - name: s{n}
                    domains: [s{n}.test, "s{n}.test:*"]
                    routes: [{ match: { prefix: / }, route: { cluster: s{n}, timeout: 0s } }]')"
  clusters="$(each '    - name: s{n}
      connect_timeout: 5s
      load_assignment: { cluster_name: s{n}, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: {host}, port_value: {port} } } } }] }] }')"
  cat >"$BENCH_FOLDER/envoy.yaml" <<END
static_resources:
  listeners:
    - address: { socket_address: { address: 127.0.0.1, port_value: $BENCH_PORT } }
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: mcp
                route_config:
                  virtual_hosts:
$hosts
                  - name: broker
                    domains: ['*']
                    routes: [{ match: { prefix: / }, route: { cluster: broker, timeout: 0s } }]
                http_filters:
                  - name: envoy.filters.http.ext_proc
                    typed_config:
                      '@type': type.googleapis.com/envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor
                      failure_mode_allow: false
                      allow_mode_override: true
                      mutation_rules: { allow_all_routing: true }
                      message_timeout: 10s
                      processing_mode:
                        request_header_mode: SEND
                        response_header_mode: SEND
                        request_body_mode: BUFFERED
                        response_body_mode: NONE
                        request_trailer_mode: SKIP
                        response_trailer_mode: SKIP
                      grpc_service: { envoy_grpc: { cluster_name: router } }
                  - name: envoy.filters.http.router
                    typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
  clusters:
    - name: router
      connect_timeout: 5s
      typed_extension_protocol_options:
        envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
          '@type': type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
          explicit_http_config: { http2_protocol_options: {} }
      load_assignment: { cluster_name: router, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: $1 } } } }] }] }
    - name: broker
      connect_timeout: 5s
      load_assignment: { cluster_name: broker, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: $2 } } } }] }] }
$clusters
END
}

start() {
  local ports
  read -r -a ports <<<"$(free_ports 3)"
  configure_envoy "${ports[0]}" "${ports[1]}"
  cat >"$BENCH_FOLDER/config.yaml" <<END
servers:
$(each '  - name: s{n}
    url: {url}
    hostname: s{n}.test
    prefix: s{n}_
    state: Enabled')
END
  spawn envoy "$ENVOY_BIN" -c "$BENCH_FOLDER/envoy.yaml" --log-level error --disable-hot-restart
  spawn mcp-gateway "$KUADRANT_MCP_GATEWAY_BIN" \
    --mcp-gateway-config "$BENCH_FOLDER/config.yaml" \
    --mcp-gateway-public-host "127.0.0.1:$BENCH_PORT" \
    --mcp-gateway-private-host "127.0.0.1:$BENCH_PORT" \
    --mcp-router-address "127.0.0.1:${ports[0]}" \
    --mcp-broker-public-address "127.0.0.1:${ports[1]}" \
    --metrics-addr "127.0.0.1:${ports[2]}" \
    --gateway-signing-key "$(openssl rand -hex 32)" \
    --discovery-tools-enabled=false --log-level 4
}

describe_it() { describe "http://127.0.0.1:$BENCH_PORT/mcp" 's{server}_tool_{tool}'; }

run_command "$@"
