import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway } from '../support/gateway/gateway.js';
import type { Gateway } from '../support/gateway/gateway.js';
import { startDemoServers } from '../support/rig/demo-servers.js';
import type { DemoServers } from '../support/rig/demo-servers.js';
import { until } from '../support/readiness.js';
import { endpoint } from '../support/rig/services.js';
import { rpc } from '../support/rpc.js';
import { startFixtureServer } from './fixture-server.js';
import type { FixtureServer } from './fixture-server.js';
import { runSuite } from './suite.js';
import type { ScenarioCount } from './suite.js';

/** Required scenarios that the endpoint serves. The others belong to features it does not have yet. */
const served = [
  'server-initialize',
  'ping',
  'tools-list',
  'tools-call-simple-text',
  'tools-call-image',
  'tools-call-audio',
  'tools-call-embedded-resource',
  'tools-call-mixed-content',
  'tools-call-error',
  'tools-call-with-progress',
  'tools-call-with-logging',
  'tools-call-sampling',
  'tools-call-elicitation',
  'elicitation-sep1034-defaults',
  'elicitation-sep1330-enums',
  'logging-set-level',
  'completion-complete',
  'resources-list',
  'resources-read-text',
  'resources-read-binary',
  'resources-subscribe',
  'resources-unsubscribe',
  'resources-templates-read',
  'prompts-list',
  'prompts-get-simple',
  'prompts-get-with-args',
  'prompts-get-embedded-resource',
  'prompts-get-with-image',
  'server-sse-multiple-streams',
  'dns-rebinding-protection',
];

describe('the official suite, revision 2025-11-25, through the gateway', () => {
  let fixture: FixtureServer;
  let demo: DemoServers;
  let gateway: Gateway;
  let counts: ReadonlyMap<string, ScenarioCount>;
  let direct: ReadonlyMap<string, ScenarioCount>;

  beforeAll(async () => {
    [fixture, demo] = await Promise.all([startFixtureServer(), startDemoServers()]);
    // The suite's names are fixed, so its server has no prefix; the others make it a merged list.
    const servers = [
      { name: 'suite', url: fixture.url, prefix: '', uri_mapping: 'none', trusted: true },
      ...demo.servers,
    ];
    gateway = await startGateway({
      env: demo.env,
      declarative: ({ url }) => ({
        services: [
          endpoint({
            name: 'mcp',
            path: '/mcp',
            aggregate: { servers, anonymous: true, allowed_origins: [url] },
          }),
        ],
      }),
    });
    await until(
      async () => {
        const { text } = await rpc(gateway.at('/mcp'), 'tools/list');
        return text.includes('test_simple_text') && text.includes('memory__read_graph');
      },
      { what: 'the servers never listed' },
    );
    counts = await runSuite(gateway.at('/mcp'), '2025-11-25');
    direct = await runSuite(fixture.url, '2025-11-25');
  }, 180_000);
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([fixture?.close(), demo?.close()]);
  });

  it.each(served)('%s passes', (name) => {
    expect(counts.get(name)?.failed).toBe(0);
    expect(counts.get(name)?.passed).toBeGreaterThan(0);
  });

  it('passes at the fixture itself, and none passes there alone', () => {
    const passing = (all: typeof counts) =>
      [...all].filter(([name, { failed }]) => failed === 0 && served.includes(name)).length;
    expect([passing(direct), passing(counts)]).toEqual([served.length, served.length]);
  });

  it('every scenario that passes is in the list', () => {
    const passing = [...counts].filter(([, { failed }]) => failed === 0).map(([name]) => name);
    const unscored = ['server-session-lifecycle', 'json-schema-2020-12', 'server-sse-polling'];
    expect(passing.filter((name) => !unscored.includes(name)).sort()).toEqual([...served].sort());
  });
});
