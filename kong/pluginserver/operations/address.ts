import { isIP, isIPv4 } from 'node:net';
import type { PlaygroundOptions } from './playground.js';

/** Where the operations listener is, and by which names it may be called. */
export interface OperationsOptions {
  readonly host: string;
  /** 0 for a free one, which the log names. */
  readonly port: number;
  /** Names and addresses accepted in `Host` besides those of the loopback interface; lower case. */
  readonly hosts: readonly string[];
  /** Whether refused plugin configurations leave the process ready. */
  readonly refusedIsReady: boolean;
  /** Absent leaves the playground out. */
  readonly playground?: PlaygroundOptions;
}

const form = /^(?:(\[[0-9a-f:.]+\]|[^:[\]\s]+):)?(\d{1,5})$/i;

/** `HOST:PORT`, `[IPv6]:PORT` or a port of the loopback interface; undefined for anything else. */
export function readAddress(text: string): Pick<OperationsOptions, 'host' | 'port'> | undefined {
  const [, host = '127.0.0.1', digits = ''] = form.exec(text.trim()) ?? [];
  const port = Number(digits);
  if (digits === '' || port > 65_535) return undefined;
  return { host: bare(host), port };
}

/** Names separated by commas, without ports; undefined where one of them could be no host. */
export function readHosts(text: string): readonly string[] | undefined {
  const names = text.split(',').map((name) => bare(name.trim().toLowerCase()));
  const given = names.filter((name) => name !== '');
  return given.every((name) => isIP(name) !== 0 || /^[a-z0-9._-]+$/.test(name)) ? given : undefined;
}

/**
 * Whether a `Host` header names this listener. A page whose name leads to this machine (DNS
 * rebinding) comes with its own name, and is refused.
 */
export function hostAllowed(
  header: string | undefined,
  options: Pick<OperationsOptions, 'host' | 'hosts'>,
): boolean {
  const found = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::\d{1,5})?$/i.exec(header ?? '')?.[1];
  if (found === undefined) return false;
  const name = bare(found.toLowerCase());
  return isLoopback(name) || name === options.host || options.hosts.includes(name);
}

export function isLoopback(name: string): boolean {
  return name === 'localhost' || name === '::1' || (isIPv4(name) && name.startsWith('127.'));
}

function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}
