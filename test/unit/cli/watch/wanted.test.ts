import { readFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { describe, expect, it } from 'vitest';
import { wantedOf } from '../../../../kong/cli/watch/wanted.js';
import type { Sources } from '../../../../kong/cli/watch/wanted.js';
import { projectFile } from '../../../support/project.js';

const sources: Sources = {
  file: 'mcp.json',
  base: undefined,
  access: { kind: 'anonymous' },
  tag: 'kong-mcp',
  stdioEntries: new Set(['files']),
  env: {},
};
const read = (text: string, more: Partial<Sources> = {}, base?: string) =>
  wantedOf({ ...sources, ...more }, [{ text }, ...(base === undefined ? [] : [{ text: base }])]);
const servers = (document: object) => JSON.stringify({ mcpServers: document });
const tickets = { url: 'https://tickets.internal/mcp' };

interface Shown {
  services?: { name: string; routes: { plugins: { name: string; config: unknown }[] }[] }[];
}
const configIn = (text: string, more: Partial<Sources> = {}) =>
  (read(text, more).wanted.document as Shown).services?.[0]?.routes[0]!.plugins[0]!.config;

describe('what a Kong is to serve by an mcpServers document', () => {
  it('is an endpoint with its servers, whichever way it is written', () => {
    const expected = { anonymous: true, servers: [{ name: 'tickets', ...tickets }] };
    const document = { mcpServers: { tickets } };
    expect(configIn(JSON.stringify(document))).toEqual(expected);
    expect(configIn(stringify(document), { file: 'mcp.yaml' })).toEqual(expected);
    const toml = '[mcp_servers.tickets]\nurl = "https://tickets.internal/mcp"\n';
    expect(configIn(toml, { file: 'config.toml' })).toEqual(expected);
    expect(read(JSON.stringify(document)).wanted).toMatchObject({ tag: 'kong-mcp' });
    expect(read(JSON.stringify(document)).wanted).not.toHaveProperty('whole');
  });

  it('has no server that the document disables, and no endpoint where none is left', () => {
    const off = { ...tickets, disabled: true };
    const both = servers({ tickets: off, wiki: { url: 'https://wiki/mcp' } });
    expect(configIn(both)).toMatchObject({ servers: [{ name: 'wiki' }] });
    const { wanted, notes } = read(servers({ tickets: off }));
    expect(wanted.document).toEqual({ _format_version: '3.0' });
    expect(notes).toContain('no server is left: the endpoint is taken away');
  });

  it('names commands that the plugin server has', () => {
    expect(configIn(servers({ files: { command: 'x' } }))).toMatchObject({
      servers: [{ name: 'files', stdio: 'files' }],
    });
    expect(() => read(servers({ other: { command: 'x' } }))).toThrow(
      'other is a command, which the file of --stdio-file does not have',
    );
  });

  it('says which variables Kong needs, and shows no value of a header', () => {
    const headers = { Authorization: 'Bearer ${TICKETS}', 'X-Key': 'hush-hush' };
    const { notes } = read(servers({ tickets: { ...tickets, headers } }));
    expect(notes).toContain('Kong’s environment must hold MCP_TICKETS_AUTHORIZATION');
    expect(notes.join()).not.toContain('hush');
  });

  it.each([
    ['{"mcpServers": {', 'mcp.json', 'the document is not JSON'],
    ['', 'mcp.json', 'the document is not JSON: value expected'],
    ['mcpServers: [', 'mcp.yml', 'mcp.yml:1: is not YAML'],
    [
      servers({ a: tickets, b: { url: 'nowhere' } }),
      'mcp.json',
      'b is left out: b.url: is not a URL',
    ],
    [servers({ a: tickets, b: { url: 4 } }), 'mcp.json', 'b is left out'],
    [servers({ a: { ...tickets, timeout: 'x' } }), 'mcp.json', 'timeout: must be a number above 0'],
  ])('is nothing where one thing is wrong: %s', (text, file, message) => {
    expect(() => read(text, { file })).toThrow(message);
  });

  it('stands beside a base, and does not take the place of its own', () => {
    const base = { _format_version: '3.0', services: [{ name: 'plain', url: 'http://a' }] };
    const text = servers({ tickets });
    const { document, whole } = read(text, { base: 'base.yml' }, stringify(base)).wanted;
    expect(whole).toBe(true);
    expect((document as Shown).services?.map(({ name }) => name)).toEqual(['plain', 'mcp']);
    const taken = { ...base, services: [{ name: 'mcp', url: 'http://a' }] };
    expect(() => read(text, { base: 'base.yml' }, stringify(taken))).toThrow(
      '--base: has a service named mcp already',
    );
  });
});

describe('what a Kong is to serve by a declarative file', () => {
  const good = readFileSync(projectFile('kong/kong.yml'), 'utf8');

  it('is all of it, as it was written', () => {
    expect(read(good, { file: 'kong.yml' }).wanted).toMatchObject({ whole: true, text: good });
  });

  it('is nothing where a rule of a plugin is broken, with the line', () => {
    const bad = good.replace(/resource: \S+/, 'resource: http://gw.example.com/mcp');
    expect(() => read(bad, { file: 'kong.yml' })).toThrow(
      /^FILE: kong\.yml:\d+: services\S+\.config\.resource: must use https/,
    );
  });

  it('is nothing where it cannot be read, or is cut off', () => {
    expect(() => wantedOf(sources, [{ unreadable: 'x cannot be read (ENOENT)' }])).toThrow(
      'ENOENT',
    );
    expect(() => read(`${good}\n  - [`, { file: 'kong.yml' })).toThrow('YAML');
  });
});
