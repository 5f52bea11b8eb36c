import { decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callTool, rpc } from '../support/rpc.js';
import { foreignScope, scope } from './support/realm.js';
import { machineToken, startRig } from './support/rig.js';
import type { Rig } from './support/rig.js';

describe('a machine with client_credentials of Keycloak', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ path: '/strict', oauth: { token_types: ['at+jwt'] } });
  });
  afterAll(() => rig?.close());

  it('calls a tool', async () => {
    const token = await machineToken(rig.keycloak, scope);
    const answer = await callTool(rig.resource, 'everything__echo', { message: 'hi' }, { token });
    expect(answer.message?.result?.['content']).toEqual([{ type: 'text', text: 'Echo: hi' }]);
  });

  it('passes where only at+jwt is accepted, by a setting of its client', async () => {
    const token = await machineToken(rig.keycloak, scope);
    expect(decodeProtectedHeader(token).typ).toBe('at+jwt');
    expect((await rpc(rig.gateway.at('/strict'), 'ping', { token })).status).toBe(200);
  });

  const others: [string, () => Promise<string>, string][] = [
    ['no scope', () => machineToken(rig.keycloak), 'not issued for this resource'],
    [
      'the scope of another resource',
      () => machineToken(rig.keycloak, foreignScope),
      'not issued for this resource',
    ],
    ['another realm', () => rig.admin.token(), 'the issuer of the token is not accepted'],
  ];
  it.each(others)('is refused with a token of %s', async (_what, token, why) => {
    const answer = await rpc(rig.resource, 'tools/list', { token: await token() });
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toContain(why);
    expect(answer.headers['www-authenticate']).toContain(`scope="${scope}"`);
  });
});
