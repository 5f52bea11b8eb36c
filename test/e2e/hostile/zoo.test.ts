import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ofOneProcess } from '../../support/gateway/crossing.js';
import { startEchoUpstream } from '../../support/gateway/echo-upstream.js';
import type { EchoUpstream } from '../../support/gateway/echo-upstream.js';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway } from '../../support/gateway/gateway.js';
import { freePort } from '../../support/ports.js';
import { calmLimit, processProbe } from '../../support/probe/process-probe.js';
import type { ProcessProbe, ProcessReport } from '../../support/probe/process-probe.js';
import { until } from '../../support/readiness.js';
import { startIssuer } from '../../support/rig/issuer.js';
import type { Issuer } from '../../support/rig/issuer.js';
import { untilListed } from '../../support/rig/listed.js';
import { endpoint } from '../../support/rig/services.js';
import { callTool, exchange, rpc } from '../../support/rpc.js';
import type { RpcAnswer } from '../../support/rpc.js';
import { answer } from '../../support/upstreams/http-fixture.js';
import { textResult, wild } from '../../support/upstreams/zoo/animal.js';
import type { Animal, Caught } from '../../support/upstreams/zoo/animal.js';
import { hiddenItems } from '../../support/upstreams/zoo/lists.js';
import { startNeighbours } from '../../support/upstreams/zoo/neighbours.js';
import type { Met, Neighbours } from '../../support/upstreams/zoo/neighbours.js';
import { animals, openZoo } from '../../support/upstreams/zoo/zoo.js';
import type { Zoo } from '../../support/upstreams/zoo/zoo.js';

const quietMs = 1500;

describe('servers that misbehave', () => {
  let issuer: Issuer;
  let echo: EchoUpstream;
  let zoo: Zoo;
  let good: Caught;
  let gateway: Gateway;
  let probe: ProcessProbe;
  let neighbours: Neighbours;
  let quiet: { readonly met: Readonly<Record<string, Met>>; readonly process: ProcessReport };
  let wildly: typeof quiet;
  let openedAt: number;
  const shown = new Map<string, RpcAnswer>();

  beforeAll(async () => {
    openedAt = performance.now();
    const port = await freePort();
    const plain = `http://127.0.0.1:${port}/plain`;
    [issuer, echo, zoo, good] = await Promise.all([
      startIssuer([plain]),
      startEchoUpstream(),
      openZoo(animals),
      wild(({ on }) => on('tools/call', (arrived, at) => answer(arrived, at, textResult('good')))),
    ]);
    probe = processProbe();
    const oauth = { resource: plain, authorization_servers: [issuer.url] };
    const tame = [{ name: 'good', url: good.url }];
    const aggregate = { anonymous: true, list_timeout: 500 };
    gateway = await startGateway({
      port,
      ...ofOneProcess,
      env: probe.env,
      declarative: {
        services: [
          endpoint({ name: 'calm', path: '/calm', aggregate: { ...aggregate, servers: tame } }),
          endpoint({
            name: 'zoo',
            path: '/zoo',
            aggregate: { ...aggregate, servers: [...zoo.servers, ...tame] },
          }),
          endpoint({ name: 'plain', path: '/plain', url: echo.url, oauth }),
        ],
      },
    });
    await observe(await issuer.token(plain));
  }, 180_000);

  afterAll(async () => {
    await neighbours?.stop();
    await gateway?.stop();
    await Promise.all([issuer?.close(), echo?.close(), zoo?.close(), good?.close()]);
    probe?.remove();
  });

  /** What the neighbours meet while all is quiet, and while every animal is poked. */
  async function observe(token: string): Promise<void> {
    const url = gateway.at('/zoo');
    const isGood = ({ text }: RpcAnswer) => (text.includes('"good"') ? undefined : text);
    await until(async () => !isGood(await callTool(gateway.at('/calm'), 'good__poke', {})), {
      what: 'the good server is not there',
    });
    let endpoint = gateway.at('/calm');
    neighbours = startNeighbours({
      'another server': async () => isGood(await callTool(endpoint, 'good__poke', {})),
      'another route': async () => {
        const headers = { authorization: `Bearer ${token}` };
        const { status, text } = await exchange(gateway.at('/plain'), 'GET', headers);
        return status === 200 ? undefined : `${status} ${text}`;
      },
    });
    await probe.report(gateway.pluginServer.workerPids);
    await pause(quietMs);
    const take = async () => ({
      met: neighbours.take(),
      process: await probe.report(gateway.pluginServer.workerPids),
    });
    quiet = await take();
    const listable = animals.filter(({ shows }) => !('unlisted' in shows));
    const tools = listable.map(({ name }) => `${name}__poke`);
    await untilListed(url, tools, { timeoutMs: 100_000 });
    endpoint = url;
    await until(
      async () => {
        const { text } = await rpc(url, 'tools/list');
        return !text.includes('has not answered yet');
      },
      { what: 'nothing is known of some', timeoutMs: 30_000, everyMs: 100 },
    );
    await Promise.all(animals.map(async ({ name }) => shown.set(name, await pokeAt(url, name))));
    wildly = await take();
  }

  function pokeAt(url: string, name: string): Promise<RpcAnswer> {
    const params = { name: `${name}__poke`, arguments: {}, _meta: { progressToken: name } };
    return rpc(url, 'tools/call', { params, id: name });
  }

  it.each(animals.map((animal) => [animal.name, animal] as const))('%s', (name, animal: Animal) => {
    const { shows } = animal;
    const seen = shown.get(name)!;
    expect(seen.status).toBe(200);
    const answers = seen.messages.filter((message) => 'id' in message);
    expect(answers).toHaveLength(1);
    const [{ id, result, error } = {}] = answers;
    expect(id).toBe(name);
    if ('text' in shows) {
      expect(result).toEqual({ content: [{ type: 'text', text: shows.text }] });
      expect(seen.text).not.toContain('not yours');
      return;
    }
    expect(error?.code).toBe(shows.code);
    expect(error?.data).toMatchObject({ server: name });
    if (shows.unlisted) {
      expect(error?.message).toBe(`server ${name} is not available`);
      const reason = String(error?.data?.['reason']).replace('; it is not tried again yet', '');
      expect(reason).toContain(`server ${name} ${shows.why}`);
    } else {
      expect(error?.message).toContain(`server ${name} ${shows.why}`);
    }
    expect(seen.text).not.toMatch(/secret|127\.0\.0\.1|Sign in/);
  });

  it('leave other servers and other routes as they are', () => {
    for (const kind of ['another server', 'another route']) {
      const [before, during] = [quiet.met[kind]!, wildly.met[kind]!];
      expect(during.count).toBeGreaterThan(20);
      expect(during.failures).toEqual([]);
      // The client shares its process with the animals, so its own clock is a coarse measure.
      expect(during.p50).toBeLessThan(50 + 10 * before.p50);
    }
  });

  it('do not hold up the process', () => {
    expect(wildly.process.block.count).toBeGreaterThan(50);
    expect(wildly.process.block.p99).toBeLessThan(calmLimit(quiet.process));
  });

  it('have items left out that would break clients, and named in the log', async () => {
    const { text } = await rpc(gateway.at('/zoo'), 'tools/list');
    for (const name of hiddenItems) expect(text).not.toContain(JSON.stringify(name));
    for (const name of ['catastrophic', 'loop']) {
      expect(text).toContain(`"lists-hostile-schemas__${name}"`);
    }
    expect(gateway.logText()).toMatch(/tools_refused.*lists-odd-names/);
  });

  it('that cannot be listed are named in the list', async () => {
    const { message } = await rpc(gateway.at('/zoo'), 'tools/list');
    const meta = message?.result?.['_meta'] as Record<string, { server: string }[]>;
    const named = meta['kong-plugin-mcp/unavailable']?.map(({ server }) => server);
    const missing = animals.filter(({ shows }) => 'unlisted' in shows).map(({ name }) => name);
    expect(named?.sort()).toEqual(missing.sort());
  });

  it('cannot make clients read from them what belongs to another', async () => {
    const url = gateway.at('/zoo');
    const { text } = await rpc(url, 'resources/list');
    expect(text).toContain('"mcp+lists-foreign-resources+mcp+good+test://secret"');
    expect(text).not.toContain('"mcp+good+');
    const { message } = await rpc(url, 'resources/read', {
      params: { uri: 'mcp+good+test://secret' },
    });
    expect(message?.error?.code).toBe(-32002);
    const { fixture } = zoo.caught('lists-foreign-resources');
    expect(fixture?.of('resources/read')).toHaveLength(0);
  });

  it('that storm of changed lists are asked once a second at most', () => {
    const { fixture } = zoo.caught('storms-of-changed-lists');
    const asked = fixture?.of('tools/list').length ?? 0;
    expect(fixture?.of('GET').length).toBeGreaterThan(0);
    const seconds = (performance.now() - openedAt) / 1_000;
    expect(asked).toBeLessThan(5 + seconds);
  });
});
