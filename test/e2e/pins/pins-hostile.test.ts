import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kongMcp, PinRig } from '../../support/rig/pin-rig.js';
import { until } from '../../support/readiness.js';
import { untilListed } from '../../support/rig/listed.js';
import { callTool, rpc } from '../../support/rpc.js';
import { everywhere, workersOfRun } from '../../support/workers.js';
import { answer, startHttpFixture } from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';

const schema = '"inputSchema":{"type":"object"}';
const tool = (name: string, more = '') => `{"name":"${name}",${schema}${more}}`;
const many = (description: string) =>
  Array.from({ length: 5_000 }, (_, at) => tool(`t${at}`, `,"description":"${description} ${at}"`));
const deep = tool('deep', `,"x":${'['.repeat(500)}${']'.repeat(500)}`);
const deeper = tool('deeper', `,"x":${'['.repeat(2_000)}${']'.repeat(2_000)}`);
/** 60 items of the largest size there is, which cost most to compare. */
const large = Array.from({ length: 60 }, (_, at) =>
  tool(`l${at}`, `,"x":[${`{"${at}":1e${at}},`.repeat(15_000)}0]`),
);

describe('hostile lists of pinned servers', () => {
  const rig = new PinRig();
  const fixtures: HttpFixture[] = [];
  const lists: Record<string, readonly string[]> = {
    quick: [tool('poke')],
    deep: [deep, deeper, tool('flat')],
    many: many('An honest description of tool'),
    large,
  };

  beforeAll(async () => {
    const servers = [];
    for (const name of Object.keys(lists)) {
      const fixture = await startHttpFixture();
      fixtures.push(fixture);
      fixture.on('tools/list', (one, response) =>
        answer(one, response, `{"tools":[${lists[name]!.join()}]}`),
      );
      servers.push({ name, url: fixture.url, pin: 'enforce', timeout: 60_000 });
    }
    const other = fixtures[0]!.url;
    writeFileSync(
      join(rig.folder, 'other.json'),
      '{"lockfile":"kong-plugin-mcp/pins/1","server":"another","tools":{}}',
    );
    servers.push({ name: 'other', url: other, pin: 'enforce', pin_lockfile: 'other.json' });
    await rig.start(servers);
    await untilListed(rig.url, ['many__t4999', 'deep__flat', 'quick__poke'], {
      timeoutMs: 60_000,
    });
  });
  afterAll(async () => {
    await rig.stop();
    await Promise.all(fixtures.map((fixture) => fixture.close()));
  });

  it('are served as they were first seen, but for what nobody is shown', async () => {
    const { pin } = await rig.status('many');
    expect(pin).toMatchObject({ withheld: 0, approved: { tools: 5_000 } });
    expect((await rig.status('deep')).pin).toMatchObject({ approved: { tools: 2 } });
    await rig.untilStatus('large', ({ pin: one }) => one?.approved['tools'] === 60);
  });

  it('of another server than the lockfile’s are not served', async () => {
    await rig.untilStatus('other', ({ pin }) => pin?.serves === false);
    const { message } = await callTool(rig.url, 'other__poke', {});
    expect(message?.error?.code).toBe(-32602);
  });

  it('may change all at once, and hold up nobody', async () => {
    lists['many'] = many('Another description of tool');
    lists['large'] = large.map((item) => item.replace('1e', '2e'));
    const slow: number[] = [];
    const look = async (): Promise<boolean> => {
      const before = performance.now();
      expect((await callTool(rig.url, 'quick__poke', {})).status).toBe(200);
      slow.push(performance.now() - before);
      const { pin } = await rig.status('many');
      return pin?.withheld === 5_000 && (await rig.status('large')).pin?.withheld === 60;
    };
    await until(look, { what: 'not all was withheld', timeoutMs: 60_000 });
    // One core of two may be compiling somebody else’s test.
    expect(slow.sort((a, b) => a - b)[Math.floor(slow.length / 2)]).toBeLessThan(1_000);
    // Each worker compares by itself: until it has, it lists what was approved.
    const isWithheld = async () =>
      !/many__t|large__l/.test((await rpc(rig.url, 'tools/list')).text);
    await until(() => everywhere(isWithheld), { what: 'it is still listed', timeoutMs: 60_000 });
    expect(rig.log.match(/definition_changed/g)!.length).toBeLessThan(60 * workersOfRun);
    expect(rig.log).toMatch(/definition_changed.*"more":49\d\d/);
    const stalls = [...rig.log.matchAll(/event_loop_stalled.*?"cpu_ms":(\d+)/g)];
    expect(stalls.filter(([, ms]) => Number(ms) > 1_000)).toEqual([]);
  });

  it('can be pinned and compared by the command', async () => {
    const out = join(rig.folder, 'many.json');
    expect(await kongMcp('pin', '--url', fixtures[2]!.url, '--out', out)).toMatchObject({
      code: 0,
    });
    lists['many'] = [tool('t0')];
    const { code, stdout } = await kongMcp(
      'pin',
      '--url',
      fixtures[0]!.url,
      '--out',
      out,
      '--diff',
    );
    expect(code).toBe(1);
    expect(stdout).toContain('- tools "t4999"');
  });
});
