import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { encodeFrames } from '../../kong/pluginserver/wire/frames.js';
import { decodeRpcReturn, encodeRpcCall } from '../../kong/pluginserver/wire/messages.js';
import { decodeArgs, encodeResult } from '../../kong/pluginserver/pdk/pdk-methods.js';
import { KongWorker } from '../support/kong-socket/kong-worker.js';
import { serverRig } from '../support/kong-socket/rig.js';
import { Wire } from '../support/kong-socket/wire.js';

const rig = serverRig(['probe'], '--event-deadline', '50');
const { kong, path } = rig;

function eventCall(instanceId: number, sequence = 7): Buffer {
  const command = { type: 'handleEvent', instanceId, eventName: 'access' } as const;
  return encodeRpcCall({ sequence, command });
}

/** Reads an exit as Kong would and answers its status. */
async function exitStatus(wire: Wire): Promise<unknown> {
  expect((await wire.read()).toString()).toBe('kong.response.exit');
  return decodeArgs('kong.response.exit', await wire.read())[0];
}

async function stillServes(): Promise<void> {
  expect(await kong.request('probe', { mode: 'nothing' })).toMatchObject({ end: 'returned' });
}

describe('what arrives', () => {
  test('byte by byte is understood', async () => {
    const id = await kong.start('probe', { mode: 'one-by-one' });
    const wire = await Wire.open(path);
    for (const byte of encodeFrames([eventCall(id)])) {
      wire.socket.write(Buffer.of(byte));
      await new Promise((sent) => setImmediate(sent));
    }
    expect((await wire.read()).toString()).toBe('kong.service.request.set_header');
    wire.destroy();
  });

  test('in one chunk, answers and the next call together, is understood', async () => {
    const id = await kong.start('probe', { mode: 'one-by-one' });
    const wire = await Wire.open(path);
    wire.send(eventCall(id, 1));
    for (let frame = 0; frame < 7; frame += 1) await wire.read();
    expect(decodeRpcReturn(await wire.read()).sequence).toBe(1);
    const nothing = Buffer.alloc(0);
    wire.socket.write(encodeFrames([nothing, nothing, nothing, eventCall(id, 2)]));
    for (let frame = 0; frame < 7; frame += 1) await wire.read();
    expect(decodeRpcReturn(await wire.read()).sequence).toBe(2);
    wire.destroy();
  });

  const unreadable: readonly (readonly [string, Buffer])[] = [
    ['noise', Buffer.from('this is not a protobuf message')],
    ['a cut message', eventCall(1).subarray(0, 6)],
    ['empty', Buffer.alloc(0)],
    ['of a wrong wire type', Buffer.from([0xa5, 0x02, 1, 2, 3, 4])],
    ['a command of a later Kong', Buffer.from([0x08, 0x02, 0xfa, 0x06, 0x00])],
    ['endless groups', Buffer.alloc(5000, 0x0b)],
  ];
  for (const [what, frame] of unreadable) {
    test(`as a call but is ${what} ends the request with 500`, async () => {
      const wire = await Wire.open(path);
      wire.send(frame);
      expect(await exitStatus(wire)).toBe(500);
      expect(wire.open).toBe(true);
      wire.destroy();
      await stillServes();
    });
  }

  test('as a frame above the limit ends the request with 500 and is not kept', async () => {
    const wire = await Wire.open(path);
    const before = rig.server.usage().rssMb;
    wire.socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff]));
    expect(await exitStatus(wire)).toBe(500);
    const megabyte = Buffer.alloc(1_000_000);
    for (let sent = 0; sent < 100; sent += 1) {
      if (!wire.socket.write(megabyte)) {
        await new Promise((drained) => wire.socket.once('drain', drained));
      }
    }
    expect(rig.server.usage().rssMb - before).toBeLessThan(60);
    wire.destroy();
    await stillServes();
  });

  test('as an answer above the limit ends the request with 500', async () => {
    const id = await kong.start('probe', { mode: 'throw' });
    const wire = await Wire.open(path);
    wire.send(eventCall(id));
    await wire.read();
    await wire.read();
    wire.socket.write(Buffer.from([1, 0, 0, 0xff]));
    expect(await exitStatus(wire)).toBe(500);
    wire.destroy();
  });

  test('as an answer that cannot be decoded ends the request with 500', async () => {
    const id = await kong.start('probe', { mode: 'throw' });
    const wire = await Wire.open(path);
    wire.send(eventCall(id));
    await wire.read();
    await wire.read();
    wire.send(Buffer.from('noise'));
    expect(await exitStatus(wire)).toBe(500);
    wire.destroy();
    await rig.server.saw("Kong's answer to kong.request.get_method cannot be decoded");
  });

  test('as an answer that was not asked for ends the request with 500', async () => {
    const id = await kong.start('probe', { mode: 'hang' });
    const wire = await Wire.open(path);
    wire.send(eventCall(id), encodeResult('kong.request.get_method', 'GET'));
    expect(await exitStatus(wire)).toBe(500);
    await rig.server.saw('probe: hang aborted');
    wire.destroy();
  });
});

describe('an event whose connection Kong closes', () => {
  test('is told to stop, and its calls reject', async () => {
    const id = await kong.start('probe', { mode: 'wait-for-kong' });
    const wire = await Wire.open(path);
    wire.send(eventCall(id));
    await wire.read();
    wire.destroy();
    await rig.server.saw('probe: wait aborted');
    await stillServes();
  });

  test('leaves nothing behind, nor do 5,000 of them and 5,000 exits', async () => {
    const waiting = await kong.start('probe', { mode: 'not-awaited' });
    const exiting = await kong.start('probe', { mode: 'exit' });
    const measuring = await kong.start('probe', { mode: 'heap' });
    const heapBytes = async () => Number((await kong.event(measuring)).body);
    const openFiles = () => readdirSync(`/proc/${rig.server.child.pid}/fd`).length;
    const drop = async (): Promise<void> => {
      const wire = await Wire.open(path);
      wire.send(eventCall(waiting));
      await wire.read();
      wire.destroy();
      await kong.event(exiting);
    };
    for (let count = 0; count < 2_000; count += 1) await drop();
    const before = { files: openFiles(), heap: await heapBytes() };
    for (let count = 0; count < 5_000; count += 1) await drop();
    await stillServes();
    expect(openFiles()).toBeLessThanOrEqual(before.files + 2);
    // An event kept for ever would cost more than 100 bytes.
    expect((await heapBytes()) - before.heap).toBeLessThan(5_000 * 2 * 100);
  });
});

describe('a client that retries as Kong does', () => {
  const faults: readonly (readonly [string, string])[] = [
    ['throws', 'throw'],
    ['ends it', 'exit'],
    ['calls what does not exist', 'unknown-method'],
  ];
  for (const [what, mode] of faults) {
    test(`sends one event when the plugin ${what}`, async () => {
      const worker = new KongWorker(path);
      await worker.request('probe', { mode });
      expect(worker.events).toBe(1);
      worker.close();
    });
  }

  test('sends two events when its instance is unknown', async () => {
    const worker = new KongWorker(path);
    worker.remember('probe', { mode: 'exit' }, 123_456_789);
    expect(await worker.request('probe', { mode: 'exit' })).toMatchObject({ status: 401 });
    expect(worker.events).toBe(2);
    worker.close();
  });

  test('sends none when the instance does not start, and tries once', async () => {
    const worker = new KongWorker(path);
    await expect(worker.request('nobody', {})).rejects.toThrow('closed');
    expect(worker.events).toBe(0);
    expect(worker.starts).toBe(1);
    worker.close();
  });
});
