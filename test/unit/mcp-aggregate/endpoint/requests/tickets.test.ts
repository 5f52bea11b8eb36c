import type { IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HandleStore } from '../../../../../lib/handles/handle-store.js';
import { SealedTickets } from '../../../../../lib/handles/sealed/sealed-tickets.js';
import { held } from '../../../../../lib/held/limits.js';
import { anonymousIdentity } from '../../../../../lib/identity/identity.js';
import type { Identity } from '../../../../../lib/identity/identity.js';
import { readMessage } from '../../../../../lib/json/envelope.js';
import { readConfig } from '../../../../../plugins/mcp-aggregate/config/config.js';
import type { AggregateConfig } from '../../../../../plugins/mcp-aggregate/config/config.js';
import { callerContext } from '../../../../../plugins/mcp-aggregate/core/admit/caller.js';
import { AskerBlobs } from '../../../../../plugins/mcp-aggregate/endpoint/requests/asker-blobs.js';
import { placeOf } from '../../../../../plugins/mcp-aggregate/endpoint/requests/destination.js';
import { readAdmitted } from '../../../../../plugins/mcp-aggregate/endpoint/requests/ticket.js';
import { Tickets } from '../../../../../plugins/mcp-aggregate/endpoint/requests/tickets.js';
import type { AdmittedRequest } from '../../../../../plugins/mcp-aggregate/endpoint/requests/tickets.js';
import { kongConfig } from '../../../../support/aggregate/harness.js';

const key = Buffer.alloc(32, 1);
const there = { host: '127.0.0.1', port: 4711, here: false };
const at = placeOf(there);
const config = readConfig(kongConfig([{ name: 'one' }]));
const identity: Identity = {
  issuer: 'https://as.test',
  subject: 'alice',
  clientId: 'client',
  scopes: ['read'],
  claims: { sub: 'alice', roles: ['ops'] },
  expiresAt: 2_000_000_000,
  token: 'the-token',
};

let now = 1_800_000_000_000;

function worker(
  options: { secrets?: Buffer[]; configs?: AggregateConfig[]; ahead?: number } = {},
): Tickets {
  const { secrets = [key], configs = [config], ahead = 0 } = options;
  const clock = () => now + ahead;
  return new Tickets({
    store: new HandleStore({ ...held.tickets, now: clock }),
    sealed: new SealedTickets(secrets, clock),
    askers: new AskerBlobs(secrets),
    configOf: (hash) => configs.find((one) => one.hash === hash),
  });
}

function admitted(more: Partial<AdmittedRequest> = {}, json: unknown = callOf('one__echo')) {
  const bytes = Buffer.from(JSON.stringify(json));
  const request: AdmittedRequest = {
    config,
    caller: callerContext(identity),
    httpMethod: 'POST',
    asked: { method: 'tools/call', name: 'one__echo' },
    subject: { claims: identity.claims, granted: new Set(['read', 'write']) },
    hidden: true,
    client: { modern: false, version: '2025-11-25' },
    session: 'a-session',
    bytes,
    read: readMessage(bytes),
    ...more,
  };
  return request;
}

function callOf(name: string): unknown {
  return { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: { to: 'a' } } };
}

function bring(handle: string | undefined, method = 'POST'): IncomingMessage {
  return { method, headers: handle === undefined ? {} : { 'x-mcp-handle': handle } } as never;
}

let logged = '';
beforeEach(() => {
  logged = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((line) => {
    logged += String(line);
    return true;
  });
});
afterEach(() => void vi.restoreAllMocks());

describe('a ticket to another process', () => {
  const [here, other] = [worker(), worker()];

  it('says there what it said here', () => {
    const request = admitted();
    const ticket = other.redeem(bring(here.mint(request, there)), at);
    const { caller, httpMethod, asked, hidden, client, session } = ticket;
    expect({ httpMethod, asked, hidden, client, session }).toEqual({
      httpMethod: 'POST',
      asked: request.asked,
      hidden: true,
      client: request.client,
      session: 'a-session',
    });
    expect(ticket.config).toBe(config);
    expect(caller.principal).toBe(request.caller.principal);
    expect(caller.authorizationContext).toBe(request.caller.authorizationContext);
    expect(caller.identity).toEqual({ ...identity, token: undefined });
  });

  it.each([[undefined], [[[]]], [[[1], [0, 2]]]])('confines there to the views %j', (sees) => {
    const granted = new Set(['read']);
    const request = admitted({ subject: { claims: identity.claims, granted, sees } });
    const redeem = () => other.redeem(bring(here.mint(request, there)), at);
    expect(redeem().subject.sees).toEqual(sees);
    // Whoever calls is the same, at whatever address: the views of one request are not another's.
    const elsewhere = admitted({ subject: { claims: identity.claims, granted, sees: [[3]] } });
    expect(other.redeem(bring(here.mint(elsewhere, there)), at).subject.sees).toEqual([[3]]);
    expect(redeem().subject.sees).toEqual(sees);
  });

  it('opens for the very bytes that were admitted', () => {
    const request = admitted();
    const redeem = () => other.redeem(bring(here.mint(request, there)), at);
    expect(readAdmitted(redeem(), request.bytes).read).toMatchObject({ kind: 'single' });
    const { bytes } = admitted({}, callOf('one__drop'));
    expect(() => readAdmitted(redeem(), bytes)).toThrow('not the request that was admitted');
    // Counted and logged as something else than it is: no digest helps.
    const misnamed = admitted({ asked: { method: 'tools/call', name: 'one__other' } });
    const ticket = other.redeem(bring(here.mint(misnamed, there)), at);
    expect(() => readAdmitted(ticket, misnamed.bytes)).toThrow('not the request that was admitted');
  });

  it('is of one identity object for one identity, whoever sealed it', () => {
    const redeem = (from: Tickets, who: Identity) => {
      const request = admitted({ caller: callerContext(who) });
      return other.redeem(bring(from.mint(request, there)), at).caller;
    };
    const first = redeem(here, identity);
    expect(redeem(here, identity)).toBe(first);
    expect(redeem(worker(), { ...identity })).toBe(first);
    expect(redeem(here, { ...identity, subject: 'bob' })).not.toBe(first);
  });

  it('of nobody is of nobody there', () => {
    const subject = { claims: {}, granted: new Set<string>() };
    const request = admitted({ caller: callerContext(anonymousIdentity), subject });
    const ticket = other.redeem(bring(here.mint(request, there)), at);
    expect(ticket.caller.identity).toBe(anonymousIdentity);
  });

  it('brings the token where a server’s own is exchanged for it, and scopes where rules ask', () => {
    const client = {
      token_endpoint: 'https://as.test/token',
      client_id: 'gateway',
      client_secret: 'secret',
      client_auth: 'client_secret_basic',
    };
    const [server] = kongConfig([{ name: 'one' }]).servers!;
    const scope_rules = [{ methods: ['tools/call'], names: ['*'], scopes: ['write'] }];
    const exchanging = readConfig(
      kongConfig([], {
        servers: [{ ...server, auth: { token_exchange: client } }],
        scope_rules,
      }),
    );
    const by = worker({ configs: [config, exchanging] });
    const redeem = (from: AggregateConfig) =>
      by.redeem(bring(here.mint(admitted({ config: from }), there)), at);
    const ticket = redeem(exchanging);
    expect(ticket.caller.identity.token).toBe('the-token');
    expect([...ticket.subject.granted]).toEqual(['read', 'write']);
    expect(ticket.subject.claims).toEqual(identity.claims);
    // The other way for the same identity is not confused with it.
    expect(redeem(config).caller.identity.token).toBeUndefined();
    expect(redeem(exchanging).caller).toBe(ticket.caller);
  });

  it('is not made for an identity that would not fit', () => {
    const claims = { groups: Array.from({ length: 3_000 }, (_, at) => `group-${at}`) };
    const request = admitted({ caller: callerContext({ ...identity, claims }) });
    expect(() => here.mint(request, there)).toThrow(
      expect.objectContaining({ code: 'identity_too_large' }),
    );
    expect(here.mint(request, { ...there, here: true })).toBeTypeOf('string');
  });

  it('works once', () => {
    const handle = here.mint(admitted(), there);
    other.redeem(bring(handle), at);
    expect(() => other.redeem(bring(handle), at)).toThrow('through Kong only');
  });

  it('is refused at another address, altered, with another identity, and under other keys', () => {
    const handle = here.mint(admitted(), there);
    const [small, blob] = handle.split('.') as [string, string];
    const bob = admitted({ caller: callerContext({ ...identity, subject: 'bob' }) });
    const blobOfBob = here.mint(bob, there).split('.')[1];
    const refuses = (text: string, place = at, by = other) =>
      expect(() => by.redeem(bring(text), place)).toThrow('through Kong only');
    refuses(handle, placeOf({ ...there, port: 4712 }));
    refuses(`${small}.${blobOfBob}`);
    refuses(small);
    refuses(`${handle}A`);
    refuses(`${small.slice(0, -2)}AA.${blob}`);
    refuses(handle, at, worker({ secrets: [Buffer.alloc(32, 2)] }));
    expect(other.redeem(bring(handle), at).session).toBe('a-session');
  });

  it('is refused for another HTTP method', () => {
    const handle = here.mint(admitted(), there);
    expect(() => other.redeem(bring(handle, 'DELETE'), at)).toThrow('not the request');
  });

  it('is 503 where its configuration is not known', () => {
    const handle = here.mint(admitted(), there);
    const stranger = worker({ configs: [] });
    expect(() => stranger.redeem(bring(handle), at)).toThrow(
      expect.objectContaining({ code: 'configuration_unknown', status: 503 }),
    );
  });

  it('is refused when it is too old, and where the clocks differ it is said', () => {
    const handle = here.mint(admitted(), there);
    now += held.tickets.ms + 1;
    expect(() => other.redeem(bring(handle), at)).toThrow('through Kong only');
    const ahead = worker({ ahead: 300_000 });
    const early = ahead.mint(admitted(), there);
    expect(() => other.redeem(bring(early), at)).toThrow(
      expect.objectContaining({ code: 'clock_skew', status: 503 }),
    );
    expect(logged).toMatch(/"ticket_refused","fault":"stale","age_seconds":30,/);
    expect(logged).toMatch(/"fault":"future","age_seconds":-300,"hint":".*clock.*ahead/);
  });

  it('opens while keys are rotated', () => {
    const [old, young] = [Buffer.alloc(32, 3), Buffer.alloc(32, 4)];
    const both = worker({ secrets: [young, old] });
    const handle = worker({ secrets: [old] }).mint(admitted(), there);
    expect(both.redeem(bring(handle), at).session).toBe('a-session');
  });
});
