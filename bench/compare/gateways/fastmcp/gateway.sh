#!/usr/bin/env bash
# FastMCP's proxy for several servers: FASTMCP_PYTHON, a Python that has the package fastmcp.
source "$(dirname "$0")/../common.sh"

check() {
  need FASTMCP_PYTHON "a Python with fastmcp"
  "$FASTMCP_PYTHON" -c 'import fastmcp; print(fastmcp.__version__)' || absent "fastmcp is not installed"
}

start() {
  cat >"$BENCH_FOLDER/proxy.py" <<END
from fastmcp.server import create_proxy

servers = {
$(each '    "s{n}": {"url": "{url}", "transport": "http"},')
}
create_proxy({"mcpServers": servers}, name="bench").run(
    transport="http", host="127.0.0.1", port=$BENCH_PORT, show_banner=False
)
END
  FASTMCP_CHECK_FOR_UPDATES=off spawn fastmcp "$FASTMCP_PYTHON" "$BENCH_FOLDER/proxy.py"
}

# A single server keeps its names.
describe_it() {
  local tool='s{server}_tool_{tool}'
  [ "${#servers[@]}" -gt 1 ] || tool='tool_{tool}'
  describe "http://127.0.0.1:$BENCH_PORT/mcp" "$tool"
}

run_command "$@"
