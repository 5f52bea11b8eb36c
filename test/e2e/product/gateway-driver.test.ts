import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEchoUpstream } from '../../support/gateway/echo-upstream.js';
import type { EchoUpstream, Seen } from '../../support/gateway/echo-upstream.js';
import { writeFixturePlugins } from '../../support/gateway/fixture-plugins.js';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Declarative, Gateway, Places } from '../../support/gateway/gateway.js';
import { gatewayName } from '../../support/gateway/kong-command.js';
import { until } from '../../support/readiness.js';

const fixtures = writeFixturePlugins();
const word = { 'x-word': 'swordfish' };
const nowhere = { url: 'http://127.0.0.1:9', retries: 0 };

const plain = (upstream: EchoUpstream): Record<string, unknown> => ({
  name: 'echo',
  url: `${upstream.url}/base`,
  retries: 0,
  routes: [
    { name: 'prefix', paths: ['/prefix'] },
    { name: 'exact', paths: ['~/exact$', '~/.well-known/thing/exact$'], strip_path: false },
    { name: 'posts', paths: ['/posts'], methods: ['POST'] },
  ],
});

const guarded = (upstream: EchoUpstream, path: string, more: unknown[] = []): object => ({
  name: path.slice(1),
  ...nowhere,
  routes: [
    {
      name: path.slice(1),
      paths: [`~${path}(/stream)?$`],
      strip_path: false,
      plugins: [
        { name: 'fixture-gate', config: { word: 'swordfish' } },
        { name: 'fixture-target', config: { port: upstream.port } },
        ...more,
      ],
    },
  ],
});

async function seen(url: string, init?: RequestInit): Promise<Seen> {
  const answer = await fetch(url, init);
  expect(answer.status).toBe(200);
  return (await answer.json()) as Seen;
}

const post = (size: number, headers: Record<string, string> = word): RequestInit => ({
  method: 'POST',
  headers,
  body: Buffer.alloc(size, 0x61),
});

describe('a gateway of the driver', () => {
  let upstream: EchoUpstream;
  let gateway: Gateway;

  const declarative = ({ fileLog }: Places): Declarative => ({
    services: [
      plain(upstream),
      guarded(upstream, '/guarded', [
        { name: 'file-log', config: { path: fileLog } },
        {
          name: 'cors',
          config: { origins: ['https://app.example'], exposed_headers: ['Mcp-Session-Id'] },
        },
      ]),
      guarded(upstream, '/limited', [
        {
          name: 'rate-limiting',
          config: { hour: 2, policy: 'local', limit_by: 'header', header_name: 'X-Key' },
        },
      ]),
      guarded(upstream, '/per-user', [
        { name: 'rate-limiting', config: { hour: 1, policy: 'local', limit_by: 'credential' } },
      ]),
      { name: 'down', ...nowhere, routes: [{ name: 'down', paths: ['/down'] }] },
    ],
  });

  beforeAll(async () => {
    upstream = await startEchoUpstream();
    gateway = await startGateway({ ...fixtures, declarative });
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
  });

  describe('routes', () => {
    it('names itself in Via', async () => {
      const answer = await fetch(gateway.at('/prefix'));
      expect(answer.headers.get('via')).toMatch(gatewayName);
      expect(answer.headers.get('x-kong-request-id')).toMatch(/^[0-9a-f]{32}$/);
    });

    it.each([
      ['/prefix', '/base'],
      ['/prefix/', '/base/'],
      ['/prefix/a/b?x=1&y=%20', '/base/a/b?x=1&y=%20'],
      ['/prefixed', '/base/ed'],
      ['/prefix/%41%2fb', '/base/A%2Fb'],
      ['/exact', '/base/exact'],
      ['/.well-known/thing/exact', '/base/.well-known/thing/exact'],
    ])('sends %s on as %s', async (asked, expected) => {
      expect((await seen(gateway.at(asked))).url).toBe(expected);
    });

    it.each(['/exactly', '/exact/', '/other', '/posts'])('has nothing at GET %s', async (path) => {
      const answer = await fetch(gateway.at(path));
      expect(answer.status).toBe(404);
      expect(await answer.json()).toMatchObject({ message: 'no Route matched with those values' });
    });

    it('answers 502 for an upstream that is down', async () => {
      expect((await fetch(gateway.at('/down'))).status).toBe(502);
    });

    it('tells the upstream who asks, and drops hop-by-hop headers', async () => {
      const headers = { 'x-forwarded-for': '192.0.2.1', te: 'gzip', x_under_score: 'kept' };
      const { headers: received } = await seen(gateway.at('/prefix'), { headers });
      expect(received).toMatchObject({
        host: `127.0.0.1:${upstream.port}`,
        'x-forwarded-for': '192.0.2.1, 127.0.0.1',
        'x-forwarded-proto': 'http',
        'x-forwarded-port': String(gateway.port),
        'x-forwarded-prefix': '/prefix',
        'x-real-ip': '127.0.0.1',
        x_under_score: 'kept',
      });
      expect(received).not.toHaveProperty('te');
      expect(received['via']).toMatch(gatewayName);
    });
  });

  describe('external plugins', () => {
    it('end a request with their own answer', async () => {
      const before = upstream.count;
      const answer = await fetch(gateway.at('/guarded'));
      expect(answer.status).toBe(401);
      expect(await answer.text()).toBe('no');
      expect(answer.headers.get('www-authenticate')).toBe('Fixture realm=fixture');
      expect(upstream.count).toBe(before);
    });

    it('change the request, name its target and add to the answer', async () => {
      const answer = await fetch(gateway.at('/guarded'), { headers: word });
      const { headers } = (await answer.json()) as Seen;
      expect(answer.headers.get('x-gate')).toBe('open');
      expect(headers).toMatchObject({ 'x-seen': 'GET /guarded', 'x-shared': 'passed' });
      expect(headers).not.toHaveProperty('x-word');
    });

    it.each([
      [0, 'bytes 0'],
      [9_000, 'bytes 9000'],
      [17_000, 'bytes 17000'],
      [900_000, 'bytes 900000'],
      [2_000_000, 'file 0'],
    ])('get a body of %i bytes as %s, and the upstream all of it', async (size, kind) => {
      const { headers, bytes } = await seen(gateway.at('/guarded'), post(size));
      expect(bytes).toBe(size);
      if (size > 0) expect(headers['x-body']).toBe(kind);
    });

    it('never see a body over the limit', async () => {
      const answer = await fetch(gateway.at('/guarded'), post(10 * 1024 * 1024 + 1));
      expect(answer.status).toBe(413);
    });

    it('add to the log line, which hides Authorization', async () => {
      const headers = { ...word, authorization: 'Bearer top-secret', 'x-trace': 'logged-call' };
      await seen(gateway.at('/guarded?q=1'), { headers });
      const line = await until(
        () => gateway.fileLogLines().find((one) => JSON.stringify(one).includes('logged-call')),
        { what: 'no log line' },
      );
      expect(line).toMatchObject({
        fixture: { word: 'known', count: 3 },
        client_ip: '127.0.0.1',
        request: {
          method: 'GET',
          uri: '/guarded?q=1',
          headers: { authorization: 'REDACTED', 'x-seen': 'GET /guarded' },
        },
        response: { status: 200, headers: { 'x-gate': 'open' } },
        route: { name: 'guarded' },
        service: { name: 'guarded' },
        authenticated_entity: { id: 'nobody' },
      });
      expect(gateway.logText()).not.toContain('top-secret');
    });
  });

  describe('native plugins', () => {
    it('answer a preflight before any other plugin', async () => {
      const headers = { origin: 'https://app.example', 'access-control-request-method': 'POST' };
      const answer = await fetch(gateway.at('/guarded'), { method: 'OPTIONS', headers });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('access-control-allow-origin')).toBe('https://app.example');
      expect(answer.headers.get('access-control-allow-methods')).toContain('POST');
    });

    it('expose headers on a refusal too', async () => {
      const answer = await fetch(gateway.at('/guarded'), {
        headers: { origin: 'https://app.example' },
      });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('access-control-expose-headers')).toBe('Mcp-Session-Id');
    });

    it('count requests by a header that a plugin or a client set', async () => {
      const call = (key: string): Promise<Response> =>
        fetch(gateway.at('/limited'), { headers: { ...word, 'x-key': key } });
      const first = await call('a');
      expect(first.headers.get('x-ratelimit-limit-hour')).toBe('2');
      expect(first.headers.get('ratelimit-remaining')).toBe('1');
      await until(async () => (await call('a')).status === 429, { what: 'never limited' });
      const refused = await call('a');
      expect(await refused.json()).toMatchObject({ message: 'API rate limit exceeded' });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await call('b')).status).toBe(200);
    });

    it('count requests by the credential that a plugin authenticated', async () => {
      const call = (user: string): Promise<Response> =>
        fetch(gateway.at('/per-user'), { headers: { ...word, 'x-user': user } });
      expect((await call('u1')).status).toBe(200);
      await until(async () => (await call('u1')).status === 429, { what: 'never limited' });
      expect((await call('u2')).status).toBe(200);
    });
  });

  it('streams as it flows, and closes the upstream when the client leaves', async () => {
    const leave = new AbortController();
    const init = { headers: word, signal: leave.signal };
    const answer = await fetch(gateway.at('/guarded/stream'), init);
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toBe('data: begin\n\n');
    upstream.say('middle');
    expect((await reader.read()).value).toBe('data: middle\n\n');
    leave.abort();
    await until(() => upstream.open === 0, { what: 'the upstream still streams' });
  });
});
