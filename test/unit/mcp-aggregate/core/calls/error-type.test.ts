import { expect, it } from 'vitest';
import { errorTypeOf } from '../../../../../plugins/mcp-aggregate/core/tracing/error-type.js';

const done = (text: string) => errorTypeOf({ type: 'done', result: Buffer.from(text) });
const failed = (text: string) =>
  errorTypeOf({ type: 'fail', failure: { kind: 'answered', error: Buffer.from(text) } });

it('a result is an error where it says so itself', () => {
  expect(done('{"content":[]}')).toBeUndefined();
  expect(done('{"isError":false}')).toBeUndefined();
  expect(done('{"content":[{"text":"\\"isError\\":true"}]}')).toBeUndefined();
  expect(done('{"structuredContent":{"isError":true}}')).toBeUndefined();
  expect(done('{"is\\u0045rror":true}')).toBe('tool_error');
  expect(done('{"isError":"true"}')).toBeUndefined();
});

it('an error of the server is its code, one of ours ours', () => {
  expect(failed('{"code":-32602,"message":"m"}')).toBe('-32602');
  expect(failed('{"message":"m"}')).toBe('error');
  expect(failed('{"code":1e99,"message":"m"}')).toBe('error');
  const failure = { kind: 'local', code: 'upstream_timeout', message: 'm' } as const;
  expect(errorTypeOf({ type: 'fail', failure })).toBe('upstream_timeout');
});
