import { createRequire, Module as NodeModule } from 'node:module';

/** A plugin as kong-pdk takes it: what its module exports. */
export interface PluginExports {
  readonly Plugin: new (config: unknown) => object;
  readonly Name?: string;
  readonly Version?: string;
  readonly Priority?: number;
  /** The fields of `config`. */
  readonly Schema?: readonly unknown[];
}

/** One configuration's plugin object, as kong-pdk keeps it. */
export interface PdkInstance {
  /** Notes the time of use and answers the plugin object. */
  resetExpireTs(): object;
  getName(): string;
  /** Seconds since the epoch, with a fraction. */
  getStartTime(): number;
  close(): void;
}

/** A loaded plugin; times are seconds since the epoch, with a fraction. */
export interface PdkModule {
  /** @throws whatever the plugin's constructor throws */
  readonly new: (config: unknown) => PdkInstance;
  getName(): string;
  getMTime(): number;
  getLoadTime(): number;
  getPhases(): readonly string[];
  getPriority(): number;
  getVersion(): string | undefined;
  getSchema(): readonly unknown[];
}

/** The channel of kong-pdk's PDK proxy: a call goes in, then its answer is asked for. */
export interface PdkPipe {
  put(call: { readonly Method: string; readonly Args: readonly unknown[] }): void;
  get(): Promise<readonly [result: unknown, error: string | undefined]>;
}

/** The two parts of kong-pdk that this server is built on. */
export interface KongPdk {
  readonly Module: new (name: string, path: undefined, literal: PluginExports) => PdkModule;
  /** `kong` is a proxy: reading `kong.a.bC` and calling it puts the call `kong.a.b_c`. */
  readonly PDK: new (pipe: PdkPipe) => { readonly kong: object };
}

const require = createRequire(import.meta.url);

/**
 * kong-pdk loads ts-node, and with it the TypeScript compiler, to run plugins written in
 * TypeScript: about 80 MB and a quarter of a second. The plugins here are compiled, so kong-pdk
 * gets an empty stand-in while it loads.
 */
function withoutTsNode<T>(pdkFile: string, load: () => T): T {
  const path = createRequire(pdkFile).resolve('ts-node');
  const standIn = new NodeModule(path);
  standIn.exports = { register: () => undefined };
  standIn.loaded = true;
  const previous = require.cache[path];
  require.cache[path] = standIn;
  try {
    return load();
  } finally {
    if (previous === undefined) delete require.cache[path];
    else require.cache[path] = previous;
  }
}

/** Loads kong-pdk's plugin module class and PDK proxy, without its listener and its compiler. */
export function loadKongPdk(): KongPdk {
  const file = require.resolve('kong-pdk/lib/mod.js');
  const { Module } = withoutTsNode(file, () => require(file) as Pick<KongPdk, 'Module'>);
  const PDK = require('kong-pdk/pdk.js') as KongPdk['PDK'];
  return { Module, PDK };
}
