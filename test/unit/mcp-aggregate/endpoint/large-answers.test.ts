import { createServer, request } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { writeJson } from '../../../../plugins/mcp-aggregate/endpoint/answer/json-writer.js';
import { SseWriter } from '../../../../plugins/mcp-aggregate/endpoint/answer/sse-writer.js';
import { sliceBytes } from '../../../../plugins/mcp-aggregate/endpoint/answer/write-slices.js';
import type { CallEvent } from '../../../../plugins/mcp-aggregate/core/calls/call.js';
import { FakeUpstream, events, tool } from '../../../support/aggregate/fake-upstream.js';
import { rpc, startHarness } from '../../../support/aggregate/harness.js';

const large = Buffer.from(JSON.stringify({ text: 'x\n é"'.repeat(400_000) }));
const opened: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

/** What a client reads of an answer, once `mayRead` has resolved. */
async function answerOf(
  write: (response: ServerResponse) => unknown,
  mayRead = Promise.resolve(),
): Promise<Buffer> {
  const server = createServer((_, response) => void write(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.push(
    () => server.close(),
    () => server.closeAllConnections(),
  );
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port }, (response) => {
      const chunks: Buffer[] = [];
      void mayRead.then(() => response.on('data', (chunk: Buffer) => chunks.push(chunk)));
      response.on('end', () => resolve(Buffer.concat(chunks)));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end();
  });
}

function eventOf(data: string): string {
  return `event: message\ndata: ${data}\n\n`;
}

describe('a large JSON answer', () => {
  it('arrives as it is, and no write is longer than a slice', async () => {
    const sizes: number[] = [];
    const text = await answerOf((response) => {
      const write = response.write.bind(response) as (chunk: Buffer) => boolean;
      vi.spyOn(response, 'write').mockImplementation((chunk: Buffer) => {
        sizes.push(chunk.length);
        return write(chunk);
      });
      return writeJson(response, 200, [Buffer.from('['), large, Buffer.from(']')]);
    });
    expect(text.equals(Buffer.from(`[${large.toString()}]`))).toBe(true);
    expect(Math.max(...sizes)).toBe(sliceBytes);
  });

  it('is given up when its client goes', async () => {
    let written: Promise<unknown> | undefined;
    const client = answerOf((response) => {
      written = Promise.resolve(writeJson(response, 200, Array(20).fill(large) as Buffer[]));
      setImmediate(() => response.destroy());
    });
    await expect(client).rejects.toThrow();
    await written;
  });

  it('may take longer than the silence after which an answer becomes a stream', async () => {
    const size = 30_000_000;
    const upstream = new FakeUpstream('one', [tool('t')]);
    const last: CallEvent = { type: 'done', result: Buffer.from(`{"x":"${'x'.repeat(size)}"}`) };
    upstream.script = () => events(last);
    const timing = { silenceMs: 1_000, heartbeatMs: 20, graceMs: 50, askMs: 300 };
    const harness = await startHarness([upstream], { timing });
    opened.push(() => harness.stop());
    const response = await harness.send({ json: rpc('tools/call', { name: 'one__t' }, 'c') });
    await new Promise((resolve) => setTimeout(resolve, 1.3 * timing.silenceMs));
    expect(response.headers.get('content-type')).toBe('application/json');
    const around = '{"jsonrpc":"2.0","id":"c","result":{"x":""}}'.length;
    expect((await response.arrayBuffer()).byteLength).toBe(size + around);
  });
});

describe('a large message of an event stream', () => {
  const oneLine = large.toString().replaceAll('\n', ' ');
  const small = Buffer.from('{"small":1}');

  it('arrives as one line, before messages sent meanwhile, with no heartbeat within', async () => {
    const text = await answerOf(async (response) => {
      const writer = new SseWriter(response, 1);
      writer.start({});
      const sent = [writer.send([large], 'a'), writer.send([small], 'b'), writer.send([large])];
      expect(writer.unread).toBeGreaterThan(2 * large.length);
      await Promise.all(sent);
      await writer.end([small]);
    });
    const said = text.toString().replaceAll(': \n\n', '');
    const first = `id: a\n${eventOf(oneLine)}id: b\n${eventOf('{"small":1}')}`;
    expect(said === `${first}${eventOf(oneLine)}${eventOf('{"small":1}')}`).toBe(true);
  });

  it('is sent whole where the stream is closed meanwhile, however late it is read', async () => {
    const mayRead = new Promise<void>((resolve) => setTimeout(resolve, 100));
    const text = await answerOf((response) => {
      const writer = new SseWriter(response, 10_000);
      writer.start({});
      void writer.send([large]);
      writer.close();
    }, mayRead);
    expect(text.toString() === eventOf(oneLine)).toBe(true);
  });
});
