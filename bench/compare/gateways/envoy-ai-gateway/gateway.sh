#!/usr/bin/env bash
# Envoy AI Gateway, standalone: AIGW_BIN and ENVOY_BIN. BENCH_SESSION_ITERATIONS: rounds of the
# derivation of the key of session ids, 100,000 by default. AIGW_VERSION: for a build that says `dev`.
source "$(dirname "$0")/../common.sh"

check() {
  need AIGW_BIN "an aigw binary"
  need ENVOY_BIN "an envoy binary"
  echo "${AIGW_VERSION:-$("$AIGW_BIN" version | sed 's/.*: //')} with Envoy $(envoy_version)"
}

envoy_version() {
  "$ENVOY_BIN" --version | sed -nE 's|.*/([0-9.]+)/.*|\1|p'
}

start() {
  local version versions="$BENCH_FOLDER/.local/share/aigw/envoy-versions"
  version="$(envoy_version)"
  mkdir -p "$versions/$version/bin"
  ln -sf "$(command -v "$ENVOY_BIN")" "$versions/$version/bin/envoy"
  cat >"$BENCH_FOLDER/config.yaml" <<END
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: aigw-run }
spec: { controllerName: gateway.envoyproxy.io/gatewayclass-controller }
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: aigw-run, namespace: default }
spec:
  gatewayClassName: aigw-run
  listeners: [{ name: http, protocol: HTTP, port: $BENCH_PORT }]
  infrastructure:
    parametersRef: { group: gateway.envoyproxy.io, kind: EnvoyProxy, name: bench }
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyProxy
metadata: { name: bench, namespace: default }
spec:
  provider: { type: Host, host: { envoyVersion: "$version" } }
  logging: { level: { default: error } }
---
apiVersion: aigateway.envoyproxy.io/v1beta1
kind: MCPRoute
metadata: { name: mcp-route, namespace: default }
spec:
  parentRefs: [{ name: aigw-run, kind: Gateway, group: gateway.networking.k8s.io }]
  path: /mcp
  backendRefs:
$(each '    - { name: s{n}, kind: Backend, group: gateway.envoyproxy.io, path: /mcp }')
$(each '---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: Backend
metadata: { name: s{n}, namespace: default }
spec: { endpoints: [{ ip: { address: {host}, port: {port} } }] }')
END
  HOME="$BENCH_FOLDER" spawn aigw "$AIGW_BIN" run "$BENCH_FOLDER/config.yaml" --run-id 0 \
    --admin-port "$(free_ports 1)" \
    --mcp-session-encryption-iterations "${BENCH_SESSION_ITERATIONS:-100000}"
}

describe_it() { describe "http://127.0.0.1:$BENCH_PORT/mcp" 's{server}__tool_{tool}'; }

run_command "$@"
