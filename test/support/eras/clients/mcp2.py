"""Tells the stories that come by stdin with Python's `mcp` 2.x, in the mode that is its argument."""

import asyncio
import json
import sys
import warnings

from mcp import Client
from mcp_types import ElicitResult

warnings.simplefilter("ignore")


async def tell(story, mode):
    asked = []

    async def elicited(context, params):
        asked.append(params.message)
        return ElicitResult(action="accept", content={"seat": "12A"})

    async with Client(story["url"], mode=mode, elicitation_callback=elicited) as client:
        tools = (await client.list_tools()).tools
        own = {story["ask"], story["echo"], story["sum"]}
        echoed = await client.call_tool(story["echo"], {"message": "hello"})
        summed = await client.call_tool(story["sum"], {"a": 2, "b": 3})
        seated = await client.call_tool(story["ask"], {"flight": "KP 1"})
        prompt = await client.get_prompt(story["prompt"], {"name": "Ann"})
        read = await client.read_resource(story["resource"])
        return {
            "revision": client.protocol_version,
            "listed": [tool.name for tool in tools if tool.name in own],
            "echo": echoed.content[0].text,
            "sum": summed.structured_content,
            "seat": seated.content[0].text,
            "asked": asked[0],
            "prompt": prompt.messages[0].content.text,
            "note": read.contents[0].text,
        }


async def main():
    for story in json.load(sys.stdin):
        print(json.dumps(await tell(story, sys.argv[1])), flush=True)


asyncio.run(main())
