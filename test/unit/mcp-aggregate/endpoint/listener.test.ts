import { connect } from 'node:net';
import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { Aggregator } from '../../../../plugins/mcp-aggregate/endpoint/aggregator.js';
import { Listener } from '../../../../plugins/mcp-aggregate/endpoint/listening/listener.js';
import { systemClock } from '../../../../plugins/mcp-aggregate/io/clock.js';
import { pluginOn } from '../../../../plugins/mcp-aggregate/plugin.js';
import { kongConfig } from '../../../support/aggregate/harness.js';

let listener: Listener;
afterEach(() => listener?.close(0, () => undefined));

async function start(onRequest: (response: ServerResponse) => void) {
  listener = new Listener((_request, response) => onRequest(response));
  await listener.start();
  return `http://127.0.0.1:${listener.port}/`;
}

/** A listener that answers nothing by itself, and its first response. */
async function startHeld() {
  const arrived = new Promise<ServerResponse>((resolve) => {
    listener = new Listener((_request, response) => resolve(response));
  });
  await listener.start();
  return { url: `http://127.0.0.1:${listener.port}/`, arrived };
}

describe('the aggregator’s listener', () => {
  it('keeps idle connections longer than Kong does', async () => {
    const url = await start((response) => response.end());
    const response = await fetch(url);
    await response.text();
    const [, seconds] = /timeout=(\d+)/.exec(response.headers.get('keep-alive') ?? '') ?? [];
    expect(Number(seconds)).toBeGreaterThanOrEqual(75);
  });

  it('takes the headers that nginx lets through', async () => {
    const url = await start((response) => response.end());
    const headers = { a: 'x'.repeat(16_000), b: 'x'.repeat(16_000) };
    expect((await fetch(url, { headers })).status).toBe(200);
  });

  it('lets an answer under way end before it closes', async () => {
    const { url, arrived } = await startHeld();
    const answer = fetch(url).then((response) => response.text());
    const held = await arrived;
    let cut = false;
    const closed = listener.close(10_000, () => (cut = true));
    expect(() => listener.port).toThrow('not listening');
    held.end('late');
    expect(await answer).toBe('late');
    await closed;
    expect(cut).toBe(false);
  });

  it('cuts off what does not end within the bound', async () => {
    const { url, arrived } = await startHeld();
    const answer = fetch(url).catch(() => 'cut');
    await arrived;
    await listener.close(50, () => undefined);
    expect(await answer).toBe('cut');
  });

  it('answers 400 to what is no HTTP', async () => {
    const { port } = new URL(await start((response) => response.end()));
    const socket = connect(Number(port), '127.0.0.1');
    socket.end('hello\r\n\r\n');
    const text = await new Promise((resolve) =>
      socket.on('data', (bytes) => resolve(String(bytes))),
    );
    expect(text).toMatch(/^HTTP\/1.1 400 /);
  });
});

describe('Aggregator', () => {
  const options = {
    acquire: () => {
      throw new Error('no servers here');
    },
    clock: systemClock,
    closeUpstreams: () => Promise.resolve(),
  };
  const keys = { keys: [Buffer.alloc(32)], from: 'process' as const };

  it('does not let a plugin start before it is ready', () => {
    const aggregator = new Aggregator({ ...options, sealingKeys: async () => keys });
    const Plugin = pluginOn(aggregator);
    expect(() => new Plugin(kongConfig([{ name: 'a' }]))).toThrow('not ready');
  });

  it('is not ready without a usable key, and stops all the same', async () => {
    const sealingKeys = () => Promise.reject(new Error('bad key'));
    const aggregator = new Aggregator({ ...options, sealingKeys });
    await expect(aggregator.start()).rejects.toThrow('bad key');
    await expect(aggregator.stop()).resolves.toBeUndefined();
  });

  it('starts once, and stops without having started', async () => {
    const sealingKeys = async () => keys;
    const aggregator = new Aggregator({ ...options, sealingKeys });
    await Promise.all([aggregator.start(), aggregator.start()]);
    expect(aggregator.port).toBeGreaterThan(0);
    await aggregator.stop(0);
    await new Aggregator({ ...options, sealingKeys }).stop();
  });

  it('loads without a word and without side effects', async () => {
    const exports = await import('../../../../plugins/mcp-aggregate/index.js');
    expect(exports).toMatchObject({ Name: 'mcp-aggregate', Priority: 1010, Version: '0.1.0' });
    expect(() => new exports.Plugin(kongConfig([{ name: 'a' }]))).toThrow('not ready');
  });
});
