import { describe, expect, it } from 'vitest';
import { expandEntry, expandVariables } from '../../../../lib/mcp-servers/variables.js';

describe('variables', () => {
  const env = { HOME: '/srv/me', EMPTY: '', NESTED: '${HOME}' };

  it.each([
    ['${HOME}/x', '/srv/me/x'],
    ['${env:HOME}', '/srv/me'],
    ['${MISSING:-none}', 'none'],
    ['${EMPTY:-none}', 'none'],
    ['${EMPTY}', ''],
    ['${MISSING:-}', ''],
    ['${HOME}${HOME}', '/srv/me/srv/me'],
    ['${NESTED}', '${HOME}'],
    ['$HOME {HOME} $', '$HOME {HOME} $'],
  ])('in %s give %s', (text, expected) => {
    expect(expandVariables(text, env)).toBe(expected);
  });

  it('that are not set are named with their field', () => {
    expect(() => expandVariables('a ${MISSING}', env, 'x.url')).toThrow(
      'x.url: the variable MISSING is not set',
    );
  });

  it.each(['${input:token}', '${}', '${A B}'])('cannot be %s', (text) => {
    expect(() => expandVariables(text, env, 'x')).toThrow(/^x: holds a/);
  });

  it('are expanded in every member of an entry', () => {
    const variables = { A: 'a' };
    const url = { kind: 'url', url: 'http://${A}', headers: { H: 'h${A}' } } as const;
    expect(expandEntry('one', url, variables)).toEqual({
      kind: 'url',
      url: 'http://a',
      headers: { H: 'ha' },
    });
    const child = {
      kind: 'stdio',
      command: '${A}',
      args: ['-${A}'],
      env: { E: '${A}' },
      cwd: '/${A}',
    } as const;
    expect(expandEntry('two', child, variables)).toEqual({
      kind: 'stdio',
      command: 'a',
      args: ['-a'],
      env: { E: 'a' },
      cwd: '/a',
    });
    expect(() => expandEntry('two', child, {})).toThrow(/^two\.command: .*A/);
  });
});
