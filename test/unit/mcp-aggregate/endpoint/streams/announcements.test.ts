import { describe, expect, it, vi } from 'vitest';
import { Announcements } from '../../../../../plugins/mcp-aggregate/endpoint/streams/announcements.js';

/** A runtime whose lists are each caller's own. */
function setUp() {
  let tell: (method: string, context?: string) => void = () => undefined;
  const runtime = {
    contextOf: (caller: { context: string }) => caller.context,
    onListChanged: (listener: typeof tell) => {
      tell = listener;
      return () => undefined;
    },
  } as never;
  const sent: string[] = [];
  const channel = {
    changed: (method: string) => Promise.resolve(void sent.push(method)),
  } as never;
  return { runtime, channel, sent, change: (context?: string) => tell('changed', context) };
}

const as = (context: string) => ({ context }) as never;

describe('a stream whose session comes back with other rights', () => {
  it('hears of the lists that go with these, and of the earlier ones no more', async () => {
    const { runtime, channel, sent, change } = setUp();
    const announcements = new Announcements();
    expect(announcements.join(runtime, channel, as('wide'))).toBe(false);
    expect(announcements.join(runtime, channel, as('wide'))).toBe(false);
    expect(announcements.join(runtime, channel, as('narrow'))).toBe(true);
    change('wide');
    await new Promise((resolve) => void setTimeout(resolve, 100));
    expect(sent).toEqual([]);
    change('narrow');
    await vi.waitFor(() => expect(sent).toHaveLength(1));
  });
});
