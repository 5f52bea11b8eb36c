#!/usr/bin/env bash
# Both plugins on the stand-in for Kong that comes with this project.
source "$(dirname "$0")/../common.sh"
source "$here/ours.sh"

check() { echo "$(ours_version) on the stand-in"; }

start() {
  ours_configure
  ours_start_plugins
  spawn standin node "$project/dist/kong/standin/main.js" start --foreground \
    -c "$BENCH_FOLDER/kong.conf" -p "$BENCH_FOLDER/prefix"
}

run_command "$@"
