import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestProcess } from '../support/process.js';
import { until } from '../support/readiness.js';
import { startCluster } from './support/cluster.js';
import type { Kubectl } from './support/cluster.js';
import { hasControlPlane } from './support/control-plane.js';
import { startController } from './support/controller-process.js';
import { gateway, group, server } from './support/manifests.js';

describe.skipIf(!hasControlPlane)('a controller with rights in one namespace', () => {
  let kubectl: Kubectl;
  let controller: TestProcess;

  beforeAll(async () => {
    kubectl = await startCluster({ rightsIn: 'tools' });
    await kubectl.namespace('others');
    controller = startController(kubectl.plane, '--namespace', 'tools');
  });
  afterAll(async () => {
    await controller?.kill('SIGTERM');
    await kubectl?.plane.stop();
  });

  it('serves what is there, and looks at nothing else', async () => {
    await kubectl.apply(gateway('far', {}, 'others'), server('far', undefined, 'others'));
    await kubectl.apply(gateway(), server('a'));
    await until(
      async () =>
        (await kubectl.get('MCPServer', group, 'tools', 'a'))?.status?.gateways?.[0]?.name ===
        'main',
      { what: 'not served', timeoutMs: 60_000 },
    );
    expect((await kubectl.get('MCPServer', group, 'others', 'far'))?.status).toBeUndefined();
    expect(controller.stderr).not.toContain('kubernetes_watch_failed');
    expect(controller.stderr).not.toContain('write_failed');
  });
});
