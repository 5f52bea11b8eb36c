"""A few items on the HTTP+SSE transport of Python's `mcp` 1.x. Tells its port on stdout."""

import asyncio
import socket

import uvicorn
from mcp.server.fastmcp import Context, FastMCP
from pydantic import BaseModel

server = FastMCP("python-sse", log_level="ERROR")


class Seat(BaseModel):
    seat: str


@server.tool(structured_output=False)
def echo(message: str) -> str:
    return f"echo: {message}"


@server.tool(structured_output=False)
async def insist(flight: str, ctx: Context) -> str:
    answer = await ctx.elicit(f"Which seat on {flight}?", Seat)
    return f"seat {answer.data.seat}" if answer.action == "accept" else answer.action


@server.tool(structured_output=False)
async def steps(ctx: Context) -> str:
    for step in (1, 2, 3):
        await ctx.report_progress(step, 3)
    return "done"


@server.prompt()
def greet(name: str) -> str:
    return f"Greet {name}"


@server.resource("note://today", mime_type="text/plain")
def today() -> str:
    return "noted"


async def main() -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    print(listening.getsockname()[1], flush=True)
    config = uvicorn.Config(server.sse_app(), log_level="error", lifespan="on")
    await uvicorn.Server(config).serve(sockets=[listening])


asyncio.run(main())
