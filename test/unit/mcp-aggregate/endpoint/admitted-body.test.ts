import { describe, expect, it } from 'vitest';
import { readMessage } from '../../../../lib/json/envelope.js';
import { AdmittedBodies } from '../../../../plugins/mcp-aggregate/endpoint/admitted-body.js';

const ping = (id: number, more = '') =>
  Buffer.from(`{"jsonrpc":"2.0","id":${id},"method":"ping"${more}}`);

function admit(bodies: AdmittedBodies, bytes: Buffer) {
  const read = readMessage(bytes);
  return { read, body: bodies.admit(bytes, read) };
}

describe('an admitted body', () => {
  it('is read once where it is small', () => {
    const { read, body } = admit(new AdmittedBodies(), ping(1));
    expect(body.redeem(ping(1))).toBe(read);
  });

  it('is compared by its digest where it is not', () => {
    const large = ping(1, ' '.repeat(20_000));
    expect(admit(new AdmittedBodies(), large).body.redeem(large)).toBe(true);
  });

  it.each([
    ['small', ping(1), ping(2)],
    ['small, with something behind it', ping(1), Buffer.from(`${ping(1).toString()} `)],
    ['large', ping(1, ' '.repeat(20_000)), ping(2, ' '.repeat(20_000))],
  ])('is not another one: %s', (_what, admitted, other) => {
    expect(admit(new AdmittedBodies(), admitted).body.redeem(other)).toBe(false);
  });

  it('is what it was when it was admitted, whatever becomes of those bytes', () => {
    const bytes = ping(1);
    const { body } = admit(new AdmittedBodies(), bytes);
    bytes.fill(0);
    expect(body.redeem(bytes)).toBe(false);
    expect(admit(new AdmittedBodies(), ping(1)).body.redeem(ping(1))).not.toBe(false);
  });

  it('opens once for its bytes', () => {
    const { body } = admit(new AdmittedBodies(), ping(1));
    body.redeem(ping(2));
    expect(body.redeem(ping(1))).toBe(false);
  });

  it.each([
    ['bodies', { bytes: 1_000_000, count: 10 }],
    ['bytes', { bytes: 10 * (ping(10).length + 1_024), count: 1_000 }],
  ])('of too many %s is kept as a digest, and still the only one let in', (_of, capacity) => {
    const bodies = new AdmittedBodies(capacity);
    const all = Array.from({ length: 30 }, (_, n) => ({
      bytes: ping(n + 10),
      ...admit(bodies, ping(n + 10)),
    }));
    const kept = all.filter(({ body, bytes, read }, n) => {
      if (n === 0) expect(body.redeem(ping(99))).toBe(false);
      const redeemed = body.redeem(bytes);
      expect([true, read]).toContain(redeemed);
      return redeemed === read;
    });
    expect(kept).toHaveLength(20);
  });
});
