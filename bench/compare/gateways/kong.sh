# Sourced by gateways that are a Kong, or its stand-in.
export KONG_ANONYMOUS_REPORTS=off

# kong_conf [LINES]: everything else is Kong's default.
kong_conf() {
  mkdir -p "$BENCH_FOLDER/prefix"
  cat >"$BENCH_FOLDER/kong.conf" <<END
database = off
declarative_config = $BENCH_FOLDER/kong.yml
proxy_listen = 127.0.0.1:$BENCH_PORT
admin_listen = off
admin_gui_listen = off
anonymous_reports = off
nginx_worker_processes = ${BENCH_NGINX_WORKERS:-auto}
${1:-}
END
  [ "$(id -u)" != 0 ] || echo "nginx_user = root root" >>"$BENCH_FOLDER/kong.conf"
}

kong_start() {
  # shellcheck disable=SC2086
  $KONG_BIN start -c "$BENCH_FOLDER/kong.conf" -p "$BENCH_FOLDER/prefix" \
    >"$BENCH_FOLDER/kong-start.log" 2>&1
}

kong_stop() {
  # shellcheck disable=SC2086
  $KONG_BIN stop -p "$BENCH_FOLDER/prefix" >/dev/null 2>&1 || true
}

nginx_pid() {
  cat "$BENCH_FOLDER/prefix/pids/nginx.pid" 2>/dev/null || true
}
