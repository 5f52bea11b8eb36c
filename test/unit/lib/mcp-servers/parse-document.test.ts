import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMcpServers } from '../../../../lib/mcp-servers/parse-document.js';

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

  it('may be the settings of VS Code, which nest it', () => {
    const text = JSON.stringify({ 'editor.x': 1, mcp: { servers: { one: { command: 'one' } } } });
    expect(Object.keys(parseMcpServers(text).entries)).toEqual(['one']);
  });

  it('may begin with a byte order mark', () => {
    expect(parseMcpServers('\uFEFF{"mcpServers":{}}').entries).toEqual({});
  });

  it.each(['http', 'streamable-http', 'streamableHttp'])('takes type %s for a url', (type) => {
    const { entries } = read({ one: { type, url: 'http://127.0.0.1:1/mcp' } });
    expect(entries['one']).toEqual({ kind: 'url', url: 'http://127.0.0.1:1/mcp', headers: {} });
  });

  it('takes type sse for a url of the older transport', () => {
    const { entries } = read({ one: { type: 'sse', url: 'http://127.0.0.1:1/sse' } });
    expect(entries['one']).toMatchObject({ kind: 'url', transport: 'sse' });
  });

  it.each([
    ['an unknown type', { type: 'carrier-pigeon', url: 'x' }, /none of stdio, http, sse/],
    ['a disabled entry', { command: 'one', disabled: true }, /disabled/],
    ['an entry that is not enabled', { command: 'one', enabled: false }, /disabled/],
  ])('leaves %s out and keeps the others', (_title, entry, reason) => {
    const document = read({ odd: entry, good: { command: 'good' } });
    expect(document.leftOut['odd']).toMatch(reason);
    expect(Object.keys(document.entries)).toEqual(['good']);
  });

  it.each([
    [
      'text that is not JSON',
      '{\n  "mcpServers": {"key" "s3cret"}}',
      /colon expected \(line 2, column 24\)/,
    ],
    ['a list', '[]', /must be an object/],
    ['no servers member', '{"other": {}}', /no member mcpServers/],
    ['both members', '{"mcpServers":{},"servers":{}}', /both/],
    ['nesting without end', `{"mcpServers":${'['.repeat(100)}`, /more than 64 deep \(line 1/],
    ['nothing', '', /not JSON/],
  ])('refuses %s and says where', (_title, text, message) => {
    expect(() => parseMcpServers(text)).toThrow(message);
    expect(() => parseMcpServers(text)).not.toThrow(/s3cret/);
  });

  it.each([
    ['no object', 1, /^a: must be an object \(line 3, column 10\)$/],
    ['neither url nor command', {}, /^a: needs either url or command/],
    ['url and command', { url: 'u', command: 'c' }, /both url and command/],
    ['type stdio with a url', { type: 'stdio', url: 'u' }, /needs a command/],
    ['type http with a command', { type: 'http', command: 'c' }, /needs a url/],
    ['an empty command', { command: ' ' }, /^a\.command: must not be empty \(line 4, column 18\)$/],
    ['args that are no list', { command: 'c', args: 'x' }, /^a\.args: must be .* \(line 5/],
    ['an arg that is no string', { command: 'c', args: ['x', 1] }, /^a\.args\[1\]: .*\(line 7/],
    ['an env value that is no string', { command: 'c', env: { A: 1 } }, /^a\.env\.A: .*\(line 6/],
    ['a header that is no string', { url: 'u', headers: { H: [] } }, /^a\.headers\.H: .*\(line 6/],
    ['a NUL character', { command: 'c\u0000' }, /NUL/],
    [
      'a timeout that is no number',
      { command: 'c', timeout: 'x' },
      /^a\.timeout: must be a number/,
    ],
  ])('leaves a server with %s out alone, and says where', (_title, entry, reason) => {
    const text = JSON.stringify({ mcpServers: { a: entry, good: { command: 'c' } } }, null, 2);
    const document = parseMcpServers(text);
    expect(document.leftOut['a']).toMatch(reason);
    expect(Object.keys(document.entries)).toEqual(['good']);
  });

  const child = { command: 'c', uid: 1200, gid: 1300 };

  it("of the operator may say under which user and group a child runs; a client's may not", () => {
    const text = JSON.stringify({ mcpServers: { a: child } });
    const ofOperator = parseMcpServers(text, { ofOperator: true });
    expect(ofOperator.entries['a']).toMatchObject({ user: { uid: 1200, gid: 1300 } });
    expect(ofOperator.notes).toEqual([]);
    const ofClient = parseMcpServers(text);
    expect(ofClient.entries['a']).not.toHaveProperty('user');
    expect(ofClient.notes).toEqual([
      expect.stringMatching(/^a\.uid: not used: only in the operator's file/),
      expect.stringMatching(/^a\.gid: not used/),
    ]);
  });

  it.each([
    ['a user without a group', { gid: undefined }, /^a\.gid: is missing/],
    ['a group without a user', { uid: undefined }, /^a\.uid: is missing/],
    ['root', { uid: 0 }, /^a\.uid: must be an integer from 1 /],
    ['the group of root', { gid: 0 }, /^a\.gid: must be an integer/],
    ['a name', { uid: 'nobody' }, /^a\.uid: must be an integer/],
    ['the number that means no change', { uid: 4_294_967_295 }, /^a\.uid: must be an integer/],
    ['half a number', { gid: 1.5 }, /^a\.gid: must be an integer/],
    ['nothing', { uid: null }, /^a\.uid: must be an integer/],
  ])('of the operator leaves out a child under %s', (_title, over, reason) => {
    const text = JSON.stringify({ mcpServers: { a: { ...child, ...over } } });
    const { leftOut, entries } = parseMcpServers(text, { ofOperator: true });
    expect(leftOut['a']).toMatch(reason);
    expect(entries).toEqual({});
  });

  it('may have comments and trailing commas, as editors allow', () => {
    const text = `// mine
    {
      "mcpServers": { /* one */ "a": { "command": "c", "args": ["// no comment",], }, },
    }`;
    expect(parseMcpServers(text).entries['a']).toMatchObject({ args: ['// no comment'] });
  });

  it('may be TOML, as Codex keeps it', () => {
    const text = `model = "x"
[mcp_servers.docs]
url = "https://docs.example/mcp"
bearer_token_env_var = "DOCS_TOKEN"
http_headers = { "X-A" = "a" }
env_http_headers = { "X-B" = "B" }
tool_timeout_sec = 90
[mcp_servers.files]
command = "files"
env_vars = ["HOME"]
enabled_tools = ["read"]
startup_timeout_sec = 10
`;
    const { entries, notes } = parseMcpServers(text, { format: 'toml' });
    expect(entries['docs']).toEqual({
      kind: 'url',
      url: 'https://docs.example/mcp',
      headers: { 'X-A': 'a', 'X-B': '${B}', Authorization: 'Bearer ${DOCS_TOKEN}' },
      timeoutMs: 90_000,
    });
    expect(entries['files']).toMatchObject({ env: { HOME: '${HOME}' }, onlyTools: ['read'] });
    expect(notes).toEqual([expect.stringMatching(/^files\.startup_timeout_sec: not used/)]);
    expect(() => parseMcpServers('[a\n', { format: 'toml' })).toThrow(/not TOML \(line 1/);
  });

  it.each([
    ['serverUrl', 'Windsurf'],
    ['httpUrl', 'Gemini CLI'],
  ])('takes %s for an address, as %s writes it', (member) => {
    expect(read({ a: { [member]: 'http://x/mcp' } }).entries['a']).toMatchObject({
      kind: 'url',
      url: 'http://x/mcp',
    });
  });

  it.each([
    [45, 45_000],
    [30_000, 30_000],
    [10_000_000, 3_600_000],
  ])('reads timeout %d as %d milliseconds', (timeout, expected) => {
    expect(read({ a: { command: 'c', timeout } }).entries['a']).toHaveProperty(
      'timeoutMs',
      expected,
    );
  });

  it('notes each member that is not used, where it stands and what to do', () => {
    const entry = { command: 'c', envFile: '.env', autoApprove: ['x'], oauth: {}, shiny: 1 };
    const { notes } = read({ a: entry });
    expect(notes).toHaveLength(4);
    expect(notes[0]).toMatch(/^a\.envFile: not used: put its variables .*\(line 1, column \d+\)$/);
    expect(notes[3]).toMatch(/^a\.shiny: not used: not known here/);
  });

  it('reads what an editor asks its user for from a variable, and says which', () => {
    const document = read({ a: { command: 'c', env: { T: '${input:api-token}' } } });
    expect(document.entries['a']).toMatchObject({ env: { T: '${API_TOKEN}' } });
    expect(document.notes.join()).toMatch(/environment variable API_TOKEN/);
  });

  it('knows the places of an editor where it is told them', () => {
    const text = JSON.stringify({
      mcpServers: { a: { command: '${userHome}/c', args: ['${workspaceFolder}${/}x'] } },
    });
    const places = { workspaceFolder: '/srv/project', userHome: '/people/me' };
    expect(parseMcpServers(text, { places }).entries['a']).toMatchObject({
      command: '/people/me/c',
      args: ['/srv/project/x'],
    });
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
