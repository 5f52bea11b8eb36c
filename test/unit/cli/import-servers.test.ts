import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { importServers } from '../../../kong/cli/import/import-servers.js';
import { looksSecret, secretArguments } from '../../../lib/mcp-servers/secret-names.js';
import { serverNames } from '../../../kong/cli/import/server-name.js';
import { parseMcpServers } from '../../../lib/mcp-servers/parse-document.js';
import { luaPattern } from '../../../schema/check/lua-pattern.js';
import { aggregateFields } from '../../../schema/mcp-aggregate.js';

const translate = (servers: unknown, env: Record<string, string> = {}) =>
  importServers(parseMcpServers(JSON.stringify({ mcpServers: servers })), env);

const nameSpec = aggregateFields.servers.spec.elements?.fields?.[0]?.['name'];

describe('importing servers', () => {
  it('gives a child process an entry of the operator file, variables kept', () => {
    const entry = { command: 'npx', args: ['-y', 'x'], env: { TOKEN: '${TOKEN}' } };
    const imported = translate({ files: entry });
    expect(imported.servers).toEqual([{ name: 'files', stdio: 'files' }]);
    expect(imported.stdio).toEqual({ files: entry });
    expect(imported.warnings).toEqual([]);
  });

  it('refers to the vault for a header that is one variable', () => {
    const { servers, variables } = translate({
      a: { url: 'https://x.example/mcp', headers: { 'X-Key': '${API_KEY}' } },
    });
    expect(servers[0]?.headers).toEqual({ 'X-Key': '{vault://env/api_key}' });
    expect(variables).toEqual({ API_KEY: '${API_KEY}' });
  });

  it.each<[string, object, string]>([
    [
      'a header that the gateway sets itself',
      { url: 'https://x.example/mcp', headers: { 'Mcp-Session-Id': 'x' } },
      'web is left out: web.headers: is set by the gateway: leave it out',
    ],
    [
      'a vault reference inside a value',
      { url: 'https://x.example/mcp', headers: { A: 'Bearer {vault://env/x}' } },
      'web is left out: web.headers.A: a vault reference must be the whole value',
    ],
    [
      'a command whose tool has no name',
      { command: 'true', includeTools: [''] },
      'web is left out: web.tools.allow.0: length must be at least 1',
    ],
  ])('leaves a server out alone for what the plugin refuses: %s', (_title, web, reason) => {
    const { servers, stdio, warnings } = translate({ web, fine: { command: 'true' } });
    expect(servers.map(({ name }) => name)).toEqual(['fine']);
    expect(Object.keys(stdio)).toEqual(['fine']);
    expect(warnings.join('\n')).toContain(reason);
  });

  it.each([
    ['text around the variable', 'Bearer ${TOKEN}', 'Bearer ${TOKEN}'],
    ['a default', '${TOKEN:-none}', '${TOKEN:-none}'],
    ['a name in lower case, which the vault cannot find', '${token}', '${token}'],
    ['the form of VS Code', 'Bearer ${env:TOKEN}', 'Bearer ${TOKEN}'],
  ])('makes a variable of its own for %s', (_title, value, template) => {
    const { servers, variables } = translate({
      'my.api': { url: 'https://x.example/mcp', headers: { Authorization: value } },
    });
    expect(servers[0]?.headers).toEqual({
      Authorization: '{vault://env/mcp_my_api_authorization}',
    });
    expect(variables).toEqual({ MCP_MY_API_AUTHORIZATION: template });
  });

  it('keeps a literal secret, warns of it, and never shows it', () => {
    const imported = translate({
      a: {
        url: 'https://x.example/mcp?api_key=s3cret',
        headers: { Authorization: 'Bearer s3cret' },
      },
      b: { command: 'c', args: ['--token', 's3cret', '--token=s3cret'], env: { MY_KEY: 's3cret' } },
    });
    expect(imported.servers[0]?.headers).toEqual({ Authorization: 'Bearer s3cret' });
    expect(imported.warnings).toHaveLength(5);
    expect(imported.warnings.join('\n')).not.toContain('s3cret');
  });

  it('expands an address now and says so, or names the variable that is missing', () => {
    const servers = { a: { url: 'https://${HOST}/mcp' } };
    const found = translate(servers, { HOST: 'x.example' });
    expect(found.servers[0]?.url).toBe('https://x.example/mcp');
    expect(found.warnings.join()).toContain('a.url');
    const missing = translate(servers);
    expect(missing.servers).toEqual([]);
    expect(missing.warnings).toEqual(['a is left out: a.url: the variable HOST is not set']);
  });

  it.each([
    ['another scheme', { url: 'ftp://x.example/' }, /neither http nor https/],
    ['credentials in the address', { url: 'https://u:s3cret@x.example/' }, /holds credentials/],
    ['no address at all', { url: 'x' }, /not a URL/],
    [
      'a header name with an underscore',
      { url: 'http://x/', headers: { A_B: 'c' } },
      /A_B: is not/,
    ],
    ['a line break in a header', { url: 'http://x/', headers: { A: 'b\r\nC: d' } }, /control/],
    [
      'a variable of another program',
      { url: 'http://x/', headers: { A: '${command:k}' } },
      /neither \$\{VAR/,
    ],
    ['an unknown type', { type: 'pigeon', url: 'http://x/' }, /none of stdio, http, sse/],
  ])('leaves a server with %s out, by name, and keeps the others', (_title, entry, reason) => {
    const imported = translate({ odd: entry, good: { command: 'good' } });
    expect(imported.servers.map(({ name }) => name)).toEqual(['good']);
    expect(imported.warnings).toHaveLength(1);
    expect(imported.warnings[0]).toMatch(/^odd is left out: /);
    expect(imported.warnings[0]).toMatch(reason);
    expect(imported.warnings[0]).not.toContain('s3cret');
  });

  it('takes servers of the older transport as such', () => {
    const imported = translate({ old: { type: 'sse', url: 'http://x/sse', headers: { A: 'b' } } });
    expect(imported.servers).toEqual([
      { name: 'old', url: 'http://x/sse', transport: 'sse', headers: { A: 'b' } },
    ]);
    expect(imported.warnings).toEqual([]);
  });

  it('renames what the schema refuses, keeps names apart, and says so', () => {
    const entry = { command: 'c' };
    const imported = translate({ a_b: entry, 'a.b': entry, '\u001b[31m': entry });
    expect(imported.servers.map(({ name }) => name)).toEqual(['a-b', 'a-b-2', '31m']);
    expect(Object.keys(imported.stdio)).toEqual(['a-b', 'a-b-2', '31m']);
    expect(imported.warnings).toHaveLength(3);
    expect(imported.warnings.join('')).not.toContain('\u001b');
  });
});

describe('a server name', () => {
  it('is never taken by another that had to be made legal', () => {
    const names = serverNames(['a b', 'a-b', 'a_b']);
    expect([...names]).toEqual([
      ['a b', 'a-b-2'],
      ['a-b', 'a-b'],
      ['a_b', 'a-b-3'],
    ]);
  });

  it('always fits the schema and is never taken', () => {
    const fits = luaPattern(nameSpec?.match ?? '');
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 60 }), { maxLength: 8 }), (given) => {
        const keys = [...new Set(given)];
        const names = serverNames(keys);
        expect(new Set(names.values()).size).toBe(keys.length);
        for (const name of names.values()) {
          expect(name).toMatch(fits);
          expect(name.length).toBeLessThanOrEqual(nameSpec?.len_max ?? 0);
        }
      }),
    );
  });
});

describe('a probable secret', () => {
  it.each(['Authorization', 'X-API-Key', 'apiKey', 'GITHUB_TOKEN', 'DB_PASSWORD', 'clientSecret'])(
    'is text under %s',
    (name) => {
      expect(looksSecret(name, 'value')).toBe(true);
      expect(looksSecret(name, '${VALUE}')).toBe(false);
      expect(looksSecret(name, '{vault://env/value}')).toBe(false);
    },
  );

  it.each(['PATH', 'Accept', 'monkey', 'LOG_LEVEL', 'tokens-per-minute'])(
    'is not text under %s',
    (name) => {
      expect(looksSecret(name, 'value')).toBe(false);
    },
  );

  it('is text that begins as well-known tokens do', () => {
    expect(looksSecret('X', 'Bearer eyJhbGciOi')).toBe(true);
    expect(secretArguments(['serve', 'ghp_abc', '--verbose'])).toEqual(['args[1]']);
  });

  it('is an argument after, or joined to, an option named so', () => {
    expect(secretArguments(['--api-key', 'x', '--token=y', '--token', '--path=/z'])).toEqual([
      'args[0] (--api-key)',
      'args[2] (--token)',
    ]);
  });
});
