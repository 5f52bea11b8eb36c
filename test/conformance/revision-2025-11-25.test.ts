import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway } from '../support/gateway/gateway.js';
import type { Gateway } from '../support/gateway/gateway.js';
import { projectFile } from '../support/project.js';
import { startDemoServers } from '../support/rig/demo-servers.js';
import type { DemoServers } from '../support/rig/demo-servers.js';
import { until } from '../support/readiness.js';
import { endpoint } from '../support/rig/services.js';
import { rpc } from '../support/rpc.js';
import { startFixtureServer } from './fixture/fixture-server.js';
import type { FixtureServer } from './fixture/fixture-server.js';
import { conformancePage } from './page.js';
import { answers } from './prefixed/asking-subjects.js';
import { atFixture, fixtureName, throughGateway } from './prefixed/side.js';
import type { Side } from './prefixed/side.js';
import type { SubjectCount } from './prefixed/subject.js';
import { runSubjects, scenarios } from './prefixed/subjects.js';
import { runSuite } from './suite.js';
import type { SuiteRun } from './suite.js';

const revision = '2025-11-25';
const page = projectFile('docs/conformance.md');
const renew = 'docs/conformance.md is not what this run gives: npm run conformance:update';

let fixture: FixtureServer;
let demo: DemoServers;
let gateway: Gateway;

/** The suite's names are fixed, so for it its server has no prefix; the others make a merged list. */
function services(own: string): object[] {
  const common = { name: fixtureName, url: fixture.url, trusted: true };
  return [
    { name: 'plain', path: '/mcp', server: { ...common, prefix: '', uri_mapping: 'none' } },
    { name: 'prefixed', path: '/prefixed', server: common },
  ].map(({ name, path, server }) => {
    const servers = [server, ...demo.servers];
    const aggregate = {
      servers,
      anonymous: true,
      allowed_origins: [own],
      allow_overlapping_prefixes: true,
    };
    return endpoint({ name, path, aggregate });
  });
}

beforeAll(async () => {
  [fixture, demo] = await Promise.all([startFixtureServer(), startDemoServers()]);
  const declarative = ({ url }: { url: string }) => ({ services: services(url) });
  gateway = await startGateway({ env: demo.env, declarative });
  for (const [path, name] of [
    ['/mcp', '"test_simple_text"'],
    ['/prefixed', '"suite__test_simple_text"'],
  ] as const) {
    const all = [name, 'memory__read_graph', 'files__', 'everything__echo'];
    await until(
      async () => {
        const { text } = await rpc(gateway.at(path), 'tools/list');
        return all.every((one) => text.includes(one));
      },
      { what: `the servers of ${path} never listed` },
    );
  }
}, 120_000);

afterAll(async () => {
  await gateway?.stop();
  await Promise.all([fixture?.close(), demo?.close()]);
});

describe(`revision ${revision}`, () => {
  let through: SuiteRun;
  let direct: SuiteRun;
  let prefixed: ReadonlyMap<string, SubjectCount>;
  const sides: Side[] = [];

  beforeAll(async () => {
    through = await runSuite(gateway.at('/mcp'), revision);
    direct = await runSuite(fixture.url, revision);
    sides.push(await throughGateway(gateway.at('/prefixed'), answers));
    sides.push(await atFixture(fixture.url, answers));
    prefixed = await runSubjects({ through: sides[0]!, direct: sides[1]!, fixture });
  }, 240_000);
  afterAll(() => Promise.all(sides.map(({ client }) => client.close())));

  it.each(scenarios)('%s passes: the official suite, through the gateway', (name) => {
    expect(through.counts.get(name)?.failed).toBe(0);
    expect(through.counts.get(name)?.passed).toBeGreaterThan(0);
  });

  it.each(scenarios)('%s passes: our own checks, behind a prefix', (name) => {
    expect(prefixed.get(name)?.why).toEqual([]);
    expect(prefixed.get(name)?.passed).toBeGreaterThan(1);
  });

  it('requires these scenarios and no others', () => {
    const required = [...through.counts.keys()].filter((name) => !through.unscored.has(name));
    expect(required).toHaveLength(30);
    expect([...required].sort()).toEqual([...scenarios].sort());
  });

  it('has the results that docs/conformance.md shows', () => {
    const text = conformancePage({ revision, through, direct, prefixed });
    if (process.env['CONFORMANCE_PAGE'] === 'write') writeFileSync(page, text);
    expect(readFileSync(page, 'utf8'), renew).toBe(text);
  });
});
