import type { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Sealer } from '../../../../lib/handles/seal.js';
import { writeFrame } from '../../../../lib/workers/frames.js';
import {
  learnEndedBefore,
  tellEndedBefore,
} from '../../../../plugins/mcp-aggregate/endpoint/sessions/ended-before.js';
import { Sessions } from '../../../../plugins/mcp-aggregate/endpoint/sessions/sessions.js';
import { fakeNode } from '../../../support/aggregate/fake-siblings.js';
import type { FakeNode } from '../../../support/aggregate/fake-siblings.js';

const sealer = new Sealer([Buffer.alloc(32, 1)]);
const owner = { endpoint: 'route-a', principal: 'alice' };
const topic = 'sessions_ended_before';

const newSessions = (capacity?: number) =>
  new Sessions(sealer, Date.now, capacity === undefined ? {} : { capacity });

/** Sessions of a worker, one that has ended and one that is open. */
function worker() {
  const sessions = newSessions();
  const [over, open] = [0, 1].map(() => sessions.mint(owner, '2025-11-25', 60_000)) as [
    string,
    string,
  ];
  sessions.end(sessions.open(owner, over)!);
  return { sessions, over, open };
}

/** What the worker in slot 0 knows once it has started. */
async function learned(node: FakeNode, sessions = newSessions()): Promise<Sessions> {
  await learnEndedBefore(node.workers[0]!, sessions);
  return sessions;
}

const answers = (node: FakeNode, slot: number, answer: (stream: Duplex) => void) =>
  node.workers[slot]!.onConnect(topic, answer);

describe('a worker that starts', () => {
  it('knows which sessions have ended, from another', async () => {
    const node = fakeNode(2);
    const { sessions, over, open } = worker();
    tellEndedBefore(node.workers[1]!, sessions);
    const mine = await learned(node);
    expect(mine.open(owner, over)).toBeUndefined();
    expect(mine.open(owner, open)).toBeDefined();
    expect(mine.endedCount).toBe(1);
  });

  it('passes over those that are not there, stand still, break off or know nothing yet', async () => {
    const node = fakeNode(6);
    const { sessions, over } = worker();
    node.end(1);
    answers(node, 2, (stream) => void stream.resume());
    answers(node, 3, (stream) => void stream.end(writeFrame({}, Buffer.from('a 1'))[0]));
    tellEndedBefore(node.workers[5]!, sessions);
    expect((await learned(node)).open(owner, over)).toBeUndefined();
  });

  it('starts all the same where nobody says so', async () => {
    const node = fakeNode(20);
    for (let slot = 1; slot < 20; slot++) answers(node, slot, (stream) => void stream.resume());
    const begun = performance.now();
    expect((await learned(node)).endedCount).toBe(0);
    expect(performance.now() - begun).toBeLessThan(10_000);
    expect((await learned(fakeNode(1))).endedCount).toBe(0);
  });

  it('takes neither what is no such line nor more bytes than fit', async () => {
    const node = fakeNode(2);
    const lines = ['', 'a', 'a b', 'a/b 1', `a ${'9'.repeat(17)}`, `good ${Date.now() + 60_000}`];
    answers(node, 1, (stream) => {
      for (const piece of writeFrame({}, Buffer.from(lines.join('\n')))) stream.write(piece);
      stream.end();
    });
    expect((await learned(node)).ended().map(({ id }) => id)).toEqual(['good']);
    const large = fakeNode(2);
    answers(large, 1, (stream) => {
      stream.on('error', () => undefined);
      const many = Buffer.from(`good ${Date.now() + 60_000}\n`.repeat(400_000));
      for (const piece of writeFrame({}, many)) stream.write(piece);
    });
    expect((await learned(large)).endedCount).toBe(0);
  });

  it('remembers the latest where there is room for some only', async () => {
    const node = fakeNode(2);
    const theirs = newSessions();
    for (const id of ['first', 'second', 'third']) {
      theirs.end({ id, expiresAt: Date.now() + 60_000 });
    }
    tellEndedBefore(node.workers[1]!, theirs);
    const mine = await learned(node, newSessions(2));
    expect(mine.ended().map(({ id }) => id)).toEqual(['third', 'second']);
  });
});
