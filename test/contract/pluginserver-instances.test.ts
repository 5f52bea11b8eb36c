import { describe, expect, test } from 'vitest';
import { KongWorker } from '../support/kong-socket/kong-worker.js';
import { workersOfRun } from '../support/workers.js';
import { serverRig } from '../support/kong-socket/rig.js';
import { ServerProcess } from '../support/kong-socket/server-process.js';

const rig = serverRig(['probe', 'witness']);
const { folder, kong, path, plugins } = rig;

describe('instance ids', () => {
  test('are positive int32, unlike one another and in no order', async () => {
    const ids: number[] = [];
    for (let count = 0; count < 300; count += 1) ids.push(await kong.start('witness', {}));
    expect(new Set(ids).size).toBe(300);
    for (const id of ids) expect(id > 0 && id <= 0x7fffffff && Number.isInteger(id)).toBe(true);
    const steps = ids.slice(1).map((id, index) => id - ids[index]!);
    expect(new Set(steps).size).toBeGreaterThan(290);
    expect(steps.filter((step) => step > 0).length).toBeGreaterThan(100);
    expect(steps.filter((step) => step < 0).length).toBeGreaterThan(100);
  });

  test('of one process mean nothing to the next', async () => {
    const elsewhere = `${folder}/other.sock`;
    const other = await ServerProcess.listening(elsewhere, plugins.path);
    const worker = new KongWorker(elsewhere);
    const own = await kong.start('witness', {});
    await expect(worker.event(own)).rejects.toThrow('closed');
    worker.close();
    await other.stop();
  });
});

describe('an event for an id that this process did not give', () => {
  for (const id of [0, 1, -1, 2_147_483_647]) {
    test(`is refused by closing the connection: ${id}`, async () => {
      await expect(kong.event(id)).rejects.toThrow('closed');
    });
  }
});

describe('a configuration that the plugin refuses', () => {
  test.runIf(workersOfRun === 1)(
    'starts an instance that answers 503, tells Kong why once, and strangers nothing',
    async () => {
      const id = await kong.start('probe', { mode: 'refuse', __plugin_id: 'p', route_id: 'r' });
      await rig.server.saw('this configuration cannot work');
      const route = { 'kong.router.get_route': () => ({ id: 'r', name: 'the-route' }) };
      const first = await kong.event(id, route);
      expect(first).toMatchObject({ end: 'exited', status: 503 });
      expect(JSON.parse(first.body ?? '')).toMatchObject({
        jsonrpc: '2.0',
        error: { code: -31020 },
      });
      expect(first.body).not.toContain('cannot work');
      const told = first.calls.find(({ method }) => method === 'kong.log.err')?.args.join('');
      expect(told).toContain('probe: the configuration of the-route is refused');
      const second = await kong.event(id);
      expect(second.calls.map(({ method }) => method)).toEqual(['kong.response.exit']);
      expect(second).toMatchObject({ status: 503, body: first.body });
    },
  );

  test('does not concern other instances, nor a good configuration of the same entry', async () => {
    const entry = { __plugin_id: 'mended' };
    const refused = await kong.start('probe', { ...entry, mode: 'refuse' });
    const good = await kong.start('probe', { ...entry, mode: 'nothing' });
    expect(await kong.event(good)).toMatchObject({ end: 'returned' });
    expect(await kong.event(refused)).toMatchObject({ end: 'exited', status: 503 });
  });
});

describe('a start that fails', () => {
  test('because the plugin is unknown closes the connection and tells the log', async () => {
    await expect(kong.start('nobody', {})).rejects.toThrow('closed');
    await rig.server.saw('there is no plugin nobody');
  });

  test('because of unreadable configuration does not put that into the log', async () => {
    const config = Buffer.from('{"client_secret": "hunter2"');
    const start = kong.command({ type: 'startInstance', name: 'probe', config });
    await expect(start).rejects.toThrow('closed');
    await rig.server.saw('the configuration is not JSON');
    expect(rig.server.stderr).not.toContain('hunter2');
  });
});

describe('closing an instance', () => {
  test('closes the plugin object and forgets the id', async () => {
    const id = await kong.start('probe', { mode: 'nothing' });
    expect(await kong.event(id)).toMatchObject({ end: 'returned' });
    await kong.command({ type: 'closeInstance', instanceId: id });
    await rig.server.saw('probe: closed nothing');
    await expect(kong.event(id)).rejects.toThrow('closed');
  });

  test.runIf(workersOfRun === 1)('waits for an event that still runs', async () => {
    const id = await kong.start('probe', { mode: 'pass' });
    const other = new KongWorker(path);
    let closedDuring: boolean | undefined;
    const answers = { 'kong.request.get_headers': () => ({}) };
    const outcome = await kong.event(id, answers, 'access', async () => {
      await other.command({ type: 'closeInstance', instanceId: id });
      closedDuring = rig.server.stderr.includes('probe: closed pass');
    });
    expect(outcome).toMatchObject({ end: 'returned' });
    expect(closedDuring).toBe(false);
    await rig.server.saw('probe: closed pass');
    other.close();
  });

  test('that is unknown is no fault', async () => {
    const answer = await kong.command({ type: 'closeInstance', instanceId: 42 });
    expect(answer.instanceStatus).toBeUndefined();
  });
});

describe('what else Kong may ask', () => {
  test('the names of the plugins', async () => {
    const { pluginNames } = await kong.command({ type: 'getPluginNames' });
    expect(pluginNames?.names).toEqual(['probe', 'witness']);
  });

  test('what a plugin is', async () => {
    const { pluginInfo } = await kong.command({ type: 'getPluginInfo', name: 'witness' });
    expect(pluginInfo).toMatchObject({
      name: 'witness',
      version: '2.0.0',
      priority: 910,
      phases: ['log', 'access'],
    });
    expect(JSON.parse(pluginInfo!.schema)).toMatchObject({ name: 'witness' });
  });

  test('the status of an instance', async () => {
    const id = await kong.start('probe', { mode: 'exit' });
    const answer = await kong.command({ type: 'getInstanceStatus', instanceId: id });
    expect(answer.instanceStatus).toMatchObject({ name: 'probe', instanceId: id });
    const unknown = kong.command({ type: 'getInstanceStatus', instanceId: 3 });
    await expect(unknown).rejects.toThrow('closed');
  });
});
