import { expect } from 'vitest';
import { exchange } from '../../../support/rpc.js';
import type { RpcAnswer } from '../../../support/rpc.js';
import { openStream } from '../../../support/stream-reader.js';
import type { Side } from '../side.js';
import type { Subject } from '../subject.js';
import { modernHeaders, modernParams, modernRpc } from './modern-rpc.js';

const key = 'io.modelcontextprotocol';
const watched = 'test://watched-resource';

const brief = ({ status, message }: RpcAnswer) => ({
  status,
  id: message?.id,
  code: message?.error?.code,
});

/** Requests that are refused before anything is done, each with its code and status. */
async function refused(side: Side) {
  const { url } = side;
  const discover = 'server/discover';
  const removed = ['initialize', 'ping', 'logging/setLevel', 'resources/subscribe', 'un/known'];
  const unversioned = { [`${key}/protocolVersion`]: undefined };
  const other = { [`${key}/protocolVersion`]: '2099-01-01' };
  const version = { 'mcp-protocol-version': '2099-01-01' };
  const answers = [
    modernRpc(url, discover, {}, { meta: unversioned }),
    modernRpc(url, discover, {}, { meta: { [`${key}/clientCapabilities`]: undefined } }),
    modernRpc(url, discover, {}, { meta: other, headers: version }),
    modernRpc(url, discover, {}, { meta: other }),
    modernRpc(url, discover, {}, { headers: { 'mcp-method': 'tools/list' } }),
    ...removed.map((method) => modernRpc(url, method)),
  ];
  return (await Promise.all(answers)).map(brief);
}

const notFound = { status: 404, id: 7, code: -32601 };
const refusals = [
  ...[-32602, -32602, -32022, -32020, -32020].map((code) => ({ status: 400, id: 7, code })),
  ...[notFound, notFound, notFound, notFound, notFound],
];

/** A call of a tool that needs what the client lacks: servers with sessions have no error for it. */
const lacking: Subject = async ({ alike, check, through, direct }) => {
  const called = async (side: Side) => {
    const params = { name: side.name('test_missing_capability'), arguments: {} };
    const answer = await modernRpc(side.url, 'tools/call', params, { capabilities: {} });
    return { ...brief(answer), result: answer.message?.result };
  };
  const refusal = { status: 400, code: -32021 };
  if (through.era === direct.era) return void (await alike(called, refusal));
  check(await called(direct), refusal);
  check(await called(through), { status: 200, result: { isError: true } });
};

/** Listens, has the tool list and a resource change, and answers what is told, in order. */
async function listened(side: Side) {
  const notifications = {
    toolsListChanged: true,
    resourceSubscriptions: [side.uri(watched)],
  };
  const method = 'subscriptions/listen';
  const params = modernParams({ notifications });
  const message = { jsonrpc: '2.0', id: 'listening', method, params };
  const headers = modernHeaders(method, {});
  const stream = await openStream(side.url, { message, headers });
  await stream.until(/notifications\/subscriptions\/acknowledged[^\n]*\n/);
  const trigger = (what: string) =>
    modernRpc(side.url, 'tools/call', {
      name: side.name(`test_trigger_${what}_change`),
      arguments: {},
    });
  await trigger('prompt');
  await trigger('tool');
  await stream.until(/notifications\/tools\/list_changed[^\n]*\n/);
  await side.fixture.change(watched);
  await stream.until(/notifications\/resources\/updated[^\n]*\n/);
  await stream.leave();
  const told = [...stream.text().matchAll(/^data: ?(\{.*\})$/gm)];
  return told.map(([, text]) => JSON.parse(String(text)) as Record<string, unknown>);
}

const subscribed = { _meta: { [`${key}/subscriptionId`]: 'listening' } };

/** What belongs to no item and to clients without sessions, by the suite's scenario. */
export const sessionlessSubjects: Readonly<Record<string, Subject>> = {
  'server-stateless': async (context) => {
    const { alike, check, through, direct } = context;
    await alike(refused, refusals);
    await lacking(context);
    const discovered = async ({ url }: Side) => {
      const { message } = await modernRpc(url, 'server/discover');
      const { supportedVersions, capabilities, _meta } = message?.result ?? {};
      return { supportedVersions, capabilities, _meta };
    };
    // The gateway speaks for itself here, and offers what any of its servers does.
    const { capabilities } = await discovered(direct);
    const serverInfo = { name: expect.stringMatching(/./), version: expect.stringMatching(/./) };
    const { extensions: _, ...offered } = capabilities as Record<string, unknown>;
    check(await discovered(through), {
      supportedVersions: expect.arrayContaining(['2026-07-28']),
      capabilities: offered,
      _meta: { [`${key}/serverInfo`]: serverInfo },
    });
    await alike(listened, [
      { method: 'notifications/subscriptions/acknowledged', params: subscribed },
      { method: 'notifications/tools/list_changed', params: subscribed },
      { method: 'notifications/resources/updated', params: { uri: watched, ...subscribed } },
    ]);
    const logged = (level?: string) => async (side: Side) => {
      const params = { name: side.name('test_logging_tool'), arguments: {} };
      const meta = { [`${key}/logLevel`]: level };
      const { messages } = await modernRpc(side.url, 'tools/call', params, { meta });
      return messages.flatMap(({ method, params: said }) => (method ? [said?.['data']] : []));
    };
    await alike(logged(), []);
    await alike(logged('error'), []);
    const steps = ['execution started', 'processing data', 'execution completed'];
    await alike(
      logged('info'),
      steps.map((step) => `Tool ${step}`),
    );
  },
  'server-sse-multiple-streams': async ({ alike }) => {
    const streams = async (side: Side) => {
      const call = async (progressToken: number) => {
        const params = { name: side.name('test_tool_with_progress'), arguments: {} };
        const answer = await modernRpc(side.url, 'tools/call', params, { meta: { progressToken } });
        const tokens = answer.messages.flatMap(({ method, params: told }) =>
          method === 'notifications/progress' ? [told?.['progressToken']] : [],
        );
        const isRight = tokens.every((token) => token === progressToken);
        return { status: answer.status, type: answer.headers['content-type'], isRight, tokens };
      };
      return Promise.all([1, 2, 3].map(call));
    };
    const type = expect.stringMatching(/^text\/event-stream/);
    await alike(
      streams,
      [1, 2, 3].map((token) => ({
        status: 200,
        type,
        isRight: true,
        tokens: [token, token, token],
      })),
    );
  },
  'sep-2164-resource-not-found': async ({ alike }) => {
    const missing = (own: string) => async (side: Side) => {
      const answer = await modernRpc(side.url, 'resources/read', { uri: side.uri(own) });
      const { message } = answer;
      return { ...brief(answer), result: message?.result, uri: message?.error?.data?.['uri'] };
    };
    const uri = 'test://no-such-resource';
    await alike(missing(uri), { id: 7, code: -32602, uri });
  },
  caching: async ({ alike }) => {
    const hints = async (side: Side) => {
      const lists = ['tools', 'prompts', 'resources', 'resources/templates'];
      const requests = lists.map((list) => modernRpc(side.url, `${list}/list`));
      const read = modernRpc(side.url, 'resources/read', { uri: side.uri('test://static-text') });
      return (await Promise.all([...requests, read])).map(({ message }) => {
        const { ttlMs, cacheScope } = message?.result ?? {};
        const isLife = Number.isInteger(ttlMs) && Number(ttlMs) >= 0;
        return isLife && ['public', 'private'].includes(String(cacheScope));
      });
    };
    await alike(hints, [true, true, true, true, true]);
  },
  'dns-rebinding-protection': async ({ alike }) => {
    const statuses = async ({ url }: Side) => {
      const method = 'server/discover';
      const params = modernParams({});
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
      const from = async (host: string) => {
        const headers = {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          ...{ host, origin: `http://${host}`, ...modernHeaders(method, {}) },
        };
        return (await exchange(url, 'POST', headers, body)).status;
      };
      return [await from('evil.example.com'), await from(new URL(url).host)];
    };
    await alike(statuses, [403, 200]);
  },
};
