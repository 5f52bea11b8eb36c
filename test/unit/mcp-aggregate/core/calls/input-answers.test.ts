import { describe, expect, it } from 'vitest';
import { checkedAnswer } from '../../../../../plugins/mcp-aggregate/core/eras/input-answers.js';

const check = (method: string, text: string) => checkedAnswer('k', method, Buffer.from(text));

describe('answers to questions of servers without sessions', () => {
  it.each([
    ['elicitation/create', '{"action":"accept","content":{"n":1e400}}'],
    ['elicitation/create', '{"action":"decline"}'],
    ['roots/list', '{"roots":[]}'],
    ['sampling/createMessage', '{"role":"assistant","model":"m","content":{"type":"text"}}'],
    ['sampling/createMessage', '{"role":"assistant","model":"m","content":[]}'],
  ])('of %s are taken as they stand: %s', (method, text) => {
    expect(check(method, text).toString()).toBe(text);
  });

  it.each([
    ['elicitation/create', '"accept"'],
    ['elicitation/create', 'null'],
    ['elicitation/create', '{}'],
    ['elicitation/create', '{"action":"maybe"}'],
    ['elicitation/create', '{"action":"accept","content":"x"}'],
    ['elicitation/create', '{"action":"maybe","action":true}'],
    ['roots/list', '{"roots":{}}'],
    ['sampling/createMessage', '{"role":1,"content":{}}'],
    ['sampling/createMessage', '{"role":"assistant"}'],
  ])('that are no result of %s are refused: %s', (method, text) => {
    expect(() => check(method, text)).toThrow(`"k" is no result of ${method}`);
  });
});
