import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventOverError } from '../../../kong/pluginserver/pdk/event-over-error.js';
import { PdkCalls } from '../../../kong/pluginserver/pdk/pdk-calls.js';

const newCalls = (): PdkCalls => new PdkCalls({ send: () => undefined, onExit: () => undefined });

describe('calls of an event that ends', () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown): unknown => unhandled.push(error);

  beforeEach(() => void process.on('unhandledRejection', note));
  afterEach(() => {
    process.off('unhandledRejection', note);
    unhandled.length = 0;
  });

  /** Node looks for faults that nobody has taken after the microtasks of a turn. */
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('reject where Kong has gone, those as well that the plugin has not come to yet', async () => {
    const calls = newCalls();
    const method = calls.call('kong.request.get_method', []);
    const headers = calls.call('kong.request.get_headers', [100]);
    const plugin = (async () => [await method, await headers])();
    calls.drop('Kong closed the connection');
    await expect(plugin).rejects.toThrow(EventOverError);
    await turn();
    expect(unhandled).toEqual([]);
    await expect(headers).rejects.toThrow('no answer to kong.request.get_headers');
  });

  it('reject with what cannot be decoded', async () => {
    const calls = newCalls();
    const method = calls.call('kong.request.get_method', []);
    expect(() => calls.answer(Buffer.from([0xff]))).toThrow('cannot be decoded');
    await turn();
    expect(unhandled).toEqual([]);
    await expect(method).rejects.toThrow('kong.request.get_method cannot be decoded');
  });
});
