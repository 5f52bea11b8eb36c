import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { parseDocument } from 'yaml';
import { ConfigError } from '../../../lib/errors/errors.js';
import { anyLoopback } from '../../../plugins/mcp-oauth/core/facade/redirect-uris.js';
import { facadePaths } from '../../../plugins/mcp-oauth/core/facade/facade-paths.js';
import type { ProviderName } from '../../../schema/oauth/oauth-presets.js';
import { codeOf } from '../error-code.js';
import { declared } from '../validate/declared.js';
import { readPlugin } from '../validate/read-plugin.js';
import type { ReadPlugin } from '../validate/read-plugin.js';
import { advice } from './advice.js';

type OAuth = Extract<ReadPlugin, { kind: 'oauth' }>['config'];
type Members = Readonly<Record<string, unknown>>;

/**
 * `kong-mcp provider FILE`: what has to be entered at the provider of each facade of a kong.yml, and
 * which paths its Route needs.
 * @throws ConfigError where the file cannot be read, is wrong, or has no facade
 */
export async function providerCommand(args: string[]): Promise<string> {
  const { positionals } = parseArgs({ args, options: {}, allowPositionals: true });
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new ConfigError('FILE', 'name one kong.yml');
  const document = parseDocument(await readText(file));
  if (document.errors.length > 0) throw new ConfigError('FILE', `${file} is not YAML`);
  const { plugins } = declared((document.toJS() ?? {}) as Members);
  const pages = plugins
    .filter(({ name, config }) => name === 'mcp-oauth' && config['facade'])
    .map(({ name, config }) => page(config, readPlugin(name, config)));
  if (pages.length === 0) throw new ConfigError('FILE', `${file} has no mcp-oauth with a facade`);
  return pages.join('\n');
}

function page(given: Members, { errors, plugin }: ReturnType<typeof readPlugin>): string {
  if (plugin?.kind !== 'oauth') {
    throw new ConfigError('FILE', `mcp-oauth: ${errors[0]?.[1] ?? 'is refused'}; see validate`);
  }
  const { config } = plugin;
  const facade = given['facade'] as Members;
  const provider = (facade['provider'] ?? 'generic') as ProviderName;
  const words = advice[provider];
  const resource = String(config.metadata['resource']);
  return [
    `${resource}: what to enter at ${config.facade?.issuer ?? ''} (${provider})`,
    section('Client', [words.client, ...clientLines(config)]),
    section('Redirect URIs', redirectLines(facade['redirect_uris'], provider)),
    section('Audience', [words.audience, ...(words.audience.startsWith('none') ? [] : [resource])]),
    section('Scopes', [words.scopes, ...scopeLines(config)]),
    section('Paths of the Route', [`~${escaped(new URL(resource).pathname)}$`, ...paths(config)]),
    '',
  ].join('\n');
}

function section(title: string, lines: readonly string[]): string {
  return [`  ${title}`, ...lines.map((line) => `    ${line}`)].join('\n');
}

function clientLines({ facade }: OAuth): readonly string[] {
  const { client } = facade ?? {};
  if (client === undefined) return ['no client is shared: clients register themselves'];
  const proof = client.proof?.method ?? 'none: public';
  return [`client id in facade.client_id; authentication method ${proof}; PKCE with S256`];
}

function redirectLines(entries: unknown, provider: ProviderName): readonly string[] {
  const list = Array.isArray(entries) ? (entries as string[]) : [anyLoopback];
  return list.flatMap((entry) => (entry === anyLoopback ? advice[provider].loopback : [entry]));
}

function scopeLines(config: OAuth): readonly string[] {
  const scopes = [...config.challengeScopes, ...(config.facade?.addScopes ?? [])];
  return scopes.length > 0 ? scopes : ['none: required_scopes is empty'];
}

function paths(config: OAuth): readonly string[] {
  const { facade, metadata, metadataPath } = config;
  if (facade === undefined) return [];
  const place = { resource: String(metadata['resource']), facade };
  return [metadataPath, ...facadePaths(place).keys()].map((path) => `~${escaped(path)}$`);
}

function escaped(path: string): string {
  return path.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new ConfigError('FILE', `${file} cannot be read (${codeOf(error)})`);
  }
}
