import { describe, expect, it } from 'vitest';
import { Sealer } from '../../../../lib/handles/seal.js';
import { TaskIds } from '../../../../plugins/mcp-aggregate/endpoint/modern/task-ids.js';

const day = 86_400_000;
const task = { server: 'jobs', tool: 'render', id: '786512e2-9e0d-44bd-8f29-789f320fe840' };
const owner = { endpoint: 'e1', principal: 'alice' };

function idsAt(clock: { now: number }, secret = 7): TaskIds {
  return new TaskIds(new Sealer([Buffer.alloc(32, secret)], () => clock.now), () => clock.now);
}

describe('TaskIds', () => {
  it('open for whom they were given to, also after a restart with the same key', () => {
    const clock = { now: 0 };
    const id = idsAt(clock).seal(owner, task, 60_000);
    expect(id).not.toContain(task.id);
    expect(id.length).toBeLessThan(300);
    expect(idsAt(clock).open(owner, id)).toEqual(task);
  });

  it('open to nobody else, nowhere else, and not when they are changed', () => {
    const clock = { now: 0 };
    const ids = idsAt(clock);
    const id = ids.seal(owner, task, undefined);
    const altered = `${id.slice(0, -2)}${id.endsWith('A') ? 'B' : 'A'}${id.slice(-1)}`;
    expect(ids.open({ ...owner, principal: 'bob' }, id)).toBeUndefined();
    expect(ids.open({ ...owner, endpoint: 'e2' }, id)).toBeUndefined();
    for (const text of [altered, id.slice(0, -4), `${id}AAAA`, '', task.id, id.toUpperCase()]) {
      expect(ids.open(owner, text), text).toBeUndefined();
    }
    expect(idsAt(clock, 8).open(owner, id)).toBeUndefined();
  });

  it('open for as long as the task may be there', () => {
    const clock = { now: 0 };
    const ids = idsAt(clock);
    const [short, long] = [60_000, 30 * day].map((ttl) => ids.seal(owner, task, ttl));
    clock.now = 6 * day;
    expect(ids.open(owner, short!)).toEqual(task);
    clock.now = 8 * day;
    expect(ids.open(owner, short!)).toBeUndefined();
    expect(ids.open(owner, long!)).toEqual(task);
    clock.now = 31 * day;
    expect(ids.open(owner, long!)).toBeUndefined();
  });

  it('are not made of ids that no header could carry', () => {
    const ids = idsAt({ now: 0 });
    expect(ids.open(owner, ids.seal(owner, { ...task, id: 'é'.repeat(512) }, 0))).toBeDefined();
    expect(() => ids.seal(owner, { ...task, id: 'é'.repeat(513) }, 0)).toThrow(
      expect.objectContaining({ code: 'upstream_protocol' }),
    );
  });
});
