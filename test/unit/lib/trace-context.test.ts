import { describe, expect, it } from 'vitest';
import { readTrace } from '../../../lib/tracing/trace-context.js';

const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const id = '0123456789abcdef0123456789abcdef';

describe('the trace of a request', () => {
  it('is its traceparent, tracestate and Kong’s request id', () => {
    const headers = {
      traceparent: parent,
      tracestate: 'rojo=00f067aa0ba902b7 , t@congo=a"b\\c,,',
      'x-kong-request-id': id,
    };
    expect(readTrace(headers)).toEqual({
      traceparent: parent,
      tracestate: 'rojo=00f067aa0ba902b7,t@congo=a"b\\c',
      requestId: id,
    });
    expect(readTrace({})).toBeUndefined();
    expect(readTrace({ 'x-kong-request-id': id })).toMatchObject({ traceparent: undefined });
  });

  it.each([
    parent.toUpperCase(),
    parent.slice(1),
    `${parent}-more`,
    `${parent} `,
    `${parent}, ${parent}`,
    parent.replace(/^00/, 'ff'),
    parent.replace('0af7651916cd43dd8448eb211c80319c', '0'.repeat(32)),
    parent.replace('b7ad6b7169203331', '0'.repeat(16)),
    `${parent}\r\nx: y`,
    '',
  ])('a traceparent that is not one is dropped, with its state: %j', (traceparent) => {
    expect(readTrace({ traceparent, tracestate: 'a=1' })).toBeUndefined();
  });

  it('a traceparent of a later version may say more', () => {
    const later = `${parent.replace(/^00/, '01')}-more`;
    expect(readTrace({ traceparent: later })).toMatchObject({ traceparent: later });
  });

  it.each([
    'no-value',
    'A=1',
    'a=1,a=2',
    'a=',
    'a=ä',
    'a=1\u0000',
    Array.from({ length: 33 }, (_, at) => `k${at}=1`).join(','),
    `a=${'x'.repeat(257)}`,
    '',
  ])('a state that is not one is dropped, its parent stays: %j', (tracestate) => {
    expect(readTrace({ traceparent: parent, tracestate })).toEqual({
      traceparent: parent,
      tracestate: undefined,
      requestId: undefined,
    });
  });

  it.each(['x', `${id}0`, id.toUpperCase(), `${id}\n`, `${id}, ${id}`])(
    'what is no id of Kong’s is none: %j',
    (other) => expect(readTrace({ 'x-kong-request-id': other })).toBeUndefined(),
  );
});
