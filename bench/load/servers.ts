import { once } from 'node:events';
import { startTool } from './tool.js';
import type { LoadRequest } from './generator.js';

/** In which era a server answers; each refuses requests of the other. */
export type ServerEra = 'legacy' | 'modern';

export interface BenchServers {
  readonly pid: number;
  /** Of each server. */
  readonly urls: readonly string[];
  close(): Promise<void>;
}

export interface BenchServersOptions {
  readonly servers?: number;
  /** Of each. */
  readonly tools?: number;
  readonly era?: ServerEra;
  /** They give out session ids. */
  readonly sessions?: boolean;
}

/** MCP servers, all in one process, that answer from prepared bytes: they cost as little as one can. */
export async function startBenchServers(options: BenchServersOptions = {}): Promise<BenchServers> {
  const { servers = 1, tools = 50, era = 'legacy', sessions = false } = options;
  const child = startTool([
    'serve',
    `-servers=${servers}`,
    `-tools=${tools}`,
    `-modern=${era === 'modern'}`,
    `-sessions=${sessions}`,
  ]);
  const ended = once(child, 'close');
  let said = '';
  while (!said.includes('\n')) {
    const [chunk] = (await once(child.stdout!, 'data')) as [Buffer];
    said += chunk.toString();
  }
  const { urls, pid } = JSON.parse(said) as BenchServers;
  const close = async (): Promise<void> => {
    child.stdin?.end();
    await ended;
  };
  return { urls, pid, close };
}

/**
 * A call as clients send it, with an argument of its own each time.
 * @param name under which the gateway shows the tool
 */
export function toolCall(name: string, { server = 0, tool = 'tool_1' } = {}): LoadRequest {
  return {
    method: 'tools/call',
    params: { name, arguments: { value: '$n', note: 'a note of some length' } },
    expect: { text: `server ${server} ${tool} $n` },
  };
}

/** @param tools of all servers together */
export function toolList(tools: number): LoadRequest {
  return { method: 'tools/list', expect: { tools } };
}
