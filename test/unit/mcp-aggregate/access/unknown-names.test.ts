import { expect, it } from 'vitest';
import { FakeUpstream, unreachable } from '../../../support/aggregate/fake-upstream.js';
import { rpc, startHarness } from '../../../support/aggregate/harness.js';

it('names below the prefix of a server that never answered count as one, like all unknown ones', async () => {
  const dead = new FakeUpstream('dead');
  dead.onList = () => Promise.reject(unreachable('dead'));
  const harness = await startHarness([dead]);
  try {
    const keys = await Promise.all(
      ['dead__1', 'dead__2', 'unknown'].map(async (name) => {
        const kong = await harness.access({ json: rpc('tools/call', { name }) });
        return kong.upstreamHeaders()['x-mcp-limit-key'];
      }),
    );
    expect(keys[0]).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(new Set(keys).size).toBe(1);
  } finally {
    await harness.stop();
  }
});
