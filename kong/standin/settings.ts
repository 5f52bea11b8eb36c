import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { bytesIn, listIn as list, readKongConf } from '../kong-conf.js';

/** One `pluginserver_NAME_*` group. */
export interface PluginServer {
  readonly name: string;
  readonly socket: string;
  readonly queryCommand: string;
  /** Empty when the process is managed outside the gateway. */
  readonly startCommand: string;
}

/** What the stand-in takes from kong.conf. */
export interface Settings {
  readonly prefix: string;
  readonly declarative: string;
  readonly listen: readonly { readonly host: string; readonly port: number }[];
  /** Where its Admin API is; nowhere unless asked for, other than Kong's. */
  readonly adminListen: Settings['listen'];
  readonly plugins: readonly string[];
  readonly pluginServers: readonly PluginServer[];
  /** Request bodies above this many bytes go to a file. */
  readonly bodyBuffer: number;
  /** Largest request body in bytes; 0 for no limit. */
  readonly maxBody: number;
  /** Senders whose `X-Forwarded-*` count: IPv4 addresses and networks. */
  readonly trusted: readonly string[];
  /** Environment of the processes the gateway starts: what `nginx_main_env` names. */
  readonly environment: Readonly<Record<string, string>>;
}

function bytes(text: string): number {
  const size = bytesIn(text);
  if (size === undefined) throw new Error(`not a size: '${text}'`);
  return size;
}

function listener(text: string): { host: string; port: number } {
  const [, host, port, flags] = /^(\S+):(\d+)(.*)$/.exec(text) ?? [];
  if (host !== undefined && !/\b(ssl|http2)\b/.test(flags!)) return { host, port: Number(port) };
  throw new Error(`listeners: the stand-in takes host:port without TLS, not '${text}'`);
}

/** `A; env B=value`: one nginx directive, or several written as one. */
function started(directive: string): Record<string, string> {
  const entries = directive.split(/;\s*(?:env\s+)?/).map((entry) => {
    const [, name = '', value] = /^\s*(\w*)(?:=(.*))?$/s.exec(entry) ?? [];
    return [name, value ?? process.env[name]];
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >;
}

/** Reads kong.conf. @throws Error naming the setting that the stand-in cannot honour */
export function readSettings(file: string, prefix: string): Settings {
  const values = readKongConf(readFileSync(file, 'utf8'), process.env);
  const get = (key: string, fallback = ''): string => values.get(key) ?? fallback;
  if (get('database') !== 'off') throw new Error('database: the stand-in needs `database = off`');
  if (get('declarative_config') === '') throw new Error('declarative_config: no file is named');
  return {
    prefix,
    declarative: resolve(get('declarative_config')),
    listen: list(get('proxy_listen', '127.0.0.1:8000')).map(listener),
    adminListen:
      get('admin_listen', 'off') === 'off' ? [] : list(get('admin_listen')).map(listener),
    plugins: list(get('plugins', 'bundled')),
    pluginServers: list(get('pluginserver_names')).map((name) => {
      const key = `pluginserver_${name.toLowerCase()}`;
      return {
        name,
        socket: get(`${key}_socket`, `${prefix}/${name}.socket`),
        queryCommand: get(`${key}_query_cmd`),
        startCommand: get(`${key}_start_cmd`),
      };
    }),
    bodyBuffer: bytes(get('nginx_http_client_body_buffer_size', '8k')),
    maxBody: bytes(get('nginx_http_client_max_body_size', '0')),
    trusted: list(get('trusted_ips')),
    environment: started(get('nginx_main_env')),
  };
}
