import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { projectFile } from '../../support/project.js';

const schemaFile = projectFile('schema/json/kong.schema.json');
const schema = JSON.parse(readFileSync(schemaFile, 'utf8')) as object;
const check = new Ajv2020({ strict: true, strictRequired: false }).compile(schema);

/** Every declarative file of the repository that users meet. */
const shipped = ['kong', 'examples', ...folders('examples')].flatMap((folder) =>
  readdirSync(projectFile(folder))
    .map((name) => `${folder}/${name}`)
    .filter((path) => path.endsWith('.yml') && text(path).includes('_format_version')),
);

function folders(parent: string): string[] {
  return readdirSync(projectFile(parent), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(parent, name));
}

function text(path: string): string {
  return readFileSync(projectFile(path), 'utf8');
}

/** The places where the schema finds something, without the branches that lead there. */
function wrong(document: unknown): string[] {
  if (check(document)) return [];
  const leaves = (check.errors ?? []).filter(({ keyword }) => keyword !== 'if');
  return [...new Set(leaves.map(({ instancePath }) => instancePath))];
}

const oauth = { resource: 'https://x.example/mcp', authorization_servers: ['https://as.example'] };
const file = (plugin: object, more: object = {}) => ({
  _format_version: '3.0',
  services: [
    { name: 's', url: 'http://127.0.0.1:9', routes: [{ paths: ['~/mcp$'], plugins: [plugin] }] },
  ],
  ...more,
});

describe('the JSON Schema of a whole kong.yml', () => {
  it('is there for every shipped file, which names it by a path that leads to it', () => {
    expect(shipped).toHaveLength(11);
    for (const path of shipped) {
      const [first = ''] = text(path).split('\n');
      const [, named = ''] = /^# yaml-language-server: \$schema=(\S+)$/.exec(first) ?? [];
      const found = resolve(dirname(projectFile(path)), named);
      expect([path, found, existsSync(found)]).toEqual([path, schemaFile, true]);
    }
  });

  it.each(shipped)('takes %s', (path) => {
    expect(wrong(parse(text(path)))).toEqual([]);
  });

  it('takes plugins of Kong and entities it does not know', () => {
    const plugin = { name: 'rate-limiting', config: { minute: 5 }, consumer: 'c' };
    expect(wrong(file(plugin, { consumers: [{ username: 'c' }] }))).toEqual([]);
  });

  const plugin = '/services/0/routes/0/plugins/0';
  it.each<[string, unknown, string]>([
    ['a file without its format', { services: [] }, ''],
    [
      'a field that does not exist',
      file({ name: 'mcp-oauth', config: { ...oauth, resorce: 'x' } }),
      `${plugin}/config`,
    ],
    [
      'an address that is not secure',
      file({ name: 'mcp-oauth', config: { ...oauth, resource: 'http://x.example/mcp' } }),
      `${plugin}/config/resource`,
    ],
    ['a login without configuration', file({ name: 'mcp-oauth' }), plugin],
    [
      'a login for one consumer',
      file({ name: 'mcp-oauth', config: oauth, consumer: 'c' }),
      `${plugin}/consumer`,
    ],
    [
      'a server’s number that is a text',
      file({
        name: 'mcp-aggregate',
        config: { servers: [{ name: 'a', url: 'https://s.example', timeout: 'long' }] },
      }),
      `${plugin}/config/servers/0/timeout`,
    ],
    [
      'a plugin at the top of the file',
      { _format_version: '3.0', plugins: [{ name: 'mcp-aggregate', config: { servers: {} } }] },
      '/plugins/0/config/servers',
    ],
    [
      'a route’s path without its slash',
      { _format_version: '3.0', routes: [{ paths: ['mcp'] }] },
      '/routes/0/paths/0',
    ],
  ])('refuses %s', (_title, document, place) => {
    expect(wrong(document)).toContain(place);
  });
});
