"""Tells the stories that come by stdin with Python's `mcp` 1.x."""

import asyncio
import json
import sys

from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.types import ElicitResult


async def tell(story):
    asked = []

    async def elicited(context, params):
        asked.append(params.message)
        return ElicitResult(action="accept", content={"seat": "12A"})

    async with streamable_http_client(story["url"]) as (reads, writes, _):
        async with ClientSession(reads, writes, elicitation_callback=elicited) as session:
            opened = await session.initialize()
            tools = (await session.list_tools()).tools
            own = {story["ask"], story["echo"], story["sum"]}
            echoed = await session.call_tool(story["echo"], {"message": "hello"})
            summed = await session.call_tool(story["sum"], {"a": 2, "b": 3})
            seated = await session.call_tool(story["ask"], {"flight": "KP 1"})
            prompt = await session.get_prompt(story["prompt"], {"name": "Ann"})
            read = await session.read_resource(story["resource"])
            return {
                "revision": opened.protocolVersion,
                "listed": [tool.name for tool in tools if tool.name in own],
                "echo": echoed.content[0].text,
                "sum": summed.structuredContent,
                "seat": seated.content[0].text,
                "asked": asked[0],
                "prompt": prompt.messages[0].content.text,
                "note": read.contents[0].text,
            }


async def main():
    for story in json.load(sys.stdin):
        print(json.dumps(await tell(story)), flush=True)


asyncio.run(main())
