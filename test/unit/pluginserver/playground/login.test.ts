import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { pageModule } from '../../../support/browser/page-module.js';

interface Storage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}
type Fetcher = (url: string, init?: RequestInit) => Promise<Response>;
interface Login {
  readonly beginLogin: (parts: {
    fetcher: Fetcher;
    storage: Storage;
    settings: object;
    endpoint: string;
    challenge?: object;
    page: string;
    keep?: object;
  }) => Promise<string>;
  readonly endLogin: (parts: {
    fetcher: Fetcher;
    storage: Storage;
    answer: URLSearchParams;
    now?: number;
  }) => Promise<{ accessToken: string; resource: string }>;
  readonly returned: (address: { search: string; hash: string }) => URLSearchParams | undefined;
}

const { beginLogin, endLogin, returned } = await pageModule<Login>('playground/login.mjs');

const endpoint = 'https://gw.example/mcp';
const issuer = 'https://login.example/realm';
const page = 'https://ops.example/console/playground';
const metadata = {
  issuer,
  authorization_endpoint: `${issuer}/authorize?x=1`,
  token_endpoint: `${issuer}/token`,
  registration_endpoint: `${issuer}/register`,
  code_challenge_methods_supported: ['S256'],
  response_modes_supported: ['query', 'fragment'],
  authorization_response_iss_parameter_supported: true,
};

describe('the login', () => {
  let documents: Record<string, unknown>;
  let sent: { url: string; body: string }[];
  let storage: Storage & { kept: Map<string, string> };

  beforeEach(() => {
    sent = [];
    const kept = new Map<string, string>();
    storage = {
      kept,
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
      removeItem: (key) => void kept.delete(key),
    };
    documents = {
      'https://gw.example/.well-known/oauth-protected-resource/mcp': {
        resource: endpoint,
        authorization_servers: ['https://elsewhere.example', issuer],
        scopes_supported: ['mcp:tools'],
      },
      'https://login.example/.well-known/oauth-authorization-server/realm': metadata,
      [`${issuer}/register`]: { client_id: 'registered' },
      [`${issuer}/token`]: { access_token: 'at', token_type: 'bearer', expires_in: 60 },
    };
  });

  const fetcher: Fetcher = async (url, init) => {
    const body = init?.body instanceof URLSearchParams ? init.body.toString() : init?.body;
    sent.push({ url, body: typeof body === 'string' ? body : '' });
    expect(init).toMatchObject({ credentials: 'omit', redirect: 'error', cache: 'no-store' });
    const found = documents[url];
    return new Response(JSON.stringify(found ?? {}), { status: found === undefined ? 404 : 200 });
  };
  const settings = { endpoints: [endpoint], logins: [{ issuer, also: [] as string[] }] };
  const begin = async (more: object = {}) =>
    new URL(await beginLogin({ fetcher, storage, settings, endpoint, page, ...more }));
  const end = (fields: Record<string, string>, now?: number) => {
    const answer = new URLSearchParams(fields);
    return endLogin({ fetcher, storage, answer, ...(now === undefined ? {} : { now }) });
  };

  it('asks for the endpoint with PKCE, a state, and the scopes it was told', async () => {
    const address = await begin({ challenge: { scope: 'mcp:more' } });
    expect(address.href.startsWith(`${issuer}/authorize?x=1&`)).toBe(true);
    const fields = Object.fromEntries(address.searchParams);
    expect(fields).toMatchObject({
      response_type: 'code',
      client_id: 'registered',
      redirect_uri: page,
      code_challenge_method: 'S256',
      resource: endpoint,
      scope: 'mcp:more',
      response_mode: 'fragment',
    });
    expect(fields['state']).toMatch(/^[\w-]{43}$/);
    const pending = [...storage.kept.values()][0] ?? '';
    const { verifier } = JSON.parse(pending) as { verifier: string };
    const digest = createHash('sha256').update(verifier).digest('base64url');
    expect(fields['code_challenge']).toBe(digest);
    expect((await begin()).searchParams.get('scope')).toBe('mcp:tools');
    expect((await begin()).searchParams.get('state')).not.toBe(fields['state']);
  });

  it('uses the client of the configuration, and registers none then', async () => {
    const own = { ...settings, logins: [{ issuer, also: [], clientId: 'mine' }] };
    expect((await begin({ settings: own })).searchParams.get('client_id')).toBe('mine');
    expect(sent.map(({ url }) => url)).not.toContain(`${issuer}/register`);
  });

  it('makes a token of the code, once', async () => {
    const state = (await begin()).searchParams.get('state')!;
    const { accessToken, resource } = await end({ state, code: 'c', iss: issuer });
    expect([accessToken, resource]).toEqual(['at', endpoint]);
    expect(Object.fromEntries(new URLSearchParams(sent.at(-1)?.body))).toMatchObject({
      grant_type: 'authorization_code',
      code: 'c',
      redirect_uri: page,
      client_id: 'registered',
      resource: endpoint,
    });
    expect(storage.kept.size).toBe(0);
    await expect(end({ state, code: 'c', iss: issuer })).rejects.toMatchObject({
      code: 'login_unknown',
    });
  });

  it.each([
    [{ state: 'other', code: 'c', iss: issuer }, 'login_unknown'],
    [{ code: 'c', iss: 'https://attacker.example' }, 'issuer_mixed_up'],
    [{ code: 'c' }, 'issuer_mixed_up'],
    [{ error: 'access_denied', iss: issuer }, 'login_refused'],
  ])('takes no answer like %j', async (fields, code) => {
    const state = (await begin()).searchParams.get('state')!;
    const before = sent.length;
    await expect(end({ state, ...fields })).rejects.toMatchObject({
      code,
    });
    expect(sent.length).toBe(before);
    expect(storage.kept.size).toBe(0);
  });

  it('takes no answer that comes too late, and no token of another kind', async () => {
    const late = (await begin()).searchParams.get('state')!;
    const fields = { code: 'c', iss: issuer };
    await expect(end({ ...fields, state: late }, Date.now() + 11 * 60_000)).rejects.toMatchObject({
      code: 'login_unknown',
    });
    documents[`${issuer}/token`] = { access_token: 'at', token_type: 'DPoP' };
    const state = (await begin()).searchParams.get('state')!;
    await expect(end({ ...fields, state })).rejects.toMatchObject({ code: 'no_token' });
  });

  it.each<[string, string, object]>([
    [
      'resource_differs',
      'https://gw.example/.well-known/oauth-protected-resource/mcp',
      { resource: 'https://gw.example/other' },
    ],
    [
      'issuer_not_allowed',
      'https://gw.example/.well-known/oauth-protected-resource/mcp',
      { authorization_servers: ['https://attacker.example'] },
    ],
    [
      'issuer_differs',
      'https://login.example/.well-known/oauth-authorization-server/realm',
      { issuer: `${issuer}/` },
    ],
    [
      'no_pkce',
      'https://login.example/.well-known/oauth-authorization-server/realm',
      { code_challenge_methods_supported: ['plain'] },
    ],
    [
      'elsewhere',
      'https://login.example/.well-known/oauth-authorization-server/realm',
      { token_endpoint: 'https://attacker.example/token' },
    ],
    [
      'elsewhere',
      'https://login.example/.well-known/oauth-authorization-server/realm',
      { authorization_endpoint: 'javascript:alert(1)' },
    ],
    [
      'no_registration',
      'https://login.example/.well-known/oauth-authorization-server/realm',
      { registration_endpoint: undefined },
    ],
  ])('ends with %s where it must', async (code, url, change) => {
    documents[url] = { ...(documents[url] as object), ...change };
    await expect(begin()).rejects.toMatchObject({ code });
    expect(storage.kept.size).toBe(0);
    const known = ['https://gw.example', 'https://login.example'];
    expect(sent.filter((one) => !known.includes(new URL(one.url).origin))).toEqual([]);
  });

  it('asks no other host for metadata, whatever the challenge says', async () => {
    await begin({ challenge: { metadata: 'https://attacker.example/prm' } });
    expect(sent[0]?.url).toBe('https://gw.example/.well-known/oauth-protected-resource/mcp');
    await begin({
      challenge: { metadata: 'https://gw.example/.well-known/oauth-protected-resource/mcp' },
    });
  });
});

it('an answer is seen in the query or the fragment of the page, and nothing else is taken for one', () => {
  expect(returned({ search: '?code=c&state=s', hash: '' })?.get('code')).toBe('c');
  expect(returned({ search: '', hash: '#error=e&state=s' })?.get('error')).toBe('e');
  for (const other of ['', '#main', '#code=c', '#state=s']) {
    expect(returned({ search: '', hash: other })).toBeUndefined();
  }
});
