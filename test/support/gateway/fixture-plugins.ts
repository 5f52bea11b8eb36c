import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExternalPlugin } from './configuration.js';
import { atExit } from '../at-exit.js';

/** A plugin that tries a gateway's side of the protocol. */
interface FixturePlugin {
  readonly name: string;
  readonly priority: number;
  readonly fields: readonly Record<string, unknown>[];
  readonly entityChecks?: readonly Record<string, unknown>[];
  /** Body of `async access(kong)`. */
  readonly access: string;
}

/** Lets a request pass that shows the configured word, and tells the log about it. */
const gate: FixturePlugin = {
  name: 'fixture-gate',
  priority: 1015,
  fields: [
    { word: { type: 'string', required: true, referenceable: true, len_min: 2 } },
    { realm: { type: 'string', default: 'fixture', match: '^[%w-]+$' } },
    { colour: { type: 'string', one_of: ['red', 'green'] } },
    { count: { type: 'integer', between: [1, 9], default: 3 } },
  ],
  access: `
    const [headers, method, path] = await Promise.all([
      kong.request.getHeaders(100), kong.request.getMethod(), kong.request.getPath(),
    ]);
    if (headers['x-word'] !== this.config.word) {
      return kong.response.exit(401, 'no', { 'WWW-Authenticate': 'Fixture realm=' + this.config.realm });
    }
    await Promise.all([
      kong.service.request.clearHeader('x-word'),
      kong.service.request.setHeader('X-Seen', method + ' ' + path),
      kong.ctx.shared.set('fixture', 'passed'),
      kong.client.authenticate({ credential: { id: headers['x-user'] ?? 'nobody' } }),
      kong.log.setSerializeValue('fixture', { word: 'known', count: this.config.count }),
      kong.response.setHeader('X-Gate', 'open'),
    ]);
  `,
};

/** Reads the body and names the target itself. */
const target: FixturePlugin = {
  name: 'fixture-target',
  priority: 1005,
  fields: [
    { port: { type: 'integer', required: true, between: [1, 65535] } },
    { tag: { type: 'string' } },
    { label: { type: 'string' } },
  ],
  entityChecks: [{ mutually_exclusive: ['tag', 'label'] }],
  access: `
    const [body, shared] = await Promise.all([
      kong.request.getRawBody(), kong.ctx.shared.get('fixture'),
    ]);
    const kind = body.bodyFilepath ? 'file' : body.content ? 'bytes' : 'none';
    await Promise.all([
      kong.service.setTarget('127.0.0.1', this.config.port),
      kong.service.request.setHeaders({
        'X-Body': kind + ' ' + (body.content?.length ?? 0),
        'X-Shared': String(shared),
        'X-Process': String(process.pid),
      }),
    ]);
  `,
};

function source({ name, priority, access, ...schema }: FixturePlugin): string {
  return `export class Plugin {
  constructor(config) { this.config = config; }
  async access(kong) {${access}}
}
export const Name = '${name}';
export const Version = '0.1.0';
export const Priority = ${priority};
export const Schema = ${JSON.stringify(schema.fields)};
`;
}

function description(plugin: FixturePlugin, described: string | undefined): string {
  const { name, priority, fields, entityChecks = [] } = plugin;
  const config = { type: 'record', required: true, fields, entity_checks: entityChecks };
  const shown = {
    Name: name,
    Version: '0.1.0',
    Priority: priority,
    Phases: ['access'],
    Schema: { name, fields: [{ config: { ...config, description: described } }] },
  };
  return JSON.stringify({ Protocol: 'ProtoBuf:1', Plugins: [shown] });
}

export interface FixturePlugins {
  readonly pluginsDirectory: string;
  readonly plugins: readonly ExternalPlugin[];
}

/**
 * Writes two small plugins to a folder that the plugin server can load them from.
 * @param described what their schemas say of `config`
 */
export function writeFixturePlugins(described?: string): FixturePlugins {
  const folder = mkdtempSync(join(tmpdir(), 'fixture-plugins-'));
  atExit(() => rmSync(folder, { recursive: true, force: true }));
  const pluginsDirectory = join(folder, 'plugins');
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const plugins = [gate, target].map((plugin) => {
    mkdirSync(join(pluginsDirectory, plugin.name), { recursive: true });
    writeFileSync(join(pluginsDirectory, plugin.name, 'index.js'), source(plugin));
    const file = join(folder, `${plugin.name}.json`);
    writeFileSync(file, description(plugin, described));
    return { name: plugin.name, description: file };
  });
  return { pluginsDirectory, plugins };
}
