import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway } from '../../support/gateway/gateway.js';
import { freePort } from '../../support/ports.js';
import { scope, startIssuer } from '../../support/rig/issuer.js';
import type { Issuer } from '../../support/rig/issuer.js';
import { untilListed } from '../../support/rig/listed.js';
import { endpoint } from '../../support/rig/services.js';
import { openSession, rpc } from '../../support/rpc.js';
import {
  answer,
  event,
  eventStream,
  resultMessage,
  startHttpFixture,
} from '../../support/upstreams/http-fixture.js';
import type { Arrived, HttpFixture } from '../../support/upstreams/http-fixture.js';

const rules = ['file:///srv/secret/*', 'file:///srv/key.pem', 'https://wiki.example/secret/*'];
const secret = 'file:///srv/secret/x';
const publics = [
  'file:///srv/public/a%20b.txt',
  'file:///srv/public/caf%e9',
  'file://nas/share/x',
  'https://wiki.example:443/Public//x?q=%2Fsecret%2F#part',
  'https://wiki.example:8443/secret/x',
  'web://fetch/https%3A%2F%2Fh%2Fa%2520b',
  'postgres://user@db:5432/shop',
];

/** What the rules are about, as no rule spells it. */
const spellings = [
  'file:///srv/public\\..\\secret\\x',
  'file:///srv\\secret\\x',
  'file://localhost/srv/secret/x',
  'file://nas/srv/secret/x',
  'file:/srv/secret/x',
  'FILE:///srv/Secret/x',
  '/srv/secret/x',
  'file:///srv//secret/x',
  'file:////srv/secret//x',
  'file:///srv/public/../secret/x',
  'file:///srv/public/%2e%2e/secret/x',
  'file:///srv/public%2f..%2fsecret/x',
  'file:///srv/%73ecret/x',
  'file:///srv/%2573ecret/x',
  'file:///srv/secret%2fx',
  'file://eve@/srv/secret/x',
  'file:///srv/key.pem?x',
  'file:///srv/key.pem#x',
  'file:///srv/key.pem/',
  'file:///srv/%c0%ae/../secret/x',
  'https://wiki.example:443/secret/x',
  'https://wiki.example:0443/secret/x',
  'https:\\\\wiki.example\\secret\\x',
  'https://eve@wiki.example/secret/x',
  'https://wiki.example//secret/x',
  'https://WIKI.example./secret/x',
  'https:/wiki.example/secret/x',
  'https://wiki%2eexample/secret/x',
  'https://wiki.example/public/..;/secret/x',
];

describe('rules on the URIs of resources', () => {
  let fixture: HttpFixture;
  let issuer: Issuer;
  let gateway: Gateway;
  const paths = ['scopes', 'claims', 'filtered', 'plain', 'denied'] as const;
  let at: (path: string) => string;

  beforeAll(async () => {
    const port = await freePort();
    at = (path) => `http://127.0.0.1:${port}/${path}`;
    [fixture, issuer] = await Promise.all([
      startHttpFixture({ capabilities: '{"resources":{"subscribe":true},"completions":{}}' }),
      startIssuer(paths.map(at)),
    ]);
    serve();
    const oauthOf = (path: string) => ({
      resource: at(path),
      authorization_servers: [issuer.url],
      required_scopes: [scope],
    });
    const servers = [{ name: 'docs', url: fixture.url }];
    const mapped = rules.map((name) => `mcp+docs+${name}`);
    const scope_rules = (names: readonly string[]) => [{ names, scopes: ['secret'] }];
    const claim_rules = (names: readonly string[]) => [
      { claim: 'team', equals: 'ops', effect: 'allow', names },
    ];
    const merged = (path: string, aggregate: object) =>
      endpoint({ name: path, path: `/${path}`, oauth: oauthOf(path), aggregate: { ...aggregate } });
    const single = (path: string, own: object) =>
      endpoint({
        name: path,
        path: `/${path}`,
        oauth: { ...oauthOf(path), ...own },
        url: fixture.url,
      });
    gateway = await startGateway({
      port,
      declarative: () => ({
        services: [
          merged('scopes', { servers, scope_rules: scope_rules(mapped) }),
          merged('claims', { servers, claim_rules: claim_rules(mapped) }),
          merged('filtered', { servers: [{ ...servers[0], resources: { deny: rules } }] }),
          single('plain', { scope_rules: scope_rules(rules) }),
          single('denied', { claim_rules: claim_rules(rules) }),
        ],
      }),
    });
    await untilListed(at('scopes'), ['mcp+docs+file:///srv/public'], {
      token: () => tokenFor('scopes'),
      method: 'resources/list',
    });
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([fixture?.close(), issuer?.close()]);
  });

  const tokenFor = (path: string, claims: Record<string, unknown> = {}) =>
    issuer.token(at(path), 'alice', { claims });
  const privileged = { scope: `${scope} secret`, team: 'ops' };

  function serve(): void {
    const listed = [...publics, secret, 'file:///srv\\secret\\y'].map((uri) => ({
      uri,
      name: 'r',
    }));
    fixture.on('resources/list', (arrived, response) =>
      answer(arrived, response, JSON.stringify({ resources: listed })),
    );
    fixture.on('resources/templates/list', (arrived, response) =>
      answer(arrived, response, '{"resourceTemplates":[]}'),
    );
    fixture.on('resources/read', (arrived, response) => {
      // It tells of a change in passing, as it spells that.
      eventStream(response);
      const params = { uri: 'file:///srv//secret/x' };
      const note = { jsonrpc: '2.0', method: 'notifications/resources/updated', params };
      response.write(event(JSON.stringify(note)));
      response.end(event(resultMessage(arrived, read(arrived))));
    });
    for (const method of ['resources/subscribe', 'resources/unsubscribe']) {
      fixture.on(method, (arrived, response) => answer(arrived, response, '{}'));
    }
    fixture.on('completion/complete', (arrived, response) =>
      answer(arrived, response, '{"completion":{"values":["x"]}}'),
    );
  }

  const read = ({ params }: Arrived) =>
    JSON.stringify({ contents: [{ uri: params.uri, text: `content of ${params.uri}` }] });

  const methods = {
    'resources/read': (uri: string) => ({ uri }),
    'resources/subscribe': (uri: string) => ({ uri }),
    'resources/unsubscribe': (uri: string) => ({ uri }),
    'completion/complete': (uri: string) => ({
      ref: { type: 'ref/resource', uri },
      argument: { name: 'a', value: '' },
    }),
  };
  type Method = keyof typeof methods;

  /** Asks as one caller, in one session where there are any. */
  async function asking(path: string, claims = {}) {
    const token = await tokenFor(path, claims);
    const isMerged = !['plain', 'denied'].includes(path);
    const session = isMerged ? { session: await openSession(at(path), { token }) } : {};
    return (method: Method, uri: string) => {
      const named = isMerged ? `mcp+docs+${uri}` : uri;
      return rpc(at(path), method, { token, ...session, params: methods[method](named) });
    };
  }

  it.each(paths)('let pass what they are not about, byte by byte: %s', async (path) => {
    const ask = await asking(path);
    for (const uri of publics) {
      const answered = await ask('resources/read', uri);
      expect([uri, answered.message?.result]).toMatchObject([uri, { contents: [{}] }]);
      expect(fixture.of('resources/read').at(-1)?.params).toMatchObject({ uri });
    }
  });

  it.each(paths.filter((path) => path !== 'filtered'))(
    'let pass who may, however it is spelled: %s',
    async (path) => {
      const ask = await asking(path, privileged);
      for (const uri of [
        secret,
        'file://localhost/srv//secret/x',
        'https://wiki.example/secret/',
      ]) {
        // What is permitted by a claim is permitted as it is named.
        if (['claims', 'denied'].includes(path) && uri !== secret) continue;
        const answered = await ask('resources/read', uri);
        expect([uri, answered.message?.result]).toMatchObject([uri, { contents: [{}] }]);
      }
    },
  );

  it.each(paths)('are no spelling’s to get around: %s', async (path) => {
    const ask = await asking(path);
    for (const method of Object.keys(methods) as Method[]) {
      const before = fixture.of(method).length;
      for (const uri of [secret, ...spellings]) {
        const { message } = await ask(method, uri);
        expect([method, uri, message?.result]).toEqual([method, uri, undefined]);
        expect(message?.error?.code).toBeLessThan(0);
      }
      expect([method, fixture.of(method).length]).toEqual([method, before]);
    }
  });

  it('hold for what a server says has changed', async () => {
    const heard = async (claims: object) => {
      const ask = await asking('scopes', claims);
      const { messages } = await ask('resources/read', publics[0]!);
      return messages.map(({ method }) => method ?? 'result');
    };
    expect(await heard({})).toEqual(['result']);
    expect(await heard(privileged)).toEqual(['notifications/resources/updated', 'result']);
  });

  it('hold for lists, and what nobody can decide on is in none, with its reason in the log', async () => {
    for (const path of ['claims', 'filtered']) {
      const token = await tokenFor(path);
      const { text } = await rpc(at(path), 'resources/list', { token });
      expect(text).toContain(publics.at(-1));
      expect(text).not.toContain(`docs+${secret}`);
      expect(text).not.toContain('secret\\\\y');
    }
    expect(gateway.pluginServer.stderr).toMatch(
      /"item":"file:[^"]*","reason":"rules cannot decide on its URI: it has a backslash"/,
    );
  });
});
