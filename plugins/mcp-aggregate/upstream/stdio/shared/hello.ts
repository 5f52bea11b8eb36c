import type { ServerConfig } from '../../../config/config.js';

const nothing = { allow: [], deny: [] };

/**
 * What the worker that runs a child is told of its server, which it may not have been asked for
 * itself: all that shapes the connection. What is shown of it to whom is no concern of a child's.
 */
export function writeHello(server: ServerConfig): object {
  const { name, kind, target, headers, trusted, stdioScope, stdioMaxChildren } = server;
  const { timeoutMs, circuit, maxResponseBytes, versions, key, toolTimeouts } = server;
  return {
    ...{ name, kind, target, headers, trusted, stdioScope, stdioMaxChildren },
    ...{ timeoutMs, circuit, maxResponseBytes, versions, key },
    toolTimeouts: toolTimeouts && [...toolTimeouts],
  };
}

/** @param hello of another worker of this node, which has read the same configuration */
export function readHello(hello: unknown): ServerConfig {
  const { toolTimeouts, ...server } = hello as Omit<ServerConfig, 'toolTimeouts'> & {
    readonly toolTimeouts?: readonly (readonly [string, number])[];
  };
  return {
    ...server,
    ...(toolTimeouts ? { toolTimeouts: new Map(toolTimeouts) } : {}),
    prefix: '',
    tools: nothing,
    prompts: nothing,
    resources: nothing,
    overrides: new Map(),
    plainUris: false,
  };
}
