import { describe, expect, it } from 'vitest';
import {
  progressToken,
  swapProgressToken,
} from '../../../../../plugins/mcp-aggregate/core/calls/progress-token.js';

const swap = (params: string) => {
  const { params: sent, token } = swapProgressToken(Buffer.from(params), 7);
  return { sent: sent?.toString(), token: token?.toString() };
};

describe('a progress token', () => {
  it.each([
    ['"a\\u0062"', '"a\\u0062"'],
    ['1.0', '1.0'],
  ])('of %s gives way to ours, and every other byte stays', (own, token) => {
    expect(swap(`{"n":1.0, "_meta":{"x":1 ,"progressToken":${own}}}`)).toEqual({
      sent: '{"n":1.0, "_meta":{"x":1 ,"progressToken":7}}',
      token,
    });
  });

  it.each(['null', 'true', '{}', '["a"]'])('of %s is none, and is taken out', (own) => {
    expect(swap(`{"_meta":{"x":1 ,"progressToken":${own}},"n":1.0}`)).toEqual({
      sent: '{"_meta":{"x":1},"n":1.0}',
      token: undefined,
    });
    expect(progressToken(Buffer.from(`{"_meta":{"progressToken":${own}}}`))).toBeUndefined();
  });

  it('that was given before as another one does not get through', () => {
    expect(swap('{"_meta":{"progressToken":1,"progressToken":null}}').sent).toBe('{"_meta":{}}');
  });
});
