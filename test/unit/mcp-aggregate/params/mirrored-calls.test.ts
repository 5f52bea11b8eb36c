import { beforeEach, describe, expect, it } from 'vitest';
import { anonymousIdentity } from '../../../../lib/identity/identity.js';
import { readMessage } from '../../../../lib/json/envelope.js';
import { checkCalledParams } from '../../../../plugins/mcp-aggregate/core/admit/check-called-params.js';
import { callerContext } from '../../../../plugins/mcp-aggregate/core/admit/caller.js';
import { forwardCall } from '../../../../plugins/mcp-aggregate/core/calls/forward-call.js';
import { routeRequest } from '../../../../plugins/mcp-aggregate/core/calls/route-request.js';
import { exposureOf } from '../../../support/aggregate/exposure.js';
import { FakeUpstream, tool } from '../../../support/aggregate/fake-upstream.js';
import { endpointOf } from '../../../support/aggregate/items.js';

const annotated = (header: unknown, type = 'string') => ({
  inputSchema: { type: 'object', properties: { region: { type, 'x-mcp-header': header } } },
});
const tools = [tool('query', annotated('Region')), tool('bad', annotated('a b')), tool('plain')];

const anybody = { hidden: false, subject: { claims: {}, granted: new Set<string>() } };

let upstream: FakeUpstream;
let endpoint: ReturnType<typeof endpointOf>;
beforeEach(() => {
  upstream = new FakeUpstream('db', tools);
  endpoint = endpointOf([{ upstream, exposure: exposureOf({ name: 'db' }), prefix: 'db__' }]);
});

const listed = () => endpoint.servers[0]!.catalogues.tool.prepared.items.map(({ name }) => name);

function request(args: string, name = 'db__query') {
  const bytes = Buffer.from(
    `{"jsonrpc":"2.0","id":"x1","method":"tools/call","params":{"name":"${name}","arguments":${args}}}`,
  );
  const read = readMessage(bytes);
  if (read.kind !== 'single' || read.message.kind !== 'request') throw new Error('no request');
  return { bytes, message: read.message };
}

async function call(args: string, name?: string) {
  const { bytes, message } = request(args, name);
  const routed = await routeRequest(endpoint.items.router, message.method, message.params, anybody);
  const context = {
    method: message.method,
    caller: callerContext(anonymousIdentity),
    capabilities: undefined,
    logLevel: undefined,
    signal: new AbortController().signal,
  };
  const hearer = { config: { access: {} }, subject: {} } as never;
  const events = [];
  for await (const event of forwardCall(routed, bytes, message.params!, context, hearer)) {
    events.push(event);
  }
  return events.at(-1);
}

describe('tools of a server without sessions', () => {
  beforeEach(async () => {
    upstream.modern = true;
    await endpoint.load();
  });

  it('are left out where their annotations are wrong, and the log says so', () => {
    expect(listed()).toEqual(['db__query', 'db__plain']);
    expect(endpoint.events).toContainEqual({
      type: 'refused',
      item: 'bad',
      reason: expect.stringMatching(/^x-mcp-header at region is no field name/),
    });
  });

  it('get the headers of a call from its arguments', async () => {
    await call('{"region":"us-west1"}');
    await call('{"region":null}');
    await call('{"region":"x"}', 'db__plain');
    expect(upstream.calls.map(({ paramHeaders }) => paramHeaders)).toEqual([
      { 'Mcp-Param-Region': 'us-west1' },
      {},
      undefined,
    ]);
  });

  it('are not called with an argument that parsers read differently', async () => {
    expect(await call('{"region":"us","region":"eu"}')).toMatchObject({
      failure: { code: 'invalid_request' },
    });
    expect(upstream.calls).toEqual([]);
  });

  it('keep their lists apart by era: a server that turns is read anew', async () => {
    upstream.modern = false;
    endpoint.clock.advance(61_000);
    await endpoint.load();
    expect(listed()).toContain('db__bad');
  });
});

describe('tools of a server with sessions', () => {
  beforeEach(() => endpoint.load());

  it('are shown whatever their annotations, and called without headers', async () => {
    expect(listed()).toEqual(['db__query', 'db__bad', 'db__plain']);
    await call('{"region":"us","region":"eu"}');
    expect(upstream.calls[0]?.paramHeaders).toBeUndefined();
  });
});

describe('a request in the access phase', () => {
  const check = (args: string, region: string | undefined, name?: string) => {
    const { bytes, message } = request(args, name);
    checkCalledParams(endpoint.items.router, message, bytes, { 'mcp-param-region': region });
  };
  beforeEach(() => endpoint.load());

  it('is held against the tool that it calls', () => {
    check('{"region":"us"}', 'us');
    check('{"region":"us"}', 'other', 'db__plain');
    check('{"region":"us"}', 'other', 'db__bad');
    check('{"region":"us"}', 'other', 'db__unknown');
    const refused = expect.objectContaining({ code: 'header_mismatch', id: '"x1"' });
    expect(() => check('{"region":"us"}', 'eu')).toThrow(refused);
    expect(() => check('{"region":"us"}', undefined)).toThrow(refused);
  });
});
