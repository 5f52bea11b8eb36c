import type { ServerConfig } from '../../../plugins/mcp-aggregate/config/config.js';
import type { Upstream } from '../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import { createUpstream } from '../../../plugins/mcp-aggregate/upstream/create-upstream.js';
import { NodeLists } from '../../../plugins/mcp-aggregate/upstream/lists/node-lists.js';
import { UpstreamRegistry } from '../../../plugins/mcp-aggregate/upstream/registry.js';
import { SharedChildren } from '../../../plugins/mcp-aggregate/upstream/stdio/shared/shared-children.js';
import type { UpstreamDeps } from '../../../plugins/mcp-aggregate/upstream/upstream-deps.js';
import type { StdioEntry } from '../../../lib/mcp-servers/entries.js';
import { slotOf } from '../../../lib/workers/slot-of.js';
import { fakeNode } from '../aggregate/fake-siblings.js';
import type { FakeNode } from '../aggregate/fake-siblings.js';
import { quickTuning, serverConfig } from './under-test.js';
import type { UpstreamUnderTest } from './under-test.js';

export interface ServerWorkers {
  readonly node: FakeNode;
  /** The worker that runs the child, and fetches the lists. */
  readonly owner: number;
  readonly others: readonly number[];
  /** The server as a worker has it. */
  upstream(slot: number): Upstream;
  /** The worker dies, and its child with it. */
  kill(slot: number): Promise<void>;
  /** Another one takes its place. */
  restart(slot: number): void;
  close(): Promise<void>;
}

/** One stdio server in several workers of a node, all of them in this process. */
export function stdioWorkers(
  entry: Pick<StdioEntry, 'command' | 'args'> & Partial<StdioEntry>,
  { tuning, ...over }: UpstreamUnderTest = {},
  count = 2,
): ServerWorkers {
  const server = serverConfig({ ...over, kind: 'stdio', target: 'entry' });
  const stdioEntry = () => ({ kind: 'stdio', env: {}, ...entry }) as const;
  return serverWorkers(server, { stdioEntry, env: process.env, ...tuned(tuning) }, count);
}

/** The same of a `url` server. */
export function urlWorkers(
  url: string,
  { tuning, ...over }: UpstreamUnderTest = {},
  count = 2,
): ServerWorkers {
  const server = serverConfig({ ...over, target: url });
  const stdioEntry = () => {
    throw new Error('no stdio here');
  };
  return serverWorkers(server, { stdioEntry, env: {}, ...tuned(tuning) }, count);
}

const tuned = (tuning: UpstreamUnderTest['tuning']) => ({ tuning: { ...quickTuning, ...tuning } });

function serverWorkers(server: ServerConfig, deps: UpstreamDeps, count: number): ServerWorkers {
  const node = fakeNode(count);
  const start = (slot: number) => {
    const children = new SharedChildren(node.workers[slot]!);
    const lists = new NodeLists(node.workers[slot]!);
    const registry = new UpstreamRegistry(
      (asked) => createUpstream(asked, { ...deps, children, lists }),
      1,
    );
    children.serve((asked) => registry.acquire(asked));
    lists.serve((asked) => registry.acquire(asked));
    // As each worker does with each configuration, whether or not it is asked for it.
    registry.acquire(server).release();
    return registry;
  };
  const registries = node.workers.map((_, slot) => start(slot));
  const kill = async (slot: number) => {
    node.end(slot);
    await registries[slot]!.closeAll();
  };
  const owner = slotOf(server.key, count);
  return {
    node,
    owner,
    others: node.workers.map(({ slot }) => slot).filter((slot) => slot !== owner),
    upstream: (slot) => registries[slot]!.acquire(server).upstream,
    kill,
    restart: (slot) => {
      node.restart(slot);
      registries[slot] = start(slot);
    },
    close: async () => void (await Promise.all(registries.map((registry) => registry.closeAll()))),
  };
}
