import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Sealer } from '../../../../lib/handles/seal.js';
import type { SealContext } from '../../../../lib/handles/seal.js';

const secret = Buffer.alloc(32, 1);
const context: SealContext = { type: 'session', endpoint: '/mcp', principal: 'alice' };
const payload = Buffer.from('the payload');
const start = 1_700_000_000_000;
const end = start + 60_000;

function sealerAt(now: number, secrets: readonly Buffer[] = [secret]): Sealer {
  return new Sealer(secrets, () => now);
}

const sealed = sealerAt(start).seal(context, payload, end);

function changed(text: string, at: number, mask: number): string {
  const bytes = Buffer.from(text, 'base64url');
  bytes[at]! ^= mask;
  return bytes.toString('base64url');
}

describe('Sealer', () => {
  it('opens what it sealed: payload and expiry', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 2000 }),
        fc.integer({ min: 1, max: 1e9 }),
        (bytes, ms) => {
          const text = sealerAt(start).seal(context, Buffer.from(bytes), start + ms);
          expect(text).toMatch(/^[A-Za-z0-9_-]+$/);
          const opened = sealerAt(start).open(context, text);
          expect(opened?.payload).toEqual(Buffer.from(bytes));
          expect(opened?.expiresAt).toBe(start + ms);
        },
      ),
    );
  });

  it('keeps few keys, and opens what was sealed with those it has forgotten', () => {
    const sealer = new Sealer([secret], () => start, 2);
    const contexts = ['a', 'b', 'c'].map((principal) => ({ ...context, principal }));
    const texts = contexts.map((each) => sealer.seal(each, payload, end));
    for (const [at, each] of contexts.entries()) {
      expect(sealer.open(each, texts[at]!)?.payload).toEqual(payload);
      expect(sealer.open(each, texts[(at + 1) % 3]!)).toBeUndefined();
    }
  });

  it('never seals to the same text twice, and shows nothing of the payload', () => {
    const texts = Array.from({ length: 50 }, () => sealerAt(start).seal(context, payload, end));
    expect(new Set(texts).size).toBe(50);
    for (const text of texts) {
      expect(Buffer.from(text, 'base64url').includes('payload')).toBe(false);
    }
  });

  it.each<[string, Partial<SealContext>]>([
    ['another type', { type: 'cursor' }],
    ['another endpoint', { endpoint: '/mcp2' }],
    ['no endpoint', { endpoint: '' }],
    ['another principal', { principal: 'bob' }],
    ['no principal', { principal: '' }],
    ['parts moved over their border', { endpoint: '/mcp","alice', principal: '' }],
  ])('does not open it for %s', (_what, other) => {
    expect(sealerAt(start).open({ ...context, ...other }, sealed)).toBeUndefined();
  });

  it('does not open it with any bit flipped', () => {
    const length = Buffer.from(sealed, 'base64url').length;
    for (let at = 0; at < length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        expect(sealerAt(start).open(context, changed(sealed, at, 1 << bit))).toBeUndefined();
      }
    }
  });

  it('does not open it cut short or run on', () => {
    const bytes = Buffer.from(sealed, 'base64url');
    for (let length = 0; length < bytes.length; length++) {
      const cut = bytes.subarray(0, length).toString('base64url');
      expect(sealerAt(start).open(context, cut)).toBeUndefined();
    }
    const longer = Buffer.concat([bytes, Buffer.of(0)]).toString('base64url');
    expect(sealerAt(start).open(context, longer)).toBeUndefined();
  });

  it('opens it until its expiry and not from then on', () => {
    expect(sealerAt(end - 1).open(context, sealed)).toBeDefined();
    expect(sealerAt(end).open(context, sealed)).toBeUndefined();
    expect(sealerAt(end + 1e12).open(context, sealed)).toBeUndefined();
  });

  it('opens with every key and seals with the first, so that keys can be rotated', () => {
    const next = randomBytes(32);
    const rotating = sealerAt(start, [next, secret]);
    expect(rotating.open(context, sealed)?.payload).toEqual(payload);
    const fresh = rotating.seal(context, payload, end);
    expect(sealerAt(start, [next]).open(context, fresh)?.payload).toEqual(payload);
    expect(sealerAt(start).open(context, fresh)).toBeUndefined();
    expect(sealerAt(start, [next]).open(context, sealed)).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['text', 'hello'],
    ['base64 with padding', `${sealed}=`],
    ['another spelling of the same bytes', ` ${sealed}`],
    ['a line feed at the end', `${sealed}\n`],
    ['8 kB and more', 'A'.repeat(8193)],
    ['8 kB of anything', 'A'.repeat(8192)],
  ])('answers undefined to %s', (_what, text) => {
    expect(sealerAt(start).open(context, text)).toBeUndefined();
  });

  it('answers undefined to any text', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.base64String(), fc.stringMatching(/^[\w-]{0,90}$/)),
        (text) => {
          expect(sealerAt(start).open(context, text)).toBeUndefined();
        },
      ),
    );
  });

  it('needs a key, of 32 bytes or more', () => {
    expect(() => new Sealer([])).toThrow(RangeError);
    expect(() => new Sealer([Buffer.alloc(31)])).toThrow(RangeError);
    expect(() => new Sealer([secret, Buffer.alloc(31)])).toThrow(RangeError);
    expect(() => new Sealer([Buffer.alloc(64)])).not.toThrow();
  });
});

describe('the text of a sealed value', () => {
  it('has one spelling: spare bits of the last character are not ignored', () => {
    const sealer = new Sealer([Buffer.alloc(32, 1)], () => 0);
    const context = { type: 'cursor', endpoint: 'e', principal: 'p' } as const;
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    for (const length of [1, 2, 3]) {
      const text = sealer.seal(context, Buffer.alloc(length), 1000);
      const others = [...alphabet].map((last) => text.slice(0, -1) + last);
      expect(others.filter((other) => sealer.open(context, other) !== undefined)).toEqual([text]);
    }
  });
});
