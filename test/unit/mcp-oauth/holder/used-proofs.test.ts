import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { held } from '../../../../lib/held/limits.js';
import type { Siblings } from '../../../../lib/workers/siblings.js';
import {
  answerSiblings,
  SharedUsedProofs,
} from '../../../../plugins/mcp-oauth/io/dpop/shared-used-proofs.js';
import { OwnUsedProofs } from '../../../../plugins/mcp-oauth/io/dpop/used-proofs.js';
import type { ProofUse, UsedProofs } from '../../../../plugins/mcp-oauth/io/dpop/used-proofs.js';
import { fakeNode } from '../../../support/aggregate/fake-siblings.js';

const name = (text: string) => hash('sha256', text, 'buffer').toString('latin1', 0, 16);
const minute = 60_000;
const use = (text: string, owner = 'o', endsAt = minute): ProofUse => ({
  owner: owner.padEnd(32, '.'),
  proof: name(text),
  endsAt,
});

const taken = async (used: UsedProofs, one: ProofUse) => used.take(one);

describe('used proofs of a process', () => {
  it('are known until they end, of their owner', () => {
    let now = 0;
    const used = new OwnUsedProofs(held.proofs, () => now);
    expect(used.take(use('a'))).toBe('first');
    expect(used.take(use('a'))).toBe('used');
    expect(used.take(use('a', 'o', 3 * minute))).toBe('used');
    expect(used.take(use('a', 'another'))).toBe('first');
    now = minute;
    expect(used.take(use('a'))).toBe('used');
    expect(used.take(use('b'))).toBe('first');
    now = 2 * minute;
    expect(used.take(use('a'))).toBe('used');
    expect(used.bytes).toBe(0);
  });

  it('leave nothing behind', () => {
    let now = 0;
    const used = new OwnUsedProofs(held.proofs, () => now);
    for (let n = 0; n < 1_000; n++) used.take(use(`${n}`, `${n % 7}`, (n % 5) * minute));
    expect(used.bytes).toBeGreaterThan(96_000);
    now = 3 * minute;
    used.forget();
    expect(used.bytes).toBeLessThan(50_000);
    now = 6 * minute;
    used.forget();
    expect(used.bytes).toBe(0);
  });

  it('of one owner take an eighth of what is free, and others find room', () => {
    const used = new OwnUsedProofs({ bytes: 1_048_576, ofOne: 131_072, ms: 0 }, () => 0);
    const fill = (owner: string): number => {
      let taken = 0;
      while (used.take(use(`${owner} ${taken}`, owner)) === 'first') taken += 1;
      return taken;
    };
    const first = fill('greedy');
    expect(first * 96).toBeLessThan(131_072);
    expect(first * 96).toBeGreaterThan(100_000);
    expect(used.take(use('more', 'greedy'))).toBe('too_many');
    expect(used.take(use('greedy 0', 'greedy'))).toBe('used');
    for (let n = 0; n < 30; n++) fill(`greedy ${n}`);
    expect(used.take(use('a', 'honest'))).toBe('first');
    for (let n = 0; n < 2_000; n++) used.take(use('a', `many ${n}`));
    expect(used.bytes).toBeLessThan(1_048_576);
    expect(used.take(use('a', 'the last'))).toBe('unavailable');
  });
});

describe('used proofs of several workers', () => {
  function start(count: number) {
    const node = fakeNode(count);
    const worker = (slot: number): { own: OwnUsedProofs; shared: UsedProofs } => {
      const own = new OwnUsedProofs(held.proofs, () => 0);
      const siblings: () => Siblings = () => node.workers[slot]!;
      answerSiblings(own, siblings());
      return { own, shared: new SharedUsedProofs(own, siblings) };
    };
    return { node, worker, workers: node.workers.map((_, slot) => worker(slot)) };
  }

  it('are known to each of them, and kept by one', async () => {
    const { workers } = start(3);
    const texts = Array.from({ length: 60 }, (_, n) => `${n}`);
    const all = (at: number) =>
      Promise.all(texts.map((text, n) => taken(workers[(n + at) % 3]!.shared, use(text))));
    expect(await all(0)).toEqual(texts.map(() => 'first'));
    expect(await all(1)).toEqual(texts.map(() => 'used'));
    expect(await all(2)).toEqual(texts.map(() => 'used'));
    const bytes = workers.map(({ own }) => own.bytes);
    expect(bytes.every((each) => each > 0 && each < 60 * 96)).toBe(true);
  });

  it('count once where several ask at a time', async () => {
    const { workers } = start(3);
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) => taken(workers[n % 3]!.shared, use('one'))),
    );
    expect(answers.filter((answer) => answer === 'first')).toHaveLength(1);
  });

  it('cannot be told while the one who keeps them is gone, and can again after', async () => {
    const { node, worker, workers } = start(2);
    const texts = Array.from({ length: 40 }, (_, n) => `${n}`);
    const ask = () => Promise.all(texts.map((text) => taken(workers[0]!.shared, use(text))));
    expect(new Set(await ask())).toEqual(new Set(['first']));
    node.end(1);
    const [own, others] = ['used', 'unavailable'];
    const gone = await ask();
    expect(new Set(gone)).toEqual(new Set([own, others]));
    node.restart(1);
    worker(1);
    const back = await ask();
    expect(back.filter((answer) => answer === 'unavailable')).toEqual([]);
    expect(new Set(await ask())).toEqual(new Set(['used']));
  });

  it('cannot be told where the other says nothing', { timeout: 20_000 }, async () => {
    const node = fakeNode(2);
    node.workers[1]!.onConnect('mcp-oauth used proofs', (stream) => void stream.resume());
    const shared = new SharedUsedProofs(new OwnUsedProofs(held.proofs), () => node.workers[0]!);
    const asked = Array.from({ length: 20 }, (_, n) => taken(shared, use(`${n}`, 'o', Date.now())));
    expect(new Set(await Promise.all(asked))).toEqual(new Set(['first', 'unavailable']));
  });

  it('cannot be told where the other answers what is no answer', async () => {
    const node = fakeNode(2);
    node.workers[1]!.onConnect('mcp-oauth used proofs', (stream) => {
      stream.on('error', () => undefined).on('data', () => stream.write(Buffer.of(9, 0, 0)));
    });
    const shared = new SharedUsedProofs(new OwnUsedProofs(held.proofs), () => node.workers[0]!);
    const asked = Array.from({ length: 20 }, (_, n) => taken(shared, use(`${n}`, 'o', Date.now())));
    expect(new Set(await Promise.all(asked))).toEqual(new Set(['first', 'unavailable']));
  });
});
