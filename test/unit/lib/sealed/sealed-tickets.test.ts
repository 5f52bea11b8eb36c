import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clocksApartMs } from '../../../../lib/handles/clocks-apart.js';
import { SealedTickets } from '../../../../lib/handles/sealed/sealed-tickets.js';
import { SealedBlobs } from '../../../../lib/handles/sealed/sealed-blobs.js';
import { TicketSealer } from '../../../../lib/handles/sealed/ticket-sealer.js';
import { UsedTickets } from '../../../../lib/handles/sealed/used-tickets.js';
import { held } from '../../../../lib/held/limits.js';

const secrets = [Buffer.alloc(32, 1)];
const start = 1_800_000_000_000;
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

describe('a sealed ticket', () => {
  const sealer = new TicketSealer(secrets);
  const other = new TicketSealer(secrets);
  const text = sealer.seal('aggregator', 'here', 'the payload', 'beside', start);

  it('opens with what was sealed', () => {
    const anything = fc.string({ unit: 'grapheme', maxLength: 500 });
    fc.assert(
      fc.property(anything, anything, fc.nat(0xff_ffff_ffff), (payload, binding, now) => {
        const sealed = sealer.seal('internal', binding, payload, '', now);
        expect(sealed).toMatch(/^~[A-Za-z0-9_-]+$/);
        const opened = other.open('internal', binding, sealed);
        expect(opened).toMatchObject({ payload, beside: '', sealedAt: now });
      }),
    );
  });

  it('opens for no other direction and nowhere else', () => {
    expect(other.open('aggregator', 'here', text)).toMatchObject({ payload: 'the payload' });
    for (const direction of ['oauth', 'internal'] as const)
      expect(other.open(direction, 'here', text)).toBe('forged');
    for (const binding of ['', 'her', 'heree', 'hereb'])
      expect(other.open('aggregator', binding, text)).toBe('forged');
    const moved = text.replace('.beside', '.eside');
    expect(other.open('aggregator', 'hereb', moved)).toBe('forged');
  });

  it('has one spelling', () => {
    // Payloads of all lengths, so that the last character has spare bits in some.
    for (const payload of ['a', 'aa', 'aaa']) {
      const sealed = sealer.seal('oauth', '', payload, '', start);
      for (const last of alphabet) {
        const spelled = sealed.slice(0, -1) + last;
        if (spelled !== sealed) expect(other.open('oauth', '', spelled)).toBe('forged');
      }
    }
    for (const spelled of [`${text}=`, `${text}.`, ` ${text}`, text.replace('~', '~~'), '~', '']) {
      expect(other.open('aggregator', 'here', spelled)).toBe('forged');
    }
  });

  it('does not open with any bit changed', () => {
    const sealed = sealer.seal('oauth', '', 'x', '', start).slice(1);
    const bytes = Buffer.from(sealed, 'base64url');
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      const opened = other.open('oauth', '', `~${changed.toString('base64url')}`);
      expect(['forged', 'foreign_key']).toContain(opened);
    }
    for (let length = 0; length < bytes.length; length++) {
      const cut = `~${bytes.toString('base64url', 0, length)}`;
      expect(other.open('oauth', '', cut)).toBe('forged');
    }
  });

  it('never has a nonce twice under one key', () => {
    const seen = new Set<string>();
    for (const each of [sealer, other, new TicketSealer(secrets)]) {
      for (let n = 0; n < 100; n++) {
        const sealed = each.seal('oauth', '', '', '', start);
        seen.add(Buffer.from(sealed.slice(1), 'base64url').toString('hex', 5, 21));
      }
    }
    expect(seen.size).toBe(300);
  });

  it('needs keys of 32 bytes', () => {
    expect(() => new TicketSealer([])).toThrow(RangeError);
    expect(() => new TicketSealer([Buffer.alloc(31)])).toThrow(RangeError);
    expect(() => new SealedBlobs('x', [])).toThrow(RangeError);
  });
});

describe('tickets between processes', () => {
  let now = start;
  const worker = (ahead = 0, keys = secrets) => new SealedTickets(keys, () => now + ahead);
  const fault = (by: SealedTickets, text: string) => {
    const redeemed = by.redeem('aggregator', '', text);
    return redeemed.kind === 'refused' ? redeemed.fault : undefined;
  };

  it('live for seconds, and clocks may differ by some', () => {
    const mint = (ahead: number) => worker(ahead).mint('aggregator', '', 'x');
    const { ms } = held.tickets;
    expect(fault(worker(), mint(clocksApartMs))).toBeUndefined();
    expect(fault(worker(), mint(clocksApartMs + 1))).toBe('future');
    expect(fault(worker(), mint(-ms))).toBeUndefined();
    expect(fault(worker(), mint(-ms - 1))).toBe('stale');
    expect(fault(worker(300_000), mint(0))).toBe('stale');
    expect(fault(worker(-300_000), mint(0))).toBe('future');
  });

  it('are used once, also by whoever opens them later in their time', () => {
    const [from, to] = [worker(), worker()];
    const text = from.mint('aggregator', '', 'x');
    expect(fault(to, text)).toBeUndefined();
    now += held.tickets.ms - 1;
    expect(fault(to, text)).toBe('used');
    expect(to.refused).toEqual({ oauth: 0, aggregator: 1, internal: 0 });
  });

  it('are not used up by who may not open them', () => {
    const [from, to] = [worker(), worker()];
    const text = from.mint('aggregator', 'a', 'x');
    expect(to.redeem('aggregator', 'b', text).kind).toBe('refused');
    expect(to.redeem('internal', 'a', text).kind).toBe('refused');
    expect(to.redeem('aggregator', 'a', text)).toMatchObject({ payload: 'x' });
  });

  it('open with any of several keys, and are sealed with the first', () => {
    const [old, young] = [Buffer.alloc(32, 2), Buffer.alloc(32, 3)];
    const rotated = worker(0, [young, old]);
    expect(fault(rotated, worker(0, [old]).mint('aggregator', '', ''))).toBeUndefined();
    expect(fault(worker(0, [young]), rotated.mint('aggregator', '', ''))).toBeUndefined();
    expect(fault(worker(0, [old]), rotated.mint('aggregator', '', ''))).toBe('foreign_key');
  });
});

describe('which tickets were used', () => {
  it('is remembered as long as they live, in any order', () => {
    let now = 0;
    const used = new UsedTickets(1_000_000, 100, () => now);
    const counts = fc.sample(
      fc.uniqueArray(fc.nat(0xffff_ffff), { minLength: 50, maxLength: 60 }),
      1,
    )[0]!;
    for (const count of counts) {
      now += 1;
      expect(used.take('a', count)).toBe('new');
      expect(used.take('b', count)).toBe('new');
    }
    used.turn();
    for (const count of counts) expect(used.take('a', count)).toBe('used');
    for (const count of [15, 16, 17, 31, 32]) expect(used.take('c', count)).toBe('new');
    for (const count of [15, 16, 17, 31, 32]) expect(used.take('c', count)).toBe('used');
  });

  it('takes no room for ever', () => {
    let now = 0;
    const used = new UsedTickets(1_000_000, 100, () => now);
    for (let at = 0; at < 10_000; at++) {
      now += 1;
      expect(used.take('a', 16 * at)).toBe('new');
      expect(used.bytes).toBeLessThan(201 * 48 + 1_025);
    }
  });

  it('refuses what is new where there is no room, and never forgets for it', () => {
    const used = new UsedTickets(10_000, 100, () => 0);
    const taken = Array.from({ length: 300 }, (_, at) => used.take('a', 16 * at));
    const full = taken.indexOf('full');
    expect(full).toBeGreaterThan(100);
    expect(taken.slice(full)).toEqual(taken.slice(full).fill('full'));
    expect(used.take('b', 1)).toBe('full');
    for (let at = 0; at < full; at++) expect(used.take('a', 16 * at)).toBe('used');
    // Beside one that is there already it costs nothing.
    expect(used.take('a', 1)).toBe('new');
    expect(used.bytes).toBeLessThanOrEqual(10_000);
  });
});

describe('a sealed blob', () => {
  const blobs = new SealedBlobs('one', secrets);

  it('is the same for the same text, in every process', () => {
    const blob = blobs.seal('who calls: ä');
    expect(new SealedBlobs('one', secrets).seal('who calls: ä')).toBe(blob);
    expect(blobs.seal('who calls: ö')).not.toBe(blob);
    expect(blobs.open(blob)).toBe('who calls: ä');
  });

  it('does not open altered, of another kind, or under another key', () => {
    const blob = blobs.seal('x');
    const bytes = Buffer.from(blob, 'base64url');
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(blobs.open(changed.toString('base64url'))).toBeUndefined();
    }
    for (const forged of ['', 'A', '.', `${blob}=`, blob.slice(0, -1), 'é'])
      expect(blobs.open(forged)).toBeUndefined();
    expect(new SealedBlobs('two', secrets).open(blob)).toBeUndefined();
    expect(new SealedBlobs('one', [Buffer.alloc(32, 2)]).open(blob)).toBeUndefined();
    expect(new SealedBlobs('one', [Buffer.alloc(32, 2), ...secrets]).open(blob)).toBe('x');
  });

  it('has one spelling', () => {
    for (const text of ['a', 'aa', 'aaa']) {
      const blob = blobs.seal(text);
      for (const last of alphabet) {
        const spelled = blob.slice(0, -1) + last;
        if (spelled !== blob) expect(blobs.open(spelled)).toBeUndefined();
      }
    }
  });
});
