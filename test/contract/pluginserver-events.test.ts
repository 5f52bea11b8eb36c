import { describe, expect, test } from 'vitest';
import { serverRig } from '../support/kong-socket/rig.js';

const rig = serverRig(['probe', 'witness'], '--event-deadline', '0.4');
const { kong } = rig;

const answers = {
  'kong.request.get_headers': () => ({ 'user-agent': 'a client', accept: ['a/b', 'c/d'] }),
  'kong.request.get_method': () => 'POST',
  'kong.request.get_raw_body': () => ({ content: Buffer.from('four') }),
};

function run(mode: string) {
  return kong.request('probe', { mode }, answers);
}

/** The request id of a 500 that says nothing else. */
function bareFailure(outcome: { status?: number; body?: string }): string {
  expect(outcome.status).toBe(500);
  const { request_id: id, ...rest } = JSON.parse(outcome.body ?? '') as Record<string, string>;
  expect(rest).toEqual({ message: 'An unexpected error occurred' });
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  return id!;
}

/** The log line with that request id. */
async function logged(id: string): Promise<Record<string, unknown>> {
  await rig.server.saw(id);
  const line = rig.server.stderr.split('\n').find((candidate) => candidate.includes(id));
  return JSON.parse(line!) as Record<string, unknown>;
}

describe('a phase that lets the request pass', () => {
  test('reads in one flush, then writes and ends in a second', async () => {
    const outcome = await run('pass');
    expect(outcome).toMatchObject({ end: 'returned', flushes: 2 });
    expect(outcome.calls).toEqual([
      { method: 'kong.request.get_headers', args: [1000] },
      { method: 'kong.request.get_method', args: [] },
      { method: 'kong.request.get_raw_body', args: [] },
      { method: 'kong.service.request.set_header', args: ['x-method', 'POST'] },
      { method: 'kong.service.request.set_header', args: ['x-agent', 'a client'] },
      { method: 'kong.service.request.set_header', args: ['x-bytes', '4'] },
      { method: 'kong.service.set_target', args: ['127.0.0.1', 8080] },
    ]);
  });

  test('sends writes that it awaits one by one in the same flush, in order', async () => {
    const outcome = await run('one-by-one');
    expect(outcome).toMatchObject({ end: 'returned', flushes: 1 });
    expect(outcome.calls.map(({ args }) => args)).toEqual([
      ['x-first', '1'],
      ['x-second', '2'],
      ['/third'],
    ]);
  });

  test('may use the connection again and again', async () => {
    for (let count = 0; count < 50; count += 1) {
      expect(await run('pass')).toMatchObject({ end: 'returned', flushes: 2 });
    }
  });

  test('gets the answer to the call it waits for, whatever it left unawaited', async () => {
    expect(await run('not-awaited')).toMatchObject({ end: 'returned' });
    expect(await run('pass')).toMatchObject({ end: 'returned' });
  });

  test('sees an empty body, a spilled body and a refused body as such', async () => {
    for (const [answer, seen] of [
      [undefined, '0'],
      [{ bodyFilepath: '/spool/1' }, 'undefined'],
      [{ error: "Can't read" }, "Can't read"],
    ] as const) {
      const body = { ...answers, 'kong.request.get_raw_body': () => answer };
      const { calls } = await kong.request('probe', { mode: 'pass' }, body);
      expect(calls.find(({ args }) => args[0] === 'x-bytes')?.args[1]).toBe(seen);
    }
  });

  test('of another plugin on the same socket is that plugin', async () => {
    const { calls } = await kong.request('witness', {});
    expect(calls).toEqual([
      { method: 'kong.service.request.set_header', args: ['x-witness', 'here'] },
    ]);
  });
});

describe('a phase that ends the request', () => {
  test('sends its exit last, with a text body as bytes', async () => {
    const outcome = await run('exit');
    expect(outcome).toMatchObject({ end: 'exited', status: 401, body: 'no entry', flushes: 1 });
    expect(outcome.headers).toEqual({ 'www-authenticate': 'Bearer' });
  });

  test('cannot call Kong any more', async () => {
    expect(await run('exit-then-call')).toMatchObject({ end: 'exited', status: 403 });
    await rig.server.saw('late call: kong.request.get_path after kong.response.exit');
  });
});

describe('a phase that fails ends the request with 500 and an id, and tells only the log why', () => {
  for (const [mode, detail] of [
    ['throw', 'detail for the operator'],
    ['throw-at-once', 'detail for the operator'],
    ['unknown-method', 'kong.service.set_timeouts cannot be called over ProtoBuf:1'],
    ['unfit-argument', 'kong.service.request.set_path does not take these arguments'],
    ['hang', 'the phase took longer than 400 ms'],
  ] as const) {
    test(`when it does this: ${mode}`, async () => {
      const before = kong.events;
      const id = bareFailure(await run(mode));
      expect(kong.events - before).toBe(1);
      const line = await logged(id);
      expect(line).toMatchObject({ level: 'error', plugin: 'probe', phase: 'access' });
      expect(line['error']).toContain(detail);
    });
  }

  test('with a new id each time', async () => {
    const ids = [bareFailure(await run('throw')), bareFailure(await run('throw'))];
    expect(new Set(ids).size).toBe(2);
  });

  test('when it is not one of the plugin’s phases', async () => {
    const id = await kong.start('probe', { mode: 'nothing' });
    bareFailure(await kong.event(id, {}, 'certificate'));
    bareFailure(await kong.event(id, {}, 'constructor'));
  });

  test('but not in the log phase, where there is nothing to end', async () => {
    const id = await kong.start('witness', {});
    expect(await kong.event(id, {}, 'log')).toMatchObject({ end: 'returned', calls: [] });
    await rig.server.saw('nothing to end here');
  });
});

test('what is past its deadline is told to stop', async () => {
  await run('hang');
  await rig.server.saw('probe: hang aborted');
});
