#!/usr/bin/env bash
# FastMCP, with a proxy of each server mounted: FASTMCP_PYTHON, a Python that has the package fastmcp.
# One proxy of a configuration with all servers would connect to every server for each request.
source "$(dirname "$0")/../common.sh"

check() {
  need FASTMCP_PYTHON "a Python with fastmcp"
  "$FASTMCP_PYTHON" -c 'import fastmcp; print(fastmcp.__version__)' || absent "fastmcp is not installed"
}

start() {
  cat >"$BENCH_FOLDER/proxy.py" <<END
from fastmcp import FastMCP
from fastmcp.server import create_proxy

servers = {
$(each '    "s{n}": "{url}",')
}
bench = FastMCP("bench")
for name, url in servers.items():
    bench.mount(create_proxy(url, name=name), namespace=name)
bench.run(transport="http", host="127.0.0.1", port=$BENCH_PORT, show_banner=False)
END
  FASTMCP_CHECK_FOR_UPDATES=off spawn fastmcp "$FASTMCP_PYTHON" "$BENCH_FOLDER/proxy.py"
}

describe_it() { describe "http://127.0.0.1:$BENCH_PORT/mcp" 's{server}_tool_{tool}'; }

run_command "$@"
