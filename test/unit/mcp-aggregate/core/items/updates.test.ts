import { describe, expect, it } from 'vitest';
import {
  aboutOf,
  isAbout,
  updateFor,
} from '../../../../../plugins/mcp-aggregate/core/uris/updates.js';
import { readPolicy } from '../../../../../lib/policy/read-policy.js';
import { exposureOf } from '../../../../support/aggregate/exposure.js';

const rules = {
  scope_rules: [{ methods: ['resources/read'], names: ['mcp+srv+test://scoped*'], scopes: ['s'] }],
  claim_rules: [
    {
      methods: ['resources/*'],
      names: ['mcp+srv+test://denied*'],
      claim: 'role',
      equals: 'guest',
      effect: 'deny' as const,
    },
  ],
};

function hearing(params: string, granted: readonly string[] = []) {
  const { policy, expand } = readPolicy(rules);
  const access = { policy, expandScopes: expand, hidesUnauthorized: false };
  const exposure = exposureOf({
    name: 'srv',
    resources: { allow: [], deny: ['test://hidden*'] },
  });
  const subject = { claims: { role: 'guest' }, granted: new Set(granted) };
  const update = updateFor(Buffer.from(params), exposure, { config: { access }, subject });
  return update && { uri: update.uri, params: update.params.toString() };
}

describe('that a resource has changed', () => {
  it('is told with the URI that clients see, every other byte as it was', () => {
    expect(hearing('{ "uri": "test:\\/\\/r", "size":1e400,"_meta":{"uri":"x"}}')).toEqual({
      uri: 'mcp+srv+test://r',
      params: '{ "uri": "mcp+srv+test://r", "size":1e400,"_meta":{"uri":"x"}}',
    });
  });

  it.each([
    ['is not shown', '{"uri":"test://hidden/1"}'],
    ['the caller is denied', '{"uri":"test://denied/1"}'],
    ['is denied, spelled otherwise', '{"uri":"TEST://%64enied/1"}'],
    ['is denied, with doubled slashes', '{"uri":"test:////denied//1"}'],
    ['is denied, behind a user', '{"uri":"test://me@denied/1"}'],
    ['is unclear', JSON.stringify({ uri: 'test:\\\\denied\\1' })],
    ['needs a scope that the caller lacks', '{"uri":"test://scoped"}'],
    ['is named twice', '{"uri":"test://r","uri":"test://denied"}'],
    ['is not named', '{"url":"test://r"}'],
    ['is not text', '{"uri":{"uri":"test://r"}}'],
    ['is nothing', '{"uri":""}'],
    ['cannot be named here', JSON.stringify({ uri: `test://${'r'.repeat(4096)}` })],
  ])('is not told where it %s', (_title, params) => {
    expect(hearing(params)).toBeUndefined();
  });

  it('is told to a caller who has the scope', () => {
    expect(hearing('{"uri":"test://scoped"}', ['s'])?.uri).toBe('mcp+srv+test://scoped');
  });

  it('is not told where the params are no object', () => {
    expect(hearing('["test://r"]')).toBeUndefined();
  });
});

describe('a subscription', () => {
  it.each([
    ['test://r', 'test://r', true],
    ['test://r', 'test://r/', true],
    ['test://r/', 'test://r/part', true],
    ['test://r', 'test://r#line', true],
    ['file:///a b', 'file:///a%20b', true],
    ['HTTP://Host/x', 'http://host:80//x', true],
    ['test://r', 'test://radio', false],
    ['test://r/part', 'test://r', false],
    ['test://r', 'test://q', false],
  ])('to %s is about %s: %s', (subscribed, updated, is) => {
    expect(isAbout(aboutOf(subscribed), aboutOf(updated))).toBe(is);
  });
});
