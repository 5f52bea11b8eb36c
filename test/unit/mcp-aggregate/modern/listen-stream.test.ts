import { describe, expect, it } from 'vitest';
import { ListenStream } from '../../../../plugins/mcp-aggregate/endpoint/modern/listen/listen-stream.js';

/** A connection whose client reads nothing. */
function setUp(id = '7') {
  const sent: string[] = [];
  let abandoned = 0;
  const writer = {
    get unread() {
      return sent.join('').length;
    },
    send: (frame: readonly Buffer[]) =>
      Promise.resolve(void sent.push(Buffer.concat(frame).toString())),
    abandon: () => void (abandoned += 1),
  };
  const stream = new ListenStream(writer as never, Buffer.from(id));
  return { stream, sent, abandoned: () => abandoned };
}

const note = (params: string) => ({ method: 'notifications/x', params: Buffer.from(params) });

describe('a stream of subscriptions', () => {
  it('names its request by the id as it stands', () => {
    const { stream, sent } = setUp('"\\u0061"');
    stream.acknowledge({});
    stream.tell({ method: 'notifications/y', params: undefined });
    expect(sent).toHaveLength(2);
    for (const text of sent) expect(text).toContain('subscriptionId":"\\u0061"}');
  });

  it('keeps a bounded amount until it is acknowledged, and nothing twice', () => {
    const { stream, sent } = setUp();
    for (let n = 0; n < 100; n++) stream.tell(note('{"n":1}'));
    for (let n = 0; n < 100; n++) stream.tell(note(`{"n":"${'x'.repeat(50_000)}${n}"}`));
    expect(sent).toEqual([]);
    stream.acknowledge({});
    expect(sent[0]).toContain('acknowledged');
    expect(sent.length).toBeGreaterThan(10);
    expect(sent.length).toBeLessThan(25);
  });

  it('is cut off where its client takes in nothing', () => {
    const { stream, sent, abandoned } = setUp();
    stream.acknowledge({});
    for (let n = 0; n < 100; n++) stream.tell(note(`{"n":"${'x'.repeat(50_000)}"}`));
    expect(sent.join('').length).toBeLessThan(1_200_000);
    expect(abandoned()).toBeGreaterThan(0);
  });
});
