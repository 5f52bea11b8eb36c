#!/usr/bin/env bash
# ContextForge: CONTEXTFORGE_BIN, the command mcpgateway of the package mcp-contextforge-gateway.
# Its own production server (gunicorn) is not part of the package; a database in memory would be
# empty in each worker, so SQLite in a file.
source "$(dirname "$0")/../common.sh"

check() {
  need CONTEXTFORGE_BIN "the command mcpgateway"
  "$CONTEXTFORGE_BIN" --version 2>/dev/null | tail -1
}

start() {
  local secret
  secret="$(openssl rand -hex 32)"
  export DATABASE_URL="sqlite:///$BENCH_FOLDER/mcp.db" JWT_SECRET_KEY="$secret" \
    AUTH_ENCRYPTION_SECRET="$(openssl rand -hex 32)" AUTH_REQUIRED=false \
    MCP_CLIENT_AUTH_ENABLED=false TRUST_PROXY_AUTH=true \
    TRUST_PROXY_AUTH_DANGEROUSLY=true ALLOW_UNAUTHENTICATED_ADMIN=true \
    SSRF_ALLOW_LOCALHOST=true SSRF_ALLOW_PRIVATE_NETWORKS=true CACHE_TYPE=memory \
    LOG_LEVEL=ERROR PLUGINS_ENABLED=false MCPGATEWAY_UI_ENABLED=false \
    BASIC_AUTH_PASSWORD="$secret" PLATFORM_ADMIN_PASSWORD="$secret" \
    DEFAULT_USER_PASSWORD="$secret" VALIDATION_MAX_METHOD_LENGTH=256
  cd "$BENCH_FOLDER"
  spawn contextforge "$CONTEXTFORGE_BIN" mcpgateway.main:app --host 127.0.0.1 \
    --port "$BENCH_PORT" --no-access-log
  register
}

# Each server becomes one of its gateways.
register() {
  local n
  for _ in $(seq 600); do
    curl -fs "http://127.0.0.1:$BENCH_PORT/health" >/dev/null && break
    sleep 0.2
  done
  for n in "${!servers[@]}"; do
    curl -fsS "http://127.0.0.1:$BENCH_PORT/gateways" -H 'content-type: application/json' \
      -d "{\"name\":\"s$n\",\"url\":\"${servers[$n]}\",\"transport\":\"STREAMABLEHTTP\",\"visibility\":\"public\"}" \
      >>"$BENCH_FOLDER/register.log" 2>&1
  done
}

describe_it() { describe "http://127.0.0.1:$BENCH_PORT/mcp/" 's{server}-tool-{tool}'; }

run_command "$@"
