import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  expandEntry,
  expandVariables,
  parseMcpServers,
} from '../../../lib/mcp-servers-document.js';

const read = (servers: unknown) => parseMcpServers(JSON.stringify({ mcpServers: servers }));

describe('an mcpServers document', () => {
  it('holds child processes and addresses, in order, nothing expanded', () => {
    const { entries } = read({
      z: { command: 'npx', args: ['-y', 'server'], env: { TOKEN: '${TOKEN}' }, cwd: '/srv' },
      a: { type: 'http', url: 'https://mcp.example.com/mcp', headers: { 'X-Key': '${KEY}' } },
    });
    expect(Object.keys(entries)).toEqual(['z', 'a']);
    expect(entries['z']).toEqual({
      kind: 'stdio',
      command: 'npx',
      args: ['-y', 'server'],
      env: { TOKEN: '${TOKEN}' },
      cwd: '/srv',
    });
    expect(entries['a']).toEqual({
      kind: 'url',
      url: 'https://mcp.example.com/mcp',
      headers: { 'X-Key': '${KEY}' },
    });
  });

  it('may name its servers `servers`, as VS Code does', () => {
    const text = JSON.stringify({ servers: { one: { type: 'stdio', command: 'one' } } });
    expect(Object.keys(parseMcpServers(text).entries)).toEqual(['one']);
  });

  it('may begin with a byte order mark', () => {
    expect(parseMcpServers('\uFEFF{"mcpServers":{}}').entries).toEqual({});
  });

  it.each(['http', 'streamable-http', 'streamableHttp'])('takes type %s for a url', (type) => {
    const { entries } = read({ one: { type, url: 'http://127.0.0.1:1/mcp' } });
    expect(entries['one']?.kind).toBe('url');
  });

  it.each([
    ['type sse', { type: 'sse', url: 'http://127.0.0.1:1/sse' }, /sse .*not supported yet/],
    ['an unknown type', { type: 'carrier-pigeon', url: 'x' }, /none of stdio, http/],
    ['a disabled entry', { command: 'one', disabled: true }, /disabled/],
  ])('names %s as unsupported and keeps the others', (_title, entry, reason) => {
    const document = read({ odd: entry, good: { command: 'good' } });
    expect(document.unsupported['odd']).toMatch(reason);
    expect(Object.keys(document.entries)).toEqual(['good']);
  });

  it.each([
    ['text that is not JSON', '{"mcpServers": {"key": "s3cret",}}', /not JSON/],
    ['a list', '[]', /must be an object/],
    ['no servers member', '{"other": {}}', /no member mcpServers/],
    ['both members', '{"mcpServers":{},"servers":{}}', /both/],
    [
      'a server that is not an object',
      '{"mcpServers":{"a":1}}',
      /mcpServers\.a: must be an object/,
    ],
    ['neither url nor command', '{"mcpServers":{"a":{}}}', /mcpServers\.a: needs either/],
    ['url and command', '{"mcpServers":{"a":{"url":"u","command":"c"}}}', /both url and command/],
    ['type stdio with a url', '{"mcpServers":{"a":{"type":"stdio","url":"u"}}}', /needs a command/],
    [
      'type http with a command',
      '{"mcpServers":{"a":{"type":"http","command":"c"}}}',
      /needs a url/,
    ],
    ['an empty command', '{"mcpServers":{"a":{"command":" "}}}', /a\.command: must not be empty/],
    [
      'args that are no list',
      '{"mcpServers":{"a":{"command":"c","args":"x"}}}',
      /a\.args: must be/,
    ],
    [
      'an arg that is no string',
      '{"mcpServers":{"a":{"command":"c","args":["x",1]}}}',
      /args\[1\]/,
    ],
    [
      'an env value that is no string',
      '{"mcpServers":{"a":{"command":"c","env":{"A":1}}}}',
      /env\.A/,
    ],
    [
      'a header that is no string',
      '{"mcpServers":{"a":{"url":"u","headers":{"H":[]}}}}',
      /headers\.H/,
    ],
    ['a NUL character', '{"mcpServers":{"a":{"command":"c\\u0000"}}}', /NUL/],
  ])('refuses %s and says where', (_title, text, message) => {
    expect(() => parseMcpServers(text)).toThrow(message);
    expect(() => parseMcpServers(text)).not.toThrow(/s3cret/);
  });

  it('refuses more than 256 entries, and more than 1 MiB', () => {
    const many = Object.fromEntries(
      Array.from({ length: 257 }, (_, index) => [`s${index}`, { command: 'c' }]),
    );
    expect(() => read(many)).toThrow(/256 at most/);
    expect(() => parseMcpServers(' '.repeat(1_048_577))).toThrow(/larger than 1 MiB/);
  });

  it('keeps an entry named __proto__ as an entry', () => {
    const document = parseMcpServers('{"mcpServers":{"__proto__":{"command":"c"}}}');
    expect(Object.keys(document.entries)).toEqual(['__proto__']);
  });

  it('never throws anything but a named configuration error, whatever JSON it is given', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        try {
          read(value);
        } catch (error) {
          expect(error).toHaveProperty('name', 'ConfigError');
        }
      }),
    );
  });
});

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
    expect(() => expandEntry('two', child, {})).toThrow(/mcpServers\.two\.command: .*A/);
  });
});
