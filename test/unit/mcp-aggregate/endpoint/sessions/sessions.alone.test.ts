import { describe, expect, it } from 'vitest';
import { Sealer } from '../../../../../lib/handles/seal.js';
import { Sessions } from '../../../../../plugins/mcp-aggregate/endpoint/sessions/sessions.js';
import { cpuOf } from '../../../../support/adversarial/cpu.js';

const times = 1_000;
const hour = 3_600_000;
const owner = { endpoint: 'route-a', principal: 'alice' };
const type = 'session' as const;
const keys = [Buffer.alloc(32, 1)];

function repeat(run: (at: number) => unknown): () => void {
  return () => {
    for (let at = 0; at < times; at++) run(at);
  };
}

describe('the id of a session', () => {
  it('costs a tenth of CPU to open again: each request of a session does several times', async () => {
    const sessions = new Sessions(new Sealer(keys), Date.now);
    const texts = Array.from({ length: times }, () => sessions.mint(owner, '2025-11-25', hour));
    // Nothing that was opened is known to the next one.
    const first = await cpuOf(() => {
      const others = new Sessions(new Sealer(keys), Date.now);
      repeat((at) => others.open(owner, texts[at]!))();
    });
    const again = await cpuOf(
      repeat(() => sessions.open(owner, texts[0]!)),
      first / 10,
    );
    expect(again).toBeLessThan(first / 10);
  });

  it('costs far less CPU to open for the first time where its owner’s key is known', async () => {
    const contexts = ['alice', 'bob'].map((principal) => ({ ...owner, principal, type }));
    const openAll = (sealer: Sealer) => {
      const payload = Buffer.alloc(30);
      const texts = contexts.map((each) => sealer.seal(each, payload, Date.now() + hour));
      return repeat((at) => sealer.open(contexts[at % 2]!, texts[at % 2]!));
    };
    const derived = await cpuOf(openAll(new Sealer(keys, Date.now, 1)));
    const kept = await cpuOf(openAll(new Sealer(keys)), derived * 0.6);
    expect(kept).toBeLessThan(derived * 0.6);
  });
});
