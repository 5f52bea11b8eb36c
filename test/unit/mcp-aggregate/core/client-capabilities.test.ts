import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readMessage } from '../../../../lib/json/envelope.js';
import type { RequestEnvelope } from '../../../../lib/json/types.js';
import {
  everyCapability,
  mayAsk,
  packCapabilities,
  unpackCapabilities,
} from '../../../../plugins/mcp-aggregate/core/capabilities/client-capabilities.js';

function requestOf(params: unknown): { bytes: Buffer; request: RequestEnvelope } {
  const bytes = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'm', params }));
  const read = readMessage(bytes);
  if (read.kind !== 'single' || read.message.kind !== 'request') throw new Error('no request');
  return { bytes, request: read.message };
}

/** What a server is told of a client that declared `capabilities`. */
function passedOn(capabilities: unknown): unknown {
  const { bytes, request } = requestOf({ capabilities });
  const raw = unpackCapabilities(packCapabilities(bytes, request.params));
  return raw === undefined ? undefined : JSON.parse(raw.toString());
}

describe('what a server is told of a client', () => {
  it.each([
    [{}, undefined],
    [{ roots: {} }, { roots: {} }],
    [{ roots: { listChanged: true } }, { roots: { listChanged: true } }],
    [{ roots: { listChanged: false } }, { roots: {} }],
    [{ sampling: {} }, { sampling: {} }],
    [{ sampling: { tools: {}, context: {} } }, { sampling: { tools: {}, context: {} } }],
    [{ elicitation: {} }, { elicitation: { form: {} } }],
    [{ elicitation: { form: { applyDefaults: true } } }, { elicitation: { form: {} } }],
    [{ elicitation: { url: {} } }, { elicitation: { url: {} } }],
    [{ elicitation: { form: {}, url: {} } }, { elicitation: { form: {}, url: {} } }],
    [{ tasks: { list: {} }, experimental: { x: {} }, extensions: {} }, undefined],
    [{ sampling: true, roots: null, elicitation: [] }, undefined],
  ])('of one that declares %j: %j', (declared, told) => {
    expect(passedOn(declared)).toEqual(told);
  });

  it('is nothing where it declares nothing', () => {
    const { bytes, request } = requestOf({});
    expect(packCapabilities(bytes, request.params)).toBe(0);
    expect(packCapabilities(bytes, undefined)).toBe(0);
  });

  it('comes back from its bits as it went in', () => {
    const bits = fc.integer({ min: 0, max: everyCapability });
    fc.assert(
      fc.property(bits, (packed) => {
        const told = unpackCapabilities(packed);
        const { bytes, request } = requestOf({ capabilities: JSON.parse(String(told ?? '{}')) });
        const again = packCapabilities(bytes, request.params);
        expect(String(unpackCapabilities(again))).toBe(String(told));
      }),
    );
  });
});

describe('a question', () => {
  const may = (declared: object, method: string, params: unknown): boolean => {
    const { bytes, request } = requestOf(params);
    return mayAsk(Buffer.from(JSON.stringify(declared)), method, bytes, request.params);
  };

  it.each([
    ['roots/list', { roots: {} }, {}, true],
    ['roots/list', { sampling: {} }, {}, false],
    ['sampling/createMessage', { sampling: {} }, {}, true],
    ['sampling/createMessage', { roots: {} }, {}, false],
    ['elicitation/create', { elicitation: { form: {} } }, {}, true],
    ['elicitation/create', { elicitation: { form: {} } }, { mode: 'form' }, true],
    ['elicitation/create', { elicitation: { form: {} } }, { mode: 'url' }, false],
    ['elicitation/create', { elicitation: { url: {} } }, { mode: 'url' }, true],
    ['elicitation/create', { elicitation: { url: {} } }, {}, false],
    ['elicitation/create', { elicitation: { form: {} } }, { mode: 1 }, false],
    ['sampling/createMessage', { sampling: {} }, { task: {} }, false],
    ['tasks/get', { roots: {}, sampling: {}, elicitation: { form: {} } }, {}, false],
  ])('%s to a client with %j and %j: %s', (method, declared, params, allowed) => {
    expect(may(declared, method, params)).toBe(allowed);
  });
});
