import { afterEach, describe, expect, it } from 'vitest';
import type { Upstream } from '../../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import { answer, json, startHttpFixture } from '../../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../../support/upstreams/http-fixture.js';
import { only, testCall, urlUpstream } from '../../../support/upstreams/under-test.js';
import type { TestCall } from '../../../support/upstreams/under-test.js';

let fixture: HttpFixture;
let upstream: Upstream;

async function setUp(capabilities: object = { logging: {} }) {
  fixture = await startHttpFixture();
  upstream = urlUpstream(fixture.url);
  fixture.on('initialize', (arrived, response) => {
    const session = `session-${fixture.of('initialize').length}`;
    fixture.sessions.add(session);
    response.setHeader('mcp-session-id', session);
    const serverInfo = { name: 'fixture', version: '1' };
    const result = { protocolVersion: '2025-11-25', capabilities, serverInfo };
    answer(arrived, response, JSON.stringify(result));
  });
  fixture.on('logging/setLevel', (arrived, response) => answer(arrived, response, '{}'));
}

afterEach(async () => {
  await upstream.close();
  await fixture.close();
});

const call = (options: TestCall) => only(upstream.call(testCall('{"name":"t"}', options)));
const told = () =>
  fixture
    .of('logging/setLevel')
    .map(({ params, headers }) => [headers['mcp-session-id'], params.level]);

describe('a server that logs', () => {
  it('is told a conversation’s level before its next call, once, in a session of its own', async () => {
    await setUp();
    const alice = { conversation: 'a', logLevel: 'debug' };
    await call(alice);
    await call(alice);
    await call({ conversation: 'b' });
    expect(fixture.arrived.map(({ method }) => method)).toEqual([
      'initialize',
      'notifications/initialized',
      'GET',
      'logging/setLevel',
      'tools/call',
      'tools/call',
      'initialize',
      'notifications/initialized',
      'GET',
      'tools/call',
    ]);
    expect(told()).toEqual([['session-1', 'debug']]);
  });

  it('is told again when the level changes', async () => {
    await setUp();
    for (const logLevel of ['debug', 'error', 'error']) await call({ conversation: 'a', logLevel });
    expect(told().map(([, level]) => level)).toEqual(['debug', 'error']);
  });

  it('keeps the levels of two conversations apart', async () => {
    await setUp();
    await call({ conversation: 'a', logLevel: 'debug' });
    await call({ conversation: 'b', logLevel: 'error' });
    expect(told()).toEqual([
      ['session-1', 'debug'],
      ['session-2', 'error'],
    ]);
  });

  it('is called all the same when it refuses the level', async () => {
    await setUp();
    fixture.on('logging/setLevel', (arrived, response) => {
      const error = '{"code":-32601,"message":"no"}';
      json(response, `{"jsonrpc":"2.0","id":${arrived.id},"error":${error}}`);
    });
    expect(await call({ conversation: 'a', logLevel: 'debug' })).toHaveProperty('done');
  });

  it('is told again after it has lost its session', async () => {
    await setUp();
    const alice = { conversation: 'a', logLevel: 'debug' };
    await call(alice);
    fixture.sessions.clear();
    expect(await call(alice)).toHaveProperty('done');
    expect(told().at(-1)).toEqual(['session-2', 'debug']);
  });
});

describe('a server that does not log', () => {
  it('is told no level, and shares its session once that is known', async () => {
    await setUp({});
    await call({});
    await call({ conversation: 'a', logLevel: 'debug' });
    expect(told()).toEqual([]);
    expect(fixture.of('initialize')).toHaveLength(1);
  });
});
