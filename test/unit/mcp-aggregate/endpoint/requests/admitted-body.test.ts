import { describe, expect, it } from 'vitest';
import { readMessage } from '../../../../../lib/json/envelope.js';
import { AdmittedBody } from '../../../../../plugins/mcp-aggregate/endpoint/requests/admitted-body.js';

const ping = (id: number, more = '') =>
  Buffer.from(`{"jsonrpc":"2.0","id":${id},"method":"ping"${more}}`);

function admit(bytes: Buffer, room?: boolean) {
  const read = readMessage(bytes);
  return { read, body: new AdmittedBody(bytes, read, room) };
}

describe('an admitted body', () => {
  it.each([
    ['small', ping(1), ping(1).length],
    ['large, of which a digest is kept', ping(1, ' '.repeat(20_000)), 0],
  ])('is read once: %s', (_size, bytes, kept) => {
    const { read, body } = admit(bytes);
    expect(body.redeem(Buffer.from(bytes))).toBe(read);
    expect(body.cost).toBe(kept + 1_024);
  });

  it.each([
    ['small', ping(1), ping(2)],
    ['small, with something behind it', ping(1), Buffer.from(`${ping(1).toString()} `)],
    ['large', ping(1, ' '.repeat(20_000)), ping(2, ' '.repeat(20_000))],
  ])('is not another one: %s', (_what, admitted, other) => {
    expect(admit(admitted).body.redeem(other)).toBe(false);
  });

  it('is what it was when it was admitted, whatever becomes of those bytes', () => {
    const bytes = ping(1);
    const { body } = admit(bytes);
    bytes.fill(0);
    expect(body.redeem(bytes)).toBe(false);
    expect(admit(ping(1)).body.redeem(ping(1))).not.toBe(false);
  });

  it('opens once for its bytes', () => {
    const { body } = admit(ping(1));
    body.redeem(ping(2));
    expect(body.redeem(ping(1))).toBe(false);
  });

  it('is a digest where there is no room for more, and still the only one let in', () => {
    expect(admit(ping(1), false).body.redeem(ping(1))).toBe(true);
    expect(admit(ping(1), false).body.redeem(ping(2))).toBe(false);
    expect(admit(ping(1), false).body.cost).toBe(0);
  });

  it('costs its bytes and what was read in it: many members more than few', () => {
    expect(admit(ping(1)).body.cost).toBe(ping(1).length + 1_024);
    const many = JSON.stringify(Object.fromEntries(Array.from({ length: 100 }, (_, n) => [n, 1])));
    const bytes = ping(1, `,"params":${many}`);
    expect(admit(bytes).body.cost).toBe(bytes.length + 1_024 + 100 * 256);
  });
});
