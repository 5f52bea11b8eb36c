import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Ask, AskAnswer } from '../../../../../plugins/mcp-aggregate/core/calls/call.js';
import { rewriteAsk } from '../../../../../plugins/mcp-aggregate/core/uris/rewrite-ask.js';
import { jsonText } from '../../../lib/json/json-text.js';

const uris = {
  expose: (uri: string) => `X+${uri}`,
  restore: (uri: string) => (uri.startsWith('X+') ? uri.slice(2) : uri),
};

function ask(method: string, params: string) {
  const given: AskAnswer[] = [];
  const question: Ask = {
    type: 'ask',
    key: '1',
    method,
    params: Buffer.from(params),
    answer: (answer) => given.push(answer),
    withdrawn: new AbortController().signal,
  };
  const rewritten = rewriteAsk(question, uris);
  const answered = (result: string) => {
    rewritten.answer({ result: Buffer.from(result) });
    const last = given.at(-1)!;
    return ('result' in last ? last.result : last.error).toString();
  };
  return { params: rewritten.params?.toString(), answered, given, rewritten };
}

const sampling = 'sampling/createMessage';

describe('a question with URIs', () => {
  it.each([
    [
      'a link, everything else as it is',
      '{ "messages":[ {"role":"user","content": {"type":"resource_link","uri":"a:b","name":"a:b"} } ],"n":1e400}',
      '{ "messages":[ {"role":"user","content": {"type":"resource_link","uri":"X+a:b","name":"a:b"} } ],"n":1e400}',
    ],
    [
      'an embedded resource among several blocks',
      '{"messages":[{"content":[{"type":"text","text":"a:b"},{"type":"resource","resource":{"uri":"a:b"}}]}]}',
      '{"messages":[{"content":[{"type":"text","text":"a:b"},{"type":"resource","resource":{"uri":"X+a:b"}}]}]}',
    ],
    [
      'the result of a tool, not the input of one',
      '{"messages":[{"content":[{"type":"tool_use","input":{"uri":"a:b","content":[{"type":"resource_link","uri":"a:b"}]}},{"type":"tool_result","content":[{"type":"resource_link","uri":"a:b"}]}]}]}',
      '{"messages":[{"content":[{"type":"tool_use","input":{"uri":"a:b","content":[{"type":"resource_link","uri":"a:b"}]}},{"type":"tool_result","content":[{"type":"resource_link","uri":"X+a:b"}]}]}]}',
    ],
  ])('shows clients %s', (_what, before, after) => {
    expect(ask(sampling, before).params).toBe(after);
  });

  it('gives the server its own URIs back in the answer, and leaves others', () => {
    const { answered } = ask(sampling, '{"messages":[]}');
    const content = (uri: string) =>
      `{ "role":"assistant","content":[{"type":"resource_link","uri":"${uri}"},{"type":"text","text":"X+a:b"}],"n":9007199254740993}`;
    expect(answered(content('X+a:b'))).toBe(content('a:b'));
    expect(answered(content('Y+a:b'))).toBe(content('Y+a:b'));
    expect(answered('"no object"')).toBe('"no object"');
  });

  it('hands an error on as it is', () => {
    const { rewritten, given } = ask(sampling, '{"messages":[]}');
    const error = Buffer.from('{"code":-1,"message":"X+a:b"}');
    rewritten.answer({ error });
    expect(given).toEqual([{ error }]);
  });

  it.each(['roots/list', 'elicitation/create'])('of %s is left alone, both ways', (method) => {
    const text = '{"messages":[{"content":{"type":"resource_link","uri":"X+a:b"}}]}';
    const { params, answered } = ask(method, text);
    expect(params).toBe(text);
    expect(answered('{"roots":[{"uri":"X+file:///x"}]}')).toBe('{"roots":[{"uri":"X+file:///x"}]}');
  });

  it('keeps the bytes of whatever a client may answer', () => {
    fc.assert(
      fc.property(jsonText, (text) => {
        expect(ask(sampling, '{"messages":[]}').answered(`{"content":${text}}`)).toBe(
          `{"content":${text}}`,
        );
      }),
    );
  });
});
