#!/usr/bin/env bash
# ContextForge: CONTEXTFORGE_BIN, the command mcpgateway of the package mcp-contextforge-gateway, with
# SQLite in a file. Servers can only be registered by who has logged in, so every request carries its
# administrator's token. Its limits on requests per minute are off.
source "$(dirname "$0")/../common.sh"

check() {
  need CONTEXTFORGE_BIN "the command mcpgateway"
  "$CONTEXTFORGE_BIN" --version 2>/dev/null | tail -1
}

start() {
  local password
  password="A1!$(openssl rand -hex 16)"
  export DATABASE_URL="sqlite:///$BENCH_FOLDER/mcp.db" CACHE_TYPE=memory LOG_LEVEL=ERROR \
    JWT_SECRET_KEY="$(openssl rand -hex 32)" AUTH_ENCRYPTION_SECRET="$(openssl rand -hex 32)" \
    PLATFORM_ADMIN_PASSWORD="$password" DEFAULT_USER_PASSWORD="$password" \
    BASIC_AUTH_PASSWORD="$password" TOKEN_EXPIRY=600 RATE_LIMITING_ENABLED=false \
    SSRF_ALLOW_LOCALHOST=true SSRF_ALLOW_PRIVATE_NETWORKS=true
  cd "$BENCH_FOLDER"
  spawn contextforge "$CONTEXTFORGE_BIN" mcpgateway.main:app --host 127.0.0.1 \
    --port "$BENCH_PORT" --no-access-log
  log_in "$password"
  register
}

log_in() {
  local answer
  for _ in $(seq 600); do
    answer="$(curl -fs "http://127.0.0.1:$BENCH_PORT/auth/login" -H 'content-type: application/json' \
      -d "{\"email\":\"admin@example.com\",\"password\":\"$1\"}")" && break
    sleep 0.2
  done
  sed -E 's/.*"access_token":"([^"]+)".*/\1/' <<<"$answer" >"$BENCH_FOLDER/token"
}

# Each server becomes one of its gateways.
register() {
  local n
  for n in "${!servers[@]}"; do
    curl -fsS "http://127.0.0.1:$BENCH_PORT/gateways" -H 'content-type: application/json' \
      -H "Authorization: Bearer $(cat "$BENCH_FOLDER/token")" \
      -d "{\"name\":\"s$n\",\"url\":\"${servers[$n]}\",\"transport\":\"STREAMABLEHTTP\",\"visibility\":\"public\"}" \
      >>"$BENCH_FOLDER/register.log" 2>&1
  done
}

describe_it() {
  describe "http://127.0.0.1:$BENCH_PORT/mcp/" 's{server}-tool-{tool}' \
    Authorization "Bearer $(cat "$BENCH_FOLDER/token")"
}

run_command "$@"
