import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ServerResponse } from 'node:http';
import type { Ask, CallEvent } from '../../../../plugins/mcp-aggregate/core/calls/call.js';
import type { Upstream } from '../../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import {
  answer,
  event,
  eventStream,
  resultMessage,
  startHttpFixture,
} from '../../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../../support/upstreams/http-fixture.js';
import { stdioFixture } from '../../../support/upstreams/stdio-fixture.js';
import {
  seenEvent,
  stdioUpstream,
  testCall,
  urlUpstream,
} from '../../../support/upstreams/under-test.js';
import type { TestCall, UpstreamUnderTest } from '../../../support/upstreams/under-test.js';

let fixture: HttpFixture;
let upstream: Upstream;

async function setUp(config: UpstreamUnderTest = { trusted: true }) {
  fixture = await startHttpFixture();
  upstream = urlUpstream(fixture.url, config);
}

afterEach(async () => {
  await upstream?.close();
  await fixture?.close();
});

const everything = { roots: {}, sampling: {}, elicitation: { form: {} } };
const alice: TestCall = { conversation: 'conversation-a', capabilities: everything };
const question = (id: unknown, method: string, params: unknown = {}) =>
  JSON.stringify({ jsonrpc: '2.0', id, method, params });

/** The server asks in the call's own stream and goes on when it has the reply. */
function askInCall(...questions: string[]): void {
  fixture.on('tools/call', async (arrived, response) => {
    eventStream(response);
    const before = fixture.of('reply').length;
    for (const text of questions) response.write(event(text));
    await fixture.until('reply', before + questions.length);
    const replies = fixture
      .of('reply')
      .slice(before)
      .map(({ body }) => body);
    response.end(event(resultMessage(arrived, JSON.stringify({ replies }))));
  });
}

/** Takes a call's events; questions are answered by `answerer`. */
async function run(options: TestCall, answerer: (ask: Ask) => void) {
  const events: CallEvent[] = [];
  for await (const one of upstream.call(testCall('{"name":"t"}', options))) {
    events.push(one);
    if (one.type === 'ask') answerer(one);
  }
  return events.map(seenEvent);
}

const result = (text: string) => ({ result: Buffer.from(text) });

describe('a trusted server', () => {
  it('is told what this client can be asked, in a session of its own', async () => {
    await setUp();
    await run(alice, () => {});
    await run({ ...alice, conversation: 'conversation-b', capabilities: { roots: {} } }, () => {});
    await run({}, () => {});
    const told = fixture.of('initialize').map(({ params }) => params.capabilities);
    expect(told).toEqual([everything, { roots: {} }, {}]);
    const sessions = fixture.of('tools/call').map(({ headers }) => headers['mcp-session-id']);
    expect(new Set(sessions).size).toBe(3);
  });

  it('keeps one session for the calls of one conversation', async () => {
    await setUp();
    await run(alice, () => {});
    await run(alice, () => {});
    expect(fixture.of('initialize')).toHaveLength(1);
  });

  it('asks, and gets the answer byte-true under its own id', async () => {
    await setUp();
    askInCall(question('s-1', 'elicitation/create', { message: 'x' }));
    const events = await run(alice, (ask) => {
      expect(ask.params?.toString()).toBe('{"message":"x"}');
      ask.answer(result('{"action":"accept","n":9007199254740993 }'));
    });
    expect(events[0]).toEqual({ ask: 'elicitation/create' });
    const reply = '{"jsonrpc":"2.0","id":"s-1","result":{"action":"accept","n":9007199254740993 }}';
    expect(events[1]).toEqual({ done: JSON.stringify({ replies: [reply] }) });
    const [call] = fixture.of('tools/call');
    const [sent] = fixture.of('reply');
    expect(sent?.headers['mcp-session-id']).toBe(call?.headers['mcp-session-id']);
  });

  it('gets the client’s error as it is', async () => {
    await setUp();
    askInCall(question(7, 'roots/list'));
    const events = await run(alice, (ask) =>
      ask.answer({ error: Buffer.from('{"code":-1,"message":"no"}') }),
    );
    expect(JSON.stringify(events.at(-1))).toContain('\\\\\\"id\\\\\\":7');
    expect(fixture.of('reply')[0]?.body).toBe(
      '{"jsonrpc":"2.0","id":7,"error":{"code":-1,"message":"no"}}',
    );
  });

  it.each([
    ['a mode that the client lacks', 'elicitation/create', { mode: 'url', url: 'https://x' }],
    ['a task', 'sampling/createMessage', { task: {} }],
    ['an unknown method', 'secrets/list', {}],
  ])('is refused %s without the client seeing it', async (_what, method, params) => {
    await setUp();
    askInCall(question(1, method, params));
    const events = await run(alice, () => expect.unreachable());
    expect(events).toHaveLength(1);
    expect(fixture.of('reply')[0]?.body).toContain('-32601');
  });

  it('is refused what nobody in a list can be asked', async () => {
    await setUp();
    fixture.on('tools/list', async (arrived, response) => {
      eventStream(response);
      response.write(event(question(1, 'roots/list')));
      await fixture.until('reply');
      response.end(event(resultMessage(arrived, '{"tools":[]}')));
    });
    await upstream.list('tool', new AbortController().signal);
    expect(fixture.of('reply')[0]?.body).toContain('-32601');
  });

  it('may not open more questions in one call than can be kept', async () => {
    await setUp();
    const ids = Array.from({ length: 20 }, (_, id) => id + 1);
    askInCall(...ids.map((id) => question(id, 'roots/list')));
    const refused = () => fixture.of('reply').filter(({ body }) => body.includes('-32603'));
    const asked: Ask[] = [];
    await run(alice, (ask) => {
      asked.push(ask);
      if (asked.length < 16) return;
      void vi
        .waitUntil(() => refused().length === 4, 5_000)
        .then(() => asked.forEach((one) => one.answer(result('{"roots":[]}'))));
    });
    expect(asked).toHaveLength(16);
    expect(refused()).toHaveLength(4);
  });

  it('has its deadline stand still while the client thinks', async () => {
    await setUp({ trusted: true, timeoutMs: 300 });
    askInCall(question(1, 'roots/list'));
    const events = await run(alice, (ask) => {
      setTimeout(() => ask.answer(result('{"roots":[]}')), 700);
    });
    expect(events.at(-1)).toHaveProperty('done');
  });

  it('has a deadline again once it has the answer', async () => {
    await setUp({ trusted: true, timeoutMs: 300 });
    fixture.on('tools/call', (_arrived, response) => {
      eventStream(response);
      response.write(event(question(1, 'roots/list')));
    });
    const events = await run(alice, (ask) => ask.answer(result('{"roots":[]}')));
    expect(events.at(-1)).toMatchObject({ fail: 'upstream_timeout' });
  });

  it('can withdraw a question', async () => {
    await setUp();
    let stream: ServerResponse | undefined;
    fixture.on('tools/call', (arrived, response) => {
      stream = response;
      eventStream(response);
      response.write(event(question(1, 'roots/list')));
      setTimeout(() => {
        const params = { requestId: 1 };
        const method = 'notifications/cancelled';
        response.write(event(JSON.stringify({ jsonrpc: '2.0', method, params })));
      }, 20);
      setTimeout(() => response.end(event(resultMessage(arrived, '{}'))), 60);
    });
    let withdrawn = false;
    const events = await run(alice, (ask) => {
      ask.withdrawn.addEventListener('abort', () => {
        withdrawn = true;
        ask.answer(result('{}'));
      });
    });
    expect(withdrawn).toBe(true);
    expect(events.map((one) => Object.keys(one)[0])).toEqual(['ask', 'done']);
    expect(fixture.of('reply')).toHaveLength(0);
    expect(stream?.writableEnded).toBe(true);
  });

  it('gets no answer to a call that was cancelled', async () => {
    await setUp();
    fixture.on('tools/call', (_arrived, response) => {
      eventStream(response);
      response.write(event(question(1, 'roots/list')));
    });
    const controller = new AbortController();
    let late: Ask | undefined;
    const events = await run({ ...alice, signal: controller.signal }, (ask) => {
      late = ask;
      controller.abort();
    });
    late?.answer(result('{}'));
    expect(events.at(-1)).toMatchObject({ fail: 'cancelled' });
    await fixture.until('notifications/cancelled');
    expect(fixture.of('reply')).toHaveLength(0);
  });

  it('asks about a running call on its own stream as well', async () => {
    await setUp();
    let own: ServerResponse | undefined;
    fixture.on('GET', (_arrived, response) => {
      own = response;
      eventStream(response);
    });
    fixture.on('tools/call', async (arrived, response) => {
      own?.write(event(question('g', 'roots/list')));
      await fixture.until('reply');
      answer(arrived, response, '{}');
    });
    const events = await run(alice, (ask) => ask.answer(result('{"roots":[]}')));
    expect(events).toEqual([{ ask: 'roots/list' }, { done: '{}' }]);
    expect(fixture.of('GET')[0]?.headers['mcp-session-id']).toBe(
      fixture.of('tools/call')[0]?.headers['mcp-session-id'],
    );
  });

  it('is refused a question on its own stream while no call is under way', async () => {
    await setUp();
    let own: ServerResponse | undefined;
    fixture.on('GET', (_arrived, response) => {
      own = response;
      eventStream(response);
    });
    await run(alice, () => {});
    own?.write(event(question('g', 'roots/list')));
    await fixture.until('reply');
    expect(fixture.of('reply')[0]?.body).toContain('"error"');
  });

  it('loses the session with its conversation', async () => {
    await setUp();
    await run(alice, () => {});
    await run({ ...alice, conversation: 'conversation-b' }, () => {});
    upstream.endConversation('conversation-a');
    await fixture.until('DELETE');
    const [first] = fixture.of('tools/call');
    expect(fixture.of('DELETE').map(({ headers }) => headers['mcp-session-id'])).toEqual([
      first?.headers['mcp-session-id'],
    ]);
    await run(alice, () => {});
    expect(fixture.of('initialize')).toHaveLength(3);
  });
});

describe('any other server', () => {
  it('is told that nobody can be asked, and refused when it asks', async () => {
    await setUp({ trusted: false });
    askInCall(question(1, 'elicitation/create', { message: 'password?' }));
    const events = await run(alice, () => expect.unreachable());
    expect(events).toHaveLength(1);
    expect(fixture.of('initialize')[0]?.params.capabilities).toEqual({});
    expect(fixture.of('reply')[0]?.body).toContain('-32601');
  });

  it('shares its session between conversations of one authorization context', async () => {
    await setUp({ trusted: false });
    await run(alice, () => {});
    await run({ ...alice, conversation: 'conversation-b' }, () => {});
    expect(fixture.of('initialize')).toHaveLength(1);
  });
});

describe('a child process that all share', () => {
  it('reaches nobody when it asks, trusted or not', async () => {
    const child = stdioFixture();
    upstream = stdioUpstream(child, { trusted: true });
    const lines = [question(1, 'roots/list'), '{"jsonrpc":"2.0","id":$ID,"result":{}}'];
    const params = { name: 'raw', arguments: { lines } };
    const events: CallEvent[] = [];
    for await (const one of upstream.call(testCall(params, alice))) events.push(one);
    expect(events.map(seenEvent)).toEqual([{ done: '{}' }]);
    expect(await child.seen(/"id":1,"error".*-32601/)).toBeTruthy();
    child.remove();
  });
});
