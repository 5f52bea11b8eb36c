#!/usr/bin/env bash
# Both plugins on a Kong: KONG_BIN.
source "$(dirname "$0")/../common.sh"
source "$here/ours.sh"

check() {
  need KONG_BIN "a kong command"
  # shellcheck disable=SC2086
  echo "$(ours_version) on Kong $($KONG_BIN version)"
}

start() {
  ours_configure
  ours_start_plugins
  kong_start
}

stop() {
  kong_stop
  stop_spawned
}

pids() {
  nginx_pid
  cat "$BENCH_FOLDER/pids" 2>/dev/null || true
}

run_command "$@"
