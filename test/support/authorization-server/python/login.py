"""Logs in by Python's `mcp` (1.x or 2.x) or `fastmcp` and calls a tool.

Writes the authorization URL on a line of its own; a person elsewhere signs in, and is sent back to a
port that is listened on here. Arguments: which client, endpoint, tool, port.
"""

import asyncio
import sys
from urllib.parse import parse_qs, urlsplit


def say(kind, text):
    print(f"{kind} {text}", flush=True)


class Storage:
    def __init__(self):
        self.tokens = self.client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


async def answered(port):
    """What the first request to the callback brings."""
    found = asyncio.get_running_loop().create_future()

    async def serve(reader, writer):
        target = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()
        if not found.done():
            found.set_result(parse_qs(urlsplit(target).query))

    async with await asyncio.start_server(serve, "127.0.0.1", port):
        return {name: values[0] for name, values in (await found).items()}


async def visited(url):
    say("visit", url)


def provider(url, port, callback):
    from mcp.client.auth import OAuthClientProvider
    from mcp.shared.auth import OAuthClientMetadata

    metadata = OAuthClientMetadata(
        client_name="python",
        redirect_uris=[f"http://127.0.0.1:{port}/callback"],
        grant_types=["authorization_code", "refresh_token"],
        response_types=["code"],
        token_endpoint_auth_method="none",
    )
    return OAuthClientProvider(
        server_url=url,
        client_metadata=metadata,
        storage=Storage(),
        redirect_handler=visited,
        callback_handler=callback,
    )


async def sdk1(url, tool, port):
    import httpx
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async def callback():
        answer = await answered(port)
        return answer["code"], answer.get("state")

    async with httpx.AsyncClient(auth=provider(url, port, callback), timeout=30) as http:
        async with streamable_http_client(url, http_client=http) as (reads, writes, _):
            async with ClientSession(reads, writes) as session:
                await session.initialize()
                return await session.call_tool(tool, {"message": "hello"})


async def sdk2(url, tool, port):
    import httpx2
    from mcp import Client
    from mcp.client.auth import AuthorizationCodeResult
    from mcp.client.streamable_http import streamable_http_client

    async def callback():
        answer = await answered(port)
        return AuthorizationCodeResult(
            code=answer["code"], state=answer.get("state"), iss=answer.get("iss")
        )

    async with httpx2.AsyncClient(auth=provider(url, port, callback), timeout=30) as http:
        async with Client(streamable_http_client(url, http_client=http)) as client:
            return await client.call_tool(tool, {"message": "hello"})


async def fastmcp(url, tool, port):
    import webbrowser

    from fastmcp import Client
    from fastmcp.client.auth import OAuth

    webbrowser.open = lambda address: say("visit", address)
    async with Client(url, auth=OAuth(callback_timeout=30, callback_port=port)) as client:
        return await client.call_tool(tool, {"message": "hello"})


async def main():
    name, url, tool, port = sys.argv[1:]
    result = await {"sdk1": sdk1, "sdk2": sdk2, "fastmcp": fastmcp}[name](url, tool, int(port))
    say("said", result.content[0].text)


asyncio.run(main())
