import { expect } from 'vitest';
import { exchange, openSession, rpc } from '../../support/rpc.js';
import type { Side } from './side.js';
import type { Subject } from './subject.js';

const initialize = {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'test', version: '1' },
};

const initialized = async ({ url }: Side) => {
  const { message, headers } = await rpc(url, 'initialize', { params: initialize });
  const { protocolVersion, capabilities, serverInfo } = message?.result ?? {};
  return { protocolVersion, capabilities, serverInfo, session: headers['mcp-session-id'] };
};

/** What belongs to no item and to clients with sessions, by the suite's scenario. */
export const sessionSubjects: Readonly<Record<string, Subject>> = {
  // The gateway speaks for itself here, and offers what any of its servers does.
  'server-initialize': async ({ check, through, direct }) => {
    const there = await initialized(direct);
    const { capabilities } = there;
    const session = expect.stringMatching(/^[\x21-\x7e]+$/);
    const serverInfo = { name: expect.stringMatching(/./), version: expect.stringMatching(/./) };
    check(there, { protocolVersion: '2025-11-25', capabilities: { logging: {} }, session });
    check(await initialized(through), {
      protocolVersion: '2025-11-25',
      capabilities,
      serverInfo,
      session,
    });
  },
  ping: async ({ alike }) => {
    const pinged = async ({ url }: Side) => {
      const { status, message } = await rpc(url, 'ping', {
        session: await openSession(url),
        id: 7,
      });
      return { status, message };
    };
    await alike(pinged, { status: 200, message: { id: 7, result: {} } });
  },
  'logging-set-level': async ({ alike, check, through }) => {
    await alike((side) => side.client.setLoggingLevel('warning'), {});
    // The fixture pays no heed to the level; the gateway does.
    through.heard.length = 0;
    await through.client.callTool({ name: through.name('test_tool_with_logging'), arguments: {} });
    check(through.heard.length, 0);
    await alike((side) => side.client.setLoggingLevel('debug'), {});
  },
  'server-sse-multiple-streams': async ({ alike }) => {
    const streams = async (side: Side) => {
      const session = await openSession(side.url);
      const call = async (id: number) => {
        const params = { name: side.name('test_tool_with_logging'), arguments: {} };
        const answer = await rpc(side.url, 'tools/call', { session, id, params });
        const ids = answer.messages.flatMap((message) => message.id ?? []);
        const notes = answer.messages.filter(({ method }) => method !== undefined).length;
        return { status: answer.status, type: answer.headers['content-type'], ids, notes };
      };
      return Promise.all([1, 2, 3].map(call));
    };
    const stream = { status: 200, type: expect.stringMatching(/^text\/event-stream/), notes: 3 };
    await alike(
      streams,
      [1, 2, 3].map((id) => ({ ...stream, ids: [id] })),
    );
  },
  'dns-rebinding-protection': async ({ alike }) => {
    const statuses = async ({ url }: Side) => {
      const body = JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'initialize',
        params: initialize,
      });
      const from = async (host: string) => {
        const headers = {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          host,
          origin: `http://${host}`,
        };
        return (await exchange(url, 'POST', headers, body)).status;
      };
      return [await from('evil.example.com'), await from(new URL(url).host)];
    };
    await alike(statuses, [403, 200]);
  },
};
