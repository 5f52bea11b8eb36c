import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEchoUpstream } from '../../support/gateway/echo-upstream.js';
import type { EchoUpstream, Seen } from '../../support/gateway/echo-upstream.js';
import { writeFixturePlugins } from '../../support/gateway/fixture-plugins.js';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Declarative, GatewayOptions } from '../../support/gateway/gateway.js';
import { until } from '../../support/readiness.js';

const fixtures = writeFixturePlugins();
const word = { 'x-word': 'swordfish' };
let upstream: EchoUpstream;

beforeAll(async () => {
  upstream = await startEchoUpstream();
});
afterAll(() => upstream.close());

const gate = (config: object): object => ({ name: 'fixture-gate', config });

function serving(plugins: unknown[], path = '~/guarded(/stream)?$'): Declarative {
  const target = { name: 'fixture-target', config: { port: upstream.port } };
  const route = {
    name: 'guarded',
    paths: [path],
    strip_path: false,
    plugins: [...plugins, target],
  };
  return { services: [{ name: 's', url: 'http://127.0.0.1:9', retries: 0, routes: [route] }] };
}

const start = (options: Partial<GatewayOptions> = {}): ReturnType<typeof startGateway> =>
  startGateway({ ...fixtures, declarative: serving([gate({ word: 'swordfish' })]), ...options });

describe.each(['external', 'managed'] as const)(
  'with a plugin server that is %s',
  (pluginServer) => {
    it('is closed while the plugin server is gone, and open again after it', async () => {
      await using gateway = await start({ pluginServer });
      const ask = async (headers: Record<string, string> = {}): Promise<number> =>
        (await fetch(gateway.at('/guarded'), { headers })).status;
      expect([await ask(), await ask(word)]).toEqual([401, 200]);
      for (let round = 0; round < 3; round += 1) {
        const before = gateway.pluginServer.pid;
        const served = upstream.count;
        await gateway.pluginServer.kill();
        const statuses = await Promise.all(Array.from({ length: 20 }, () => ask()));
        await gateway.pluginServer.respawn();
        expect(gateway.pluginServer.pid).not.toBe(before);
        statuses.push(...(await Promise.all(Array.from({ length: 20 }, () => ask()))));
        expect(statuses.filter((status) => status !== 401 && status < 500)).toEqual([]);
        expect(upstream.count).toBe(served);
        await until(async () => (await ask(word)) === 200, { what: 'not open again' });
      }
    });
  },
);

it('gives plugins on one socket to the same server, with the environment of the options', async () => {
  await using gateway = await start({ workers: 4, env: { FIXTURE: 'yes' } });
  const answer = await fetch(gateway.at('/guarded'), { headers: word });
  const { headers } = (await answer.json()) as Seen;
  expect(gateway.pluginServer.workerPids).toContain(Number(headers['x-process']));
});

it('reloads without an error, while a stream goes on', async () => {
  await using gateway = await start({ workers: 4 });
  const stream = await fetch(gateway.at('/guarded/stream'), { headers: word });
  const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
  await reader.read();
  const statuses: number[] = [];
  let reloading = true;
  const traffic = (async () => {
    while (reloading) {
      // A connection for each, since a worker that retires closes those that are idle.
      const asked = await request(gateway.at('/guarded'), { headers: word, reset: true });
      await asked.body.dump();
      statuses.push(asked.statusCode);
    }
  })();
  await gateway.reload(serving([gate({ word: 'tuna' })]));
  reloading = false;
  await traffic;
  expect(statuses.filter((status) => status !== 200 && status !== 401)).toEqual([]);
  expect(statuses).toContain(200);
  expect((await fetch(gateway.at('/guarded'), { headers: word })).status).toBe(401);
  expect((await fetch(gateway.at('/guarded'), { headers: { 'x-word': 'tuna' } })).status).toBe(200);
  upstream.say('still here');
  expect((await reader.read()).value).toBe('data: still here\n\n');
  upstream.finish();
  expect((await reader.read()).done).toBe(true);
});

it('resolves a vault reference from the environment of the gateway', async () => {
  await using gateway = await start({
    declarative: serving([gate({ word: '{vault://env/fixture-word}' })]),
    gatewayEnv: { FIXTURE_WORD: 'from the vault' },
    conf: { nginx_main_env: 'FIXTURE_WORD' },
  });
  const headers = { 'x-word': 'from the vault' };
  expect((await fetch(gateway.at('/guarded'), { headers })).status).toBe(200);
});

describe('refuses to start on', () => {
  /** The gateway would start the plugin server, and ends before it comes to that. */
  const refused = (options: Partial<GatewayOptions>) =>
    start({ pluginServer: 'managed', ...options });

  it.each([
    ['a missing field', [gate({})], /word.*required field missing/s],
    ['an unknown field', [gate({ word: 'ok', wrod: 'no' })], /wrod.*unknown field/s],
    ['a wrong type', [gate({ word: 5 })], /word.*expected a string/s],
    [
      'a value outside the list',
      [gate({ word: 'ok', colour: 'blue' })],
      /colour.*one of: red, green/s,
    ],
    ['a number outside the range', [gate({ word: 'ok', count: 10 })], /count.*between 1 and 9/s],
    ['a text that is too short', [gate({ word: 'x' })], /word.*length must be at least 2/s],
    ['a text off the pattern', [gate({ word: 'ok', realm: 'a b' })], /realm.*invalid value: a b/s],
    ['an unknown plugin', [{ name: 'nosuch' }], /nosuch/],
  ])('%s, and says where', async (_, plugins, message) => {
    await expect(refused({ declarative: serving(plugins) })).rejects.toThrow(message);
  });

  it('fields that exclude each other', async () => {
    const config = { port: 9, tag: 'a', label: 'b' };
    const declarative = serving([gate({ word: 'ok' })]);
    const [service] = declarative['services'] as { routes: { plugins: unknown[] }[] }[];
    service!.routes[0]!.plugins[1] = { name: 'fixture-target', config };
    await expect(refused({ declarative })).rejects.toThrow(/only one or none.*'tag', 'label'/);
  });

  it.each([
    ['of 9 bytes', 'too short'],
    ['of 501 bytes', 'x'.repeat(501)],
    ['of 510 bytes in 170 characters', '’'.repeat(170)],
  ])('a schema with a description %s', async (_, described) => {
    const { plugins } = writeFixturePlugins(described);
    await expect(refused({ plugins })).rejects.toThrow(/descri/);
  });

  it('a port that is taken', async () => {
    const conf = { proxy_listen: `127.0.0.1:${upstream.port}` };
    await expect(refused({ conf })).rejects.toThrow(/already in use|EADDRINUSE/i);
  });
});
