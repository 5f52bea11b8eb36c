"""The items of this folder on Python's `mcp` 2.x, which speaks both eras. Tells its port on stdout."""

import asyncio
import socket
from typing import Annotated

import uvicorn
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.resolve import Elicit, ListRoots, Resolve, Sample
from mcp_types import (
    Completion,
    CreateMessageResult,
    ListRootsResult,
    SamplingMessage,
    TextContent,
)
from pydantic import BaseModel

server = MCPServer("python-eras", version="1", log_level="ERROR")


class Seat(BaseModel):
    seat: str


class Sum(BaseModel):
    sum: float


@server.tool(structured_output=False)
def echo(message: str) -> str:
    return f"echo: {message}"


@server.tool(name="sum")
def add(a: float, b: float) -> Sum:
    return Sum(sum=a + b)


@server.tool(structured_output=False)
async def insist(flight: str, ctx: Context) -> str:
    """Asks in the middle of its work, which only a session can carry."""
    answer = await ctx.elicit(f"Which seat on {flight}?", Seat)
    return f"seat {answer.data.seat}" if answer.action == "accept" else answer.action


def ask_seat(flight: str) -> Elicit[Seat]:
    return Elicit(f"Which seat on {flight}?", Seat)


@server.tool(structured_output=False)
def ask(flight: str, seat: Annotated[Seat, Resolve(ask_seat)]) -> str:
    """Asks before its work, which both eras can carry."""
    return f"seat {seat.seat}"


def have_thought(prompt: str) -> Sample:
    content = TextContent(type="text", text=prompt)
    return Sample([SamplingMessage(role="user", content=content)], max_tokens=20)


@server.tool(structured_output=False)
def think(prompt: str, thought: Annotated[CreateMessageResult, Resolve(have_thought)]) -> str:
    return f"thought: {thought.content.text}"


def have_roots() -> ListRoots:
    return ListRoots()


@server.tool(structured_output=False)
def look(roots: Annotated[ListRootsResult, Resolve(have_roots)]) -> str:
    return " ".join(str(root.uri) for root in roots.roots)


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
    return "noted at note://today"


@server.resource("note://{day}", mime_type="text/plain")
def noted(day: str) -> str:
    return f"noted at note://{day}"


@server.completion()
async def complete(ref, argument, context):
    people = ["Ann", "Anton", "Berta"]
    return Completion(values=[one for one in people if one.startswith(argument.value)])


async def main() -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    print(listening.getsockname()[1], flush=True)
    app = server.streamable_http_app()
    config = uvicorn.Config(app, log_level="error", lifespan="on")
    await uvicorn.Server(config).serve(sockets=[listening])


asyncio.run(main())
