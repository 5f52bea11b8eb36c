# Sourced by the gateways that are ours: both plugins and a JWT.
# BENCH_PLUGIN_WORKERS: workers of the plugin server; BENCH_DIRECT=1: Kong itself proxies the calls;
# BENCH_FUNCTIONS=1: with the line of kong.conf, and the function, for fewer calls.
source "$here/kong.sh"

ours_configure() {
  local socket="$BENCH_FOLDER/plugins.socket"
  node "$project/dist/bench/compare/token.js" "http://127.0.0.1:$BENCH_PORT/mcp" "$BENCH_FOLDER"
  cat >"$BENCH_FOLDER/kong.yml" <<END
_format_version: '3.0'
services:
  - name: mcp
    url: http://127.0.0.1:9
    retries: 0
    read_timeout: 600000
    routes:
      - name: mcp
        paths: ['~/mcp\$', '~/.well-known/oauth-protected-resource/mcp\$']
        strip_path: false
        plugins:
          - name: mcp-oauth
            config:
              resource: http://127.0.0.1:$BENCH_PORT/mcp
              authorization_servers: [https://issuer.test]
              issuers:
                - issuer: https://issuer.test
                  jwks: '$(cat "$BENCH_FOLDER/jwks.json")'
          - name: mcp-aggregate
            config:
              servers:
$(each '                  - name: s{n}
                    url: {url}
                    direct: '"$([ -n "${BENCH_DIRECT:-}" ] && echo true || echo false)")
$(own_functions)
END
  kong_conf "nginx_http_client_body_buffer_size = 1m
nginx_http_client_max_body_size = 10m
plugins = bundled,mcp-oauth,mcp-aggregate
pluginserver_names = mcp_oauth,mcp_aggregate
pluginserver_mcp_oauth_socket = $socket
pluginserver_mcp_oauth_query_cmd = cat $project/describe/mcp-oauth.json
pluginserver_mcp_aggregate_socket = $socket
pluginserver_mcp_aggregate_query_cmd = cat $project/describe/mcp-aggregate.json
$([ -z "${BENCH_FUNCTIONS:-}" ] || echo 'untrusted_lua_sandbox_environment = setmetatable')"
}

# Those for direct calls have the one for fewer calls among them.
own_functions() {
  local which=""
  [ -z "${BENCH_FUNCTIONS:-}" ] || which=functions
  [ -z "${BENCH_DIRECT:-}" ] || which=direct
  [ -z "$which" ] || node "$project/dist/kong/cli/main.js" "$which" | sed 's/^/          /'
}

ours_start_plugins() {
  local socket="$BENCH_FOLDER/plugins.socket"
  KONG_MCP_WORKERS="${BENCH_PLUGIN_WORKERS:-1}" spawn plugins \
    node "$project/dist/kong/pluginserver/main.js" --socket "$socket" --socket-mode 0600
  for _ in $(seq 400); do
    [ -S "$socket" ] && return 0
    sleep 0.05
  done
  echo "the plugin server does not start" >&2
  return 1
}

ours_version() {
  node -p "require('$project/package.json').version"
}

describe_it() {
  describe "http://127.0.0.1:$BENCH_PORT/mcp" 's{server}__tool_{tool}' \
    Authorization "Bearer $(cat "$BENCH_FOLDER/token")"
}
