import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { FrameDecoder, encodeFrames } from '../../../kong/pluginserver/wire/frames.js';
import {
  decodeRpcCall,
  encodeHandled,
  encodeRpcCall,
} from '../../../kong/pluginserver/wire/messages.js';
import { Crossing } from '../../support/gateway/crossing.js';

/** Asks one question in each event, and says in its argument which connection it is. */
async function startPluginServer(path: string): Promise<void> {
  let connections = 0;
  const server = createServer((socket) => {
    const name = `connection ${++connections}`;
    const decoder = new FrameDecoder();
    let sequence = 0;
    socket.on('data', (chunk: Buffer) =>
      decoder.push(chunk, (frame) => {
        if (frame.toString() === 'answer') {
          // The last call's answer is not waited for.
          const last = [Buffer.from('kong.log.debug'), Buffer.of()];
          socket.write(encodeFrames([...last, Buffer.of(), encodeHandled(sequence)]));
          return;
        }
        if (frame.toString() === 'late answer') return;
        const call = decodeRpcCall(frame);
        sequence = call.sequence;
        const isEvent = call.command?.type === 'handleEvent';
        const asked = [Buffer.from('kong.log.debug'), Buffer.from(name)];
        socket.write(encodeFrames(isEvent ? asked : [encodeHandled(sequence)]));
      }),
    );
  }).listen(path);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
}

test('each call over one connection of the gateway reaches the plugin server on its own', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'crossing-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [outer, inner] = [join(folder, 'outer'), join(folder, 'inner')];
  await startPluginServer(inner);
  const crossing = await Crossing.start(outer, inner);
  onTestFinished(() => crossing.stop());

  const kong = connect(outer);
  const frames: string[] = [];
  const decoder = new FrameDecoder();
  kong.on('data', (chunk: Buffer) =>
    decoder.push(chunk, (frame) => frames.push(frame.toString('latin1'))),
  );
  const untilFrames = (count: number) => expect.poll(() => frames.length).toBe(count);
  const handled = (sequence: number) => encodeHandled(sequence).toString('latin1');
  const event = (sequence: number) =>
    encodeRpcCall({
      sequence,
      command: { type: 'handleEvent', instanceId: 1, eventName: 'access' },
    });

  kong.write(encodeFrames([event(1)]));
  await untilFrames(2);
  kong.write(encodeFrames([Buffer.from('answer')]));
  await untilFrames(6);
  kong.write(encodeFrames([Buffer.from('late answer')]));
  kong.write(encodeFrames([encodeRpcCall({ sequence: 2, command: { type: 'getPluginNames' } })]));
  await untilFrames(7);
  kong.write(encodeFrames([event(3)]));
  await untilFrames(9);
  kong.end();
  expect(frames).toEqual([
    ...['kong.log.debug', 'connection 1', 'kong.log.debug', '', '', handled(1)],
    handled(2),
    ...['kong.log.debug', 'connection 3'],
  ]);
});
