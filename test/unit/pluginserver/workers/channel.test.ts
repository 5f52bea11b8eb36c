import { describe, expect, it } from 'vitest';
import { Channel, ChannelError } from '../../../../kong/pluginserver/workers/channel.js';

type Out = { double: { says: number; answer: number }; note: { says: string; answer: undefined } };
type In = { halve: { says: number; answer: number } };

/** Two ends, each message as another process would get it. */
function pair() {
  const here: Channel<Out, In> = new Channel((message) =>
    queueMicrotask(() => there.take(structuredClone(message))),
  );
  const there: Channel<In, Out> = new Channel((message) =>
    queueMicrotask(() => here.take(structuredClone(message))),
  );
  return { here, there };
}

describe('a channel between processes', () => {
  it('asks in both directions, and gives each answer to its question', async () => {
    const { here, there } = pair();
    there.on('double', async (n) => {
      if (n === 1) await new Promise((resolve) => setImmediate(resolve));
      return n * 2;
    });
    here.on('halve', (n) => n / 2);
    const answers = [here.ask('double', 1, 1_000), here.ask('double', 2, 1_000)];
    expect(await Promise.all([...answers, there.ask('halve', 8, 1_000)])).toEqual([2, 4, 4]);
  });

  it('tells in order', async () => {
    const { here, there } = pair();
    const heard: string[] = [];
    there.on('note', (text) => void heard.push(text));
    for (const text of ['a', 'b', 'c']) here.tell('note', text);
    await new Promise((resolve) => setImmediate(resolve));
    expect(heard).toEqual(['a', 'b', 'c']);
  });

  it('waits no longer than it was told to', async () => {
    const { here, there } = pair();
    there.on('double', () => new Promise<number>(() => undefined));
    await expect(here.ask('double', 1, 5)).rejects.toThrow(/no answer to double in 5 ms/);
  });

  it('passes on that the other side failed, but not why', async () => {
    const { here, there } = pair();
    there.on('double', () => Promise.reject(new Error('secret')));
    const failed = here.ask('double', 1, 1_000);
    await expect(failed).rejects.toThrow(ChannelError);
    await expect(failed).rejects.not.toThrow('secret');
  });

  it('keeps nobody waiting when the other process has gone', async () => {
    const { here, there } = pair();
    there.on('double', () => new Promise<number>(() => undefined));
    const asked = here.ask('double', 1, 60_000);
    here.close();
    await expect(asked).rejects.toThrow('has gone');
    await expect(here.ask('double', 1, 60_000)).rejects.toThrow('has gone');
  });
});
