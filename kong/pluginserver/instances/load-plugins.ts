import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { KongPdk, PdkModule, PluginExports } from '../pdk/kong-pdk.js';

/** A server of an endpoint, as `/status` names both. */
export interface DetailsAsked {
  readonly endpoint: string;
  readonly server: string;
}

/** What a plugin module may export beside what kong-pdk asks for. */
interface HostedExports extends PluginExports {
  /** The whole plugin schema, with fields beside `config`. */
  readonly KongSchema?: unknown;
  /** Awaited before the socket accepts. */
  readonly ready?: () => Promise<void>;
  /** What operators see of it. */
  readonly status?: () => object;
  /** What they see of it where several processes tell of it; at least one does. */
  readonly mergeStatus?: (all: readonly object[]) => object;
  /** Tools of one server in full; undefined where it knows no such server. */
  readonly details?: (asked: DetailsAsked) => Promise<object | undefined>;
  /** What it still waits for before it can serve well, one line each. */
  readonly missing?: () => readonly string[];
  /** Awaited at the end of the process, within a bound, so that open streams can finish. */
  readonly shutdown?: () => Promise<void>;
}

/** A plugin found in the plugins directory. */
export interface LoadedPlugin {
  readonly module: PdkModule;
  /** The schema for Kong: name and fields. */
  readonly schema: unknown;
  readonly ready: () => Promise<void>;
  readonly shutdown: () => Promise<void>;
  readonly status: () => object;
  /** One out of what several processes tell; at least one does. */
  readonly mergeStatus: (all: readonly object[]) => object;
  readonly details: (asked: DetailsAsked) => Promise<object | undefined>;
  readonly missing: () => readonly string[];
}

/** By plugin name. */
export type Plugins = ReadonlyMap<string, LoadedPlugin>;

/** The plugins directory or something in it cannot be used; the message says what. */
export class PluginLoadError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'PluginLoadError';
  }
}

/**
 * Tells plugins that their host fails closed: under any other, Kong proxies requests once the host
 * is gone (design D1). Nothing but this server may set it.
 */
function markHost(): void {
  Object.defineProperty(globalThis, Symbol.for('kong-plugin-mcp.host'), { value: 'protobuf' });
}

function isPlugin(exports: Partial<HostedExports>): exports is HostedExports {
  return typeof exports.Plugin === 'function';
}

async function importPlugin(directory: string, child: string): Promise<HostedExports> {
  const file = join(directory, child, 'index.js');
  let exports: Partial<HostedExports>;
  try {
    exports = (await import(pathToFileURL(file).href)) as Partial<HostedExports>;
  } catch (error) {
    throw new PluginLoadError(`plugin ${child} cannot be loaded from ${file}`, error);
  }
  if (!isPlugin(exports)) throw new PluginLoadError(`${file} does not export a class Plugin`);
  return exports;
}

function asPlugin(pdk: KongPdk, child: string, exports: HostedExports): LoadedPlugin {
  const module = new pdk.Module(child, undefined, exports);
  const config = { type: 'record', fields: module.getSchema() };
  return {
    module,
    schema: exports.KongSchema ?? { name: module.getName(), fields: [{ config }] },
    ready: async () => exports.ready?.(),
    shutdown: async () => exports.shutdown?.(),
    status: () => exports.status?.() ?? {},
    mergeStatus: (all) => exports.mergeStatus?.(all) ?? all[0] ?? {},
    details: async (asked) => exports.details?.(asked),
    missing: () => exports.missing?.() ?? [],
  };
}

/**
 * Loads every direct child of `directory` as a plugin: a folder whose `index.js` exports `Plugin`,
 * `Schema`, `Version`, `Priority` and `Name`.
 * @param only the child to load alone
 * @throws PluginLoadError when one of them does not load: a server with half its plugins would
 *   leave routes without protection that nobody misses until they are called
 */
export async function loadPlugins(
  pdk: KongPdk,
  directory: string,
  only?: string,
): Promise<Plugins> {
  markHost();
  const root = resolve(directory);
  const children = await readdir(root).catch((error: unknown) => {
    throw new PluginLoadError(`the plugins directory ${root} cannot be read`, error);
  });
  const plugins = new Map<string, LoadedPlugin>();
  const wanted = (name: string) => (only === undefined ? !name.startsWith('.') : name === only);
  for (const child of children.filter(wanted).sort()) {
    const plugin = asPlugin(pdk, child, await importPlugin(root, child));
    const name = plugin.module.getName();
    if (plugins.has(name)) throw new PluginLoadError(`two plugins are named ${name}`);
    plugins.set(name, plugin);
  }
  if (plugins.size > 0) return plugins;
  const what = only === undefined ? 'no plugin' : `no plugin ${only}`;
  throw new PluginLoadError(`${what} in ${root}`);
}
