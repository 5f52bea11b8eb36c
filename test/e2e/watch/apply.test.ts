import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyToKong } from '../../../kong/apply/apply.js';
import type { Members } from '../../../kong/apply/members.js';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway } from '../../support/gateway/gateway.js';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/readiness.js';
import { startDemoServers } from '../../support/rig/demo-servers.js';
import type { DemoServers } from '../../support/rig/demo-servers.js';
import { endpoint } from '../../support/rig/services.js';
import { rpc } from '../../support/rpc.js';

describe('a configuration applied to a Kong without a database', () => {
  let demo: DemoServers;
  let gateway: Gateway;
  let kong: { url: string; headers: Record<string, string> };
  const tag = 'kong-mcp-test';

  const document = (servers: readonly unknown[]): Members => ({
    _format_version: '3.0',
    services: [endpoint({ name: 'mcp', path: '/mcp', aggregate: { anonymous: true, servers } })],
  });
  const apply = (servers: readonly unknown[], whole = false) =>
    applyToKong(kong, { document: document(servers), tag, whole });
  const names = async (): Promise<string[]> => {
    const { message } = await rpc(gateway.at('/mcp'), 'tools/list');
    return ((message?.result?.['tools'] ?? []) as { name: string }[]).map(({ name }) => name);
  };

  beforeAll(async () => {
    const port = await freePort();
    demo = await startDemoServers();
    kong = { url: `http://127.0.0.1:${port}`, headers: {} };
    gateway = await startGateway({
      env: demo.env,
      declarative: {},
      conf: { admin_listen: `127.0.0.1:${port}` },
    });
  });
  afterAll(async () => {
    await gateway?.stop();
    await demo?.close();
  });

  it('replaces what others have put there only where it is told to', async () => {
    await expect(apply(demo.servers)).rejects.toMatchObject({ code: 'foreign' });
    const applied = await apply(demo.servers, true);
    expect(applied).toMatchObject({ mode: 'off', changes: ['POST configuration'] });
    await until(async () => (await names()).includes('everything__echo'), { what: 'no tool' });
  });

  it('is taken as one’s own once it carries the tag, and does nothing where nothing differs', async () => {
    await expect(apply(demo.servers)).rejects.toMatchObject({ code: 'foreign' });
    const tagged = JSON.stringify(document(demo.servers)).replaceAll(
      '"name":"mcp',
      `"tags":["${tag}"],"name":"mcp`,
    );
    const own = JSON.parse(tagged) as Members;
    await applyToKong(kong, { document: own, tag, whole: true });
    expect((await apply(demo.servers.slice(0, 1))).changes).toHaveLength(1);
    expect((await apply(demo.servers.slice(0, 1))).changes).toEqual([]);
  });

  it('is refused with the place, and what was served stays', async () => {
    const refused = apply([{ name: 'a', url: 'http://127.0.0.1:9/mcp', timeout: 'hush' }]);
    await expect(refused).rejects.toMatchObject({ code: 'refused' });
    await expect(refused).rejects.toThrow(
      /plugins\[1\]\.config\.servers\[1\]\.timeout: expected an integer/,
    );
    expect(await names()).toContain('everything__echo');
  });
});
