import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readMessage } from '../../../../../lib/json/envelope.js';
import { withOriginal } from '../../../../../plugins/mcp-aggregate/core/calls/original-edits.js';
import { traceEdits } from '../../../../../plugins/mcp-aggregate/core/calls/trace-meta.js';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const tracestate = 'a="\\';
const requestId = '0123456789abcdef0123456789abcdef';
const all = { traceparent, tracestate, requestId };
const said = { traceparent, tracestate, 'kong-plugin-mcp/request-id': requestId };

function forwarded(params: string, trace = all, replaced = false): string {
  const message = Buffer.from(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`);
  const read = readMessage(message);
  if (read.kind !== 'single' || read.message.kind !== 'request') throw new Error('no request');
  const envelope = read.message.params!;
  const { span } = envelope.name!;
  return withOriginal(
    message,
    envelope,
    span,
    'x',
    traceEdits(envelope, trace, replaced),
  ).toString();
}

const metaOf = (text: string) => (JSON.parse(text) as { _meta: unknown })._meta;

describe('the trace in _meta', () => {
  it.each([
    ['{"name":"a__x"}', '{"name":"x","_meta":{'],
    ['{ "name" : "a__x" , "_meta" : { } }', '{ "name" : "x" , "_meta" : { '],
    ['{"_meta":{"progressToken":1},"name":"a__x"}', '{"_meta":{"progressToken":1,'],
    ['{"name":"a__x","task":{"ttl":1}}', '{"name":"x","_meta":{'],
    ['{"task":{},"_meta":{"k":[] },"name":"a__x"}', '{"_meta":{"k":[] ,'],
  ])('%s', (params, start) => {
    const text = forwarded(params);
    expect(text.startsWith(start)).toBe(true);
    expect(metaOf(text)).toMatchObject(said);
  });

  it.each([
    ['{"traceparent":"theirs"}', 'traceparent', 'theirs'],
    ['{"traceparent":null,"tracestate":"b=2"}', 'tracestate', 'b=2'],
    ['{"tracestate":"b=2"}', 'tracestate', 'b=2'],
    ['{"TraceParent":"theirs"}', 'TraceParent', 'theirs'],
  ])('what the client says of its own trace stays alone: %s', (meta, key, value) => {
    const own = JSON.parse(meta) as object;
    expect(metaOf(forwarded(`{"name":"a","_meta":${meta}}`))).toEqual({
      ...own,
      'kong-plugin-mcp/request-id': requestId,
    });
    expect(own).toHaveProperty(key, value);
  });

  it.each([
    ['{"traceparent":"theirs","z":1}', all],
    ['{"z":1,"tracestate":"b=2","traceparent":"theirs"}', all],
    ['{"TraceState":{"deep":[1]},"z":1 , "TraceParent" : null }', all],
    ['{"z":1,"tracestate":"b=2"}', { ...all, tracestate: undefined }],
    ['{"traceparent":"theirs","z":1,"tracestate":"b=2"}', { ...all, tracestate: '' }],
  ])('is this gateway’s own where it traces, in place of %s', (meta, trace) => {
    const told = forwarded(`{"name":"a","_meta":${meta}}`, trace as typeof all, true);
    const { tracestate: state, ...others } = said;
    const expected =
      trace.tracestate === undefined ? others : { ...others, tracestate: trace.tracestate };
    expect(state).toBe(tracestate);
    expect(metaOf(told)).toEqual({ ...expected, z: 1 });
  });

  it.each(['kong-plugin-mcp/request-id', 'Kong-Plugin-MCP/Request-ID'])(
    'nobody else names the request: %s',
    (key) => {
      const meta = metaOf(forwarded(`{"name":"a","_meta":{"${key}":{"forged":[1]},"z":1}}`));
      expect(meta).toEqual({ ...said, z: 1 });
    },
  );

  it('adds nothing where there is nothing to say', () => {
    const nothing = { traceparent: undefined, tracestate: undefined, requestId: undefined };
    const params = '{"name":"a","_meta":{ }}';
    expect(forwarded(params, nothing as never)).toBe('{"name":"x","_meta":{ }}');
  });

  it('arguments and foreign members of _meta arrive byte for byte', () => {
    const odd = fc.constantFrom('-0', '1e400', '12345678901234567890', '"\\u00e4\\/"', '[ ]', '""');
    const value = fc.oneof(odd, fc.json({ maxDepth: 4 }));
    const space = fc.constantFrom('', ' ', '\n\t');
    fc.assert(
      fc.property(value, fc.option(value), space, fc.boolean(), (args, foreign, gap, first) => {
        const meta = `"_meta":${gap}{${gap}${foreign === null ? '' : `"foreign":${foreign}${gap}`}}`;
        const parts = ['"name":"a__x"', `"arguments":${gap}${args}`, ...(foreign ? [meta] : [])];
        if (first) parts.reverse();
        const text = forwarded(`{${gap}${parts.join(`${gap},${gap}`)}${gap}}`);
        expect(text).toContain(`"arguments":${gap}${args}`);
        if (foreign !== null) expect(text).toContain(`"foreign":${foreign}`);
        expect(metaOf(text)).toMatchObject(said);
        // Without what was put in, the rest is what came.
        const entries = Object.entries(said).map(([k, v]) => `"${k}":${JSON.stringify(v)}`);
        const inserted = entries.join(',');
        const put = foreign === null ? `,"_meta":{${inserted}}` : `,${inserted}`;
        expect(text.split(put)).toHaveLength(2);
        const whole = parts.join(`${gap},${gap}`).replace('"a__x"', '"x"');
        expect(text.replace(put, '')).toBe(`{${gap}${whole}${gap}}`);
      }),
      { numRuns: 500 },
    );
  });
});
