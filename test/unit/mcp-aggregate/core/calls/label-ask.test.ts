import { describe, expect, it } from 'vitest';
import { labelAsk } from '../../../../../plugins/mcp-aggregate/core/calls/label-ask.js';

const label = (method: string, params?: string) =>
  labelAsk('github', method, params === undefined ? undefined : Buffer.from(params)).toString();

describe('a question names its server', () => {
  it('to the user, before the message of an elicitation, every other byte kept', () => {
    expect(label('elicitation/create', '{"message":"\\u0041 b","n": 1e400}')).toBe(
      '{"_meta":{"kong-plugin-mcp/server":"github"},"message":"[github] \\u0041 b","n": 1e400}',
    );
  });

  it('to the client, beside what _meta holds', () => {
    expect(label('sampling/createMessage', '{"_meta":{"a":1},"message":"x"}')).toBe(
      '{"_meta":{"kong-plugin-mcp/server":"github","a":1},"message":"x"}',
    );
  });

  it('whatever the server says it is called', () => {
    expect(label('roots/list', '{"_meta":{"kong-plugin-mcp/server":"bank"}}')).toBe(
      '{"_meta":{"kong-plugin-mcp/server":"github"}}',
    );
  });

  it('where it has no params', () => {
    expect(label('roots/list')).toBe('{"_meta":{"kong-plugin-mcp/server":"github"}}');
  });
});
