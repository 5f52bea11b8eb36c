# Sourced by every gateway.sh. What a gateway.sh takes and answers: README.md.
set -euo pipefail

: "${BENCH_FOLDER:?a folder for configuration, logs and process ids}"
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
project="$(cd "$here/../../.." && pwd)"
read -r -a servers <<<"${BENCH_URLS:-}"

absent() {
  echo "$*"
  exit 3
}

# need VARIABLE WHAT: the command that the variable names, or the reason why there is none.
need() {
  local command="${!1:-}"
  [ -n "$command" ] || absent "$1 does not name $2"
  command -v "${command%% *}" >/dev/null || absent "what $1 names is not there"
}

# spawn NAME COMMAND…: in the background, its output in a file, its id remembered.
spawn() {
  local name="$1"
  shift
  "$@" >"$BENCH_FOLDER/$name.log" 2>&1 </dev/null &
  echo "$!" >>"$BENCH_FOLDER/pids"
  disown
}

# free_ports N: so many ports of the loopback that nobody has, on one line.
free_ports() {
  node -e '
    const { createServer } = require("node:net");
    const servers = Array.from({ length: Number(process.argv[1]) }, () =>
      createServer().listen(0, "127.0.0.1"));
    Promise.all(servers.map((s) => new Promise((done) => s.on("listening", done)))).then(() => {
      console.log(servers.map((s) => s.address().port).join(" "));
      for (const s of servers) s.close();
    });' "$1"
}

pids() {
  cat "$BENCH_FOLDER/pids" 2>/dev/null || true
}

# family PID…: these and all that descend from them.
family() {
  local pid
  for pid in "$@"; do
    echo "$pid"
    # shellcheck disable=SC2046
    family $(cat "/proc/$pid/task"/*/children 2>/dev/null || true)
  done
}

# Children too: those of a process that is killed would outlive it.
stop_spawned() {
  local all
  # shellcheck disable=SC2046
  all="$(family $(pids))"
  # shellcheck disable=SC2046
  signal TERM $(pids)
  for _ in $(seq 100); do
    # shellcheck disable=SC2046
    any_left $(pids) || break
    sleep 0.1
  done
  # shellcheck disable=SC2086
  signal KILL $all
}

signal() {
  local pid name="$1"
  shift
  for pid in "$@"; do kill -s "$name" "$pid" 2>/dev/null || true; done
}

any_left() {
  local pid
  for pid in "$@"; do kill -0 "$pid" 2>/dev/null && return 0; done
  return 1
}

# describe URL TOOL [HEADER VALUE]: TOOL with {server} and {tool} is the name of a tool.
describe() {
  local headers='{}'
  [ $# -lt 4 ] || headers="{\"$3\":\"$4\"}"
  echo "{\"url\":\"$1\",\"tool\":\"$2\",\"headers\":$headers}"
}

# each TEMPLATE: one line per server, {n} its number, {url} its address, {host} and {port} of it.
each() {
  local n address
  for n in "${!servers[@]}"; do
    address="${servers[$n]#http://}"
    address="${address%%/*}"
    echo "$1" | sed -e "s|{n}|$n|g" -e "s|{url}|${servers[$n]}|g" \
      -e "s|{host}|${address%:*}|g" -e "s|{port}|${address#*:}|g"
  done
}

# run_command: the function of the command's name, and nothing else.
run_command() {
  case "${1:-}" in
    check | start | stop | pids | describe_it) "$1" ;;
    describe) describe_it ;;
    *) echo "usage: gateway.sh check|start|stop|pids|describe" >&2 && exit 2 ;;
  esac
}

stop() {
  stop_spawned
}
