import type { Call } from '../../../plugins/mcp-aggregate/core/calls/call.js';
import type { Timing } from '../../../plugins/mcp-aggregate/endpoint/requests/exchange.js';
import { fakeNode } from './fake-siblings.js';
import type { FakeNode } from './fake-siblings.js';
import { FakeUpstream, tool } from './fake-upstream.js';
import { startHarness } from './harness.js';
import type { Harness, KongConfig, Sent } from './harness.js';

export interface Worker extends Harness {
  /** Server `one` as this worker has it, with tool `t`. */
  readonly one: FakeUpstream;
  /** What clients' requests through this worker's access phase lead to: the port named to Kong. */
  targetOf(request: Sent, config?: KongConfig): Promise<number>;
}

export interface Workers {
  readonly node: FakeNode;
  readonly all: readonly [Worker, Worker];
  stop(): Promise<void>;
}

/** Two workers of one node, with one endpoint; a fake Kong carries requests where they lead. */
export async function twoWorkers(
  options: {
    readonly timing?: Timing;
    readonly config?: KongConfig;
    readonly script?: (call: Call) => ReturnType<FakeUpstream['call']>;
  } = {},
): Promise<Workers> {
  const node = fakeNode(2);
  const start = async (slot: number): Promise<Worker> => {
    const one = new FakeUpstream('one', [tool('t')]);
    if (options.script) one.script = options.script;
    const siblings = node.workers[slot]!;
    const harness = await startHarness([one], { ...options, siblings });
    const targetOf = async (request: Sent, config?: KongConfig) => {
      const kong = await harness.access(request, config);
      const [, , port] = kong.callsOf('service.setTarget')[0]!;
      return Number(port);
    };
    return { ...harness, one, targetOf };
  };
  const all: [Worker, Worker] = [await start(0), await start(1)];
  // Each worker has every configuration before Kong is answered.
  for (const worker of all)
    await worker.access({ json: { jsonrpc: '2.0', id: 0, method: 'ping' } });
  return { node, all, stop: async () => void (await Promise.all(all.map((one) => one.stop()))) };
}
