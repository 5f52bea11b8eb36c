import { afterEach, describe, expect, it } from 'vitest';
import type { Identity } from '../../../../lib/identity/identity.js';
import { userKey } from '../../../../lib/identity/identity.js';
import { Revocations, tokenDigest } from '../../../../lib/shared-state/revocations.js';
import { sharedStates } from '../../../../lib/shared-state/shared-states.js';
import { readConfig } from '../../../../plugins/mcp-aggregate/config/config.js';
import { callerContext } from '../../../../plugins/mcp-aggregate/core/admit/caller.js';
import { AskerBlobs } from '../../../../plugins/mcp-aggregate/endpoint/requests/asker-blobs.js';
import { endInTime } from '../../../../plugins/mcp-aggregate/endpoint/streams/end-in-time.js';
import { kongConfig } from '../../../support/aggregate/harness.js';

const redis = {
  host: 'redis.test',
  port: 6379,
  database: 0,
  ssl: false,
  ssl_verify: true,
  timeout: 250,
  prefix: 'kong-mcp',
};
const config = readConfig(kongConfig([{ name: 'one' }], { redis }));
const token = 'the-token';
const identity: Identity = {
  issuer: 'https://as.test',
  subject: 'alice',
  clientId: 'client',
  scopes: [],
  claims: { sub: 'alice', iat: 1_000 },
  token,
};
const askers = new AskerBlobs([Buffer.alloc(32, 1)]);
let leave = () => {};

afterEach(() => leave());

/** The caller as another process knows it. */
function elsewhere() {
  const subject = { claims: identity.claims, granted: new Set<string>() };
  return askers.open(askers.seal({ caller: callerContext(identity), subject }, config))!.caller;
}

/** A stream of a caller: whether it has ended. */
function stream(caller = callerContext(identity), revocations = new Revocations(Date.now)) {
  const open = { ended: false };
  const runtime = { watch: () => () => {}, shared: { revocations } };
  const writer = { onClose: (close: () => void) => (leave = close) };
  endInTime({ ticket: { config, caller }, runtime } as never, writer as never, () => {
    open.ended = true;
  });
  return open;
}

describe.each([
  ['in the process that let it in', () => callerContext(identity)],
  ['in another process', elsewhere],
])('a stream %s', (_where, callerOf) => {
  it('ends when its token is revoked', () => {
    const open = stream(callerOf());
    sharedStates.revoked.tell({ kind: 'token', digest: tokenDigest('another') });
    expect(open.ended).toBe(false);
    sharedStates.revoked.tell({ kind: 'token', digest: tokenDigest(token) });
    expect(open.ended).toBe(true);
  });

  it('ends when its user is revoked', () => {
    const open = stream(callerOf());
    sharedStates.revoked.tell({ kind: 'user', user: userKey(identity), before: 2_000 });
    expect(open.ended).toBe(true);
  });

  it.each([
    ['token', { kind: 'token', digest: tokenDigest(token) }],
    ['user', { kind: 'user', user: userKey(identity), before: 2_000 }],
  ] as const)('ends where its %s was revoked while it was let in', async (_what, revoked) => {
    const revocations = new Revocations(Date.now);
    revocations.add(revoked, Date.now() + 60_000);
    const open = stream(callerOf(), revocations);
    await expect.poll(() => open.ended).toBe(true);
  });
});

it('a stream goes on that was opened with what its user was given later', async () => {
  const revocations = new Revocations(Date.now);
  revocations.add({ kind: 'user', user: userKey(identity), before: 1_000 }, Date.now() + 60_000);
  const open = stream(callerContext(identity), revocations);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(open.ended).toBe(false);
});

it('the token itself goes to no other process', () => {
  expect(elsewhere().identity).not.toHaveProperty('token');
  expect(JSON.stringify(elsewhere())).not.toContain(token);
});
