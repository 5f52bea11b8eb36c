import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HandedRequest } from '../../../../lib/handles/handles.js';
import { CallerTickets } from '../../../../lib/handles/sealed/caller-tickets.js';
import { held } from '../../../../lib/held/limits.js';
import type { Identity } from '../../../../lib/identity/identity.js';
import { joinSiblings, siblings } from '../../../../lib/workers/siblings.js';
import { fakeNode } from '../../../support/aggregate/fake-siblings.js';

const secrets = [Buffer.alloc(32, 1)];
const identity: Identity = {
  issuer: 'https://as.test',
  subject: 'alice',
  clientId: 'client',
  scopes: ['read'],
  claims: { sub: 'alice', constructor: 'odd', nested: { list: [1, 'ä', null] } },
  expiresAt: 2_000_000_000,
  token: 'the-token',
};
const facts = () => ({
  passthrough: false,
  authorization: {
    requiredScopes: ['mcp'],
    granted: new Set(['read', 'mcp']),
    metadataUrl: 'https://mcp.test/metadata',
  },
});
const request: HandedRequest = {
  method: 'POST',
  headers: { 'mcp-session-id': 's', 'mcp-name': ['a', 'b'] },
};
let now = 1_800_000_000_000;
const clock = () => now;
const worker = (keys = secrets) => new CallerTickets(keys, clock);
const from = (giver: CallerTickets, who = identity) => giver.mint('config', who, facts, request);

let logged = '';
beforeEach(() => {
  logged = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((line) => {
    logged += String(line);
    return true;
  });
});
afterEach(() => void vi.restoreAllMocks());

describe('a caller handed to another worker', () => {
  const [here, other] = [worker(), worker()];

  it('is there who it is here', () => {
    const caller = other.redeem(from(here))!;
    expect(caller.identity).toEqual(identity);
    expect(caller).toMatchObject(facts());
    const { method, headers } = caller.request!;
    expect({ method, headers: { ...headers } }).toEqual(request);
    // Nothing of what objects inherit is a header.
    expect(headers['constructor']).toBeUndefined();
  });

  it('comes without its request where that is not handed over', () => {
    const text = here.mint('config', identity, facts, undefined);
    expect(text.length).toBeLessThan(from(here).length);
    expect(other.redeem(text)?.request).toBeUndefined();
  });

  it('is one object for one token, whichever worker has verified it, and sealed once', () => {
    const asked = vi.fn(facts);
    const texts = [1, 2].map(() => here.mint('config', { ...identity }, asked, request));
    const mine = { ...identity };
    for (let n = 0; n < 3; n++) texts.push(worker().mint('config', mine, facts, request));
    const callers = texts.map((text) => other.redeem(text)?.identity);
    expect(new Set(callers).size).toBe(1);
    expect(asked).toHaveBeenCalledTimes(2);
    expect(new Set(texts).size).toBe(5);
  });

  it('shows nothing of itself', () => {
    const text = from(here);
    const bytes = text.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'));
    expect(bytes.join()).not.toMatch(/alice|the-token|mcp/);
  });

  it('is good once', () => {
    const text = from(here);
    expect(other.redeem(text)).toBeDefined();
    expect(other.redeem(text)).toBeUndefined();
    expect(other.refused).toBe(1);
  });

  it('is refused altered, late, of other keys, and with another’s identity', () => {
    const text = from(here);
    const [small, blob] = text.split('.') as [string, string];
    const ofBob = from(here, { ...identity, subject: 'bob' }).split('.')[1]!;
    for (const forged of [small, `${small}.${ofBob}`, `${small}.`, `${text}.x`, '~', '~.', '']) {
      expect(other.redeem(forged)).toBeUndefined();
    }
    expect(other.redeem(`${small}.${blob.slice(0, -1)}`)).toBeUndefined();
    expect(logged).toBe('');
    expect(worker([Buffer.alloc(32, 2)]).redeem(text)).toBeUndefined();
    expect(logged).toContain('"fault":"foreign_key"');
    now += held.callerHandles.ms + 1;
    expect(other.redeem(text)).toBeUndefined();
    expect(logged).toContain('"fault":"stale"');
  });
});

describe('whether callers are taken up', () => {
  const before = siblings();
  afterEach(() => joinSiblings(before));

  it('is told to the other workers, for a while', async () => {
    const node = fakeNode(2);
    const as = <T>(slot: number, run: () => T): T => {
      joinSiblings(node.workers[slot]!);
      return run();
    };
    const [giver, taker] = [worker(), worker()];
    expect(as(0, () => giver.usual('config'))).toBe(false);
    as(1, () => taker.redeem(from(giver)));
    await vi.waitFor(() => expect(as(0, () => giver.usual('config'))).toBe(true));
    expect(giver.usual('another')).toBe(false);
    const later = performance.now() + 30_001;
    vi.spyOn(performance, 'now').mockImplementation(() => later);
    expect(giver.usual('config')).toBe(false);
  });
});
