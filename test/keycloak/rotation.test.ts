import { decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/readiness.js';
import { rpc } from '../support/rpc.js';
import { scope } from './support/realm.js';
import { machineToken, startRig } from './support/rig.js';
import type { Rig } from './support/rig.js';

describe('when Keycloak rotates its keys', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ path: '/brief', oauth: { jwks_cache_ttl: 2 } });
  });
  afterAll(() => rig?.close());

  const status = async (url: string, token: string): Promise<number> =>
    (await rpc(url, 'ping', { token })).status;

  it('takes tokens of the new key and of the old, until the old key is withdrawn', async () => {
    const brief = rig.gateway.at('/brief');
    const old = await machineToken(rig.keycloak, scope);
    expect(await status(rig.resource, old)).toBe(200);
    expect(await status(brief, old)).toBe(200);

    await rig.admin.addKey('rotated', 500);
    const fresh = await machineToken(rig.keycloak, scope);
    expect(decodeProtectedHeader(fresh).kid).not.toBe(decodeProtectedHeader(old).kid);
    // Keys were fetched a moment ago, and a strange `kid` may not make them be fetched each time.
    await until(async () => (await status(rig.resource, fresh)) === 200, {
      what: 'the new key is not taken',
    });
    expect(await status(rig.resource, old)).toBe(200);

    await rig.admin.removeKeysBut('rotated');
    await until(async () => (await status(brief, old)) === 401, {
      what: 'the withdrawn key is still trusted',
    });
    expect(await status(brief, fresh)).toBe(200);
  });
});
