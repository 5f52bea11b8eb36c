#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.10"
# dependencies = [
#   "mcp>=2,<3",
#   "opentelemetry-sdk",
#   "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""An agent: takes a prompt (a file, or stdin), thinks with a model that speaks OpenAI's chat
completions, and works with the tools of an MCP endpoint. Both are reached through the same Kong with
the same token, and all of it is one trace.

    AGENT_TOKEN=… uv run agent.py prompt.txt
"""

import asyncio
import json
import os
import sys

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from opentelemetry import propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

GATEWAY = os.environ.get("GATEWAY_URL", "http://127.0.0.1:8000")
MCP_URL = os.environ.get("MCP_URL", f"{GATEWAY}/mcp")
MODEL_URL = os.environ.get("OPENAI_BASE_URL", f"{GATEWAY}/v1")
MODEL = os.environ.get("OPENAI_MODEL", "gpt-4.1-mini")
AUTHORIZATION = {"authorization": f"Bearer {os.environ.get('AGENT_TOKEN', '')}"}
# A model that never comes to an end is not followed for ever.
MOST_TURNS = 10

# OTEL_SERVICE_NAME has the last word.
resource = Resource({"service.name": os.environ.get("OTEL_SERVICE_NAME", "agent")})
provider = TracerProvider(resource=resource)
if os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
# The MCP SDK has spans of its own, and tells of them in `_meta`.
trace.set_tracer_provider(provider)
tracer = provider.get_tracer("agent")


def told():
    """How others are told of the current span."""
    carrier = {}
    propagate.inject(carrier)
    return carrier


def spanned(name, **attributes):
    said = {key.replace("__", "."): value for key, value in attributes.items()}
    return tracer.start_as_current_span(name, kind=trace.SpanKind.CLIENT, attributes=said)


async def think(http, messages, tools):
    with spanned(f"chat {MODEL}", gen_ai__operation__name="chat", gen_ai__request__model=MODEL):
        answer = await http.post(
            f"{MODEL_URL}/chat/completions",
            headers=told(),
            json={"model": MODEL, "messages": messages, "tools": tools},
        )
        answer.raise_for_status()
        return answer.json()["choices"][0]["message"]


async def use(client, call):
    name = call["function"]["name"]
    operation = "execute_tool"
    with spanned(f"{operation} {name}", gen_ai__operation__name=operation, gen_ai__tool__name=name):
        given = json.loads(call["function"]["arguments"] or "{}")
        result = await client.call_tool(name, given)
        return json.dumps([part.model_dump(mode="json", exclude_none=True) for part in result.content])


async def answer(http, client, prompt):
    listed = await client.list_tools()
    tools = [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description or "",
                "parameters": tool.input_schema,
            },
        }
        for tool in listed.tools
    ]
    messages = [{"role": "user", "content": prompt}]
    for _ in range(MOST_TURNS):
        reply = await think(http, messages, tools)
        messages.append(reply)
        if not reply.get("tool_calls"):
            return reply["content"]
        for call in reply["tool_calls"]:
            content = await use(client, call)
            messages.append({"role": "tool", "tool_call_id": call["id"], "content": content})
    raise RuntimeError(f"no answer after {MOST_TURNS} turns")


async def main(prompt):
    with spanned("invoke_agent agent", gen_ai__operation__name="invoke_agent"):
        headers = {**AUTHORIZATION, **told()}
        async with httpx2.AsyncClient(headers=headers, timeout=60) as http:
            transport = streamable_http_client(MCP_URL, http_client=http)
            async with Client(transport) as client:
                print(await answer(http, client, prompt))


if __name__ == "__main__":
    try:
        if len(sys.argv) > 1:
            with open(sys.argv[1], encoding="utf-8") as file:
                asked = file.read()
        else:
            asked = sys.stdin.read()
        asyncio.run(main(asked))
    finally:
        provider.shutdown()
