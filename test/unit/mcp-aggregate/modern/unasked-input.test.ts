import { describe, expect, it } from 'vitest';
import type { ModernRequest } from '../../../../plugins/mcp-aggregate/core/admit/modern-request.js';
import type { Routed } from '../../../../plugins/mcp-aggregate/core/calls/route-request.js';
import { unaskedInput } from '../../../../plugins/mcp-aggregate/endpoint/modern/rounds/unasked-input.js';

const restoreUri = (uri: string) => uri.replace('mcp+docs+', '');
const link = (uri: string) => `{"type":"resource_link","uri":"${uri}","name":"n"}`;

function given(answers: Readonly<Record<string, string>>, trusted = true) {
  const raw = Object.entries(answers).map(([key, text]) => [key, Buffer.from(text)] as const);
  const routed = { target: { server: { trusted, exposure: { restoreUri } } } };
  const said = { answers: new Map(raw) } as unknown as ModernRequest;
  const input = unaskedInput(said, routed as unknown as Routed);
  return input && Object.fromEntries([...input.answers].map(([key, text]) => [key, String(text)]));
}

describe('answers without a state', () => {
  it('reach the server with their bytes, URIs as it knows them', () => {
    const form = '{"action":"accept","content":{"n":1e400}}';
    const roots = '{"roots":[{"uri":"file:///home"}]}';
    const thought = (uri: string) => `{"role":"assistant","content":[${link(uri)}],"model":"m"}`;
    expect(given({ form, roots, thought: thought('mcp+docs+test://a') })).toEqual({
      form,
      roots,
      thought: thought('test://a'),
    });
  });

  it('are as if not given where they can answer nothing', () => {
    const form = '{"action":"decline"}';
    expect(given({ form, number: '12345', none: 'null', other: '{"a":1}' })).toEqual({ form });
    expect(given({ number: '12345' })).toBeUndefined();
    expect(given({})).toBeUndefined();
  });

  it('are not for servers that may not ask', () => {
    expect(given({ form: '{"action":"decline"}' }, false)).toBeUndefined();
  });
});
