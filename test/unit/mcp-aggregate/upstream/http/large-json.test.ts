import { pathToFileURL } from 'node:url';
import { withoutModernMembers } from '../../../../../plugins/mcp-aggregate/core/eras/modern-members.js';
import { placesOf } from '../../../../../plugins/mcp-aggregate/core/eras/result-places.js';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { WorkerLost, WorkerPool } from '../../../../../lib/off-thread/worker-pool.js';
import { rewriteResult } from '../../../../../plugins/mcp-aggregate/core/uris/rewrite-result.js';
import { UriSpace } from '../../../../../plugins/mcp-aggregate/core/uris/uri-space.js';
import {
  LargeJson,
  largeJson,
} from '../../../../../plugins/mcp-aggregate/upstream/large/large-json.js';
import { runTask } from '../../../../../plugins/mcp-aggregate/upstream/large/tasks.js';
import { Peer } from '../../../../../plugins/mcp-aggregate/upstream/conversation/peer.js';
import { readServerMessage } from '../../../../../plugins/mcp-aggregate/upstream/conversation/read-server-message.js';
import { pageSpans } from '../../../../../plugins/mcp-aggregate/upstream/lists/page-spans.js';

const link = '{"type":"resource_link","uri":"a://b","x":9007199254740993}';
const servers = [{ name: 's', plainUris: false }];
const uris = { servers, server: 's' };
const exposed = (raw: Buffer, method = 'tools/call') =>
  rewriteResult(method, raw, (uri) => new UriSpace(servers).expose('s', uri)).toString();

/** No worker can be started from this: everything is done on this thread. */
const nowhere = new LargeJson(
  new WorkerPool({
    script: pathToFileURL('/nowhere/worker.js'),
    maxWorkers: 1,
    deadlineMs: 1000,
    idleMs: 1000,
    maxHeapMb: 16,
  }),
);
afterAll(() => nowhere.close());

describe('work on large messages', () => {
  const result = Buffer.from(`{"content":[${Array.from({ length: 50 }, () => link).join()}]}`);
  const message = Buffer.from(`{"jsonrpc":"2.0","id":7,"result":${result.toString()}}`);

  it('reads as is read elsewhere', async () => {
    const read = { ...readServerMessage(message), places: placesOf(result) };
    expect(runTask({ op: 'read', bytes: message })).toEqual(read);
    expect(await nowhere.read(message)).toEqual(read);
  });

  it('rewrites as is rewritten elsewhere', async () => {
    const rewritten = await nowhere.rewrite(result, 'tools/call', uris);
    expect(rewritten.result?.toString()).toBe(exposed(result));
    expect(rewritten.result?.toString()).toContain('"mcp+s+a://b","x":9007199254740993');
  });

  it('answers nothing where nothing changes', async () => {
    expect(await nowhere.rewrite(result, 'prompts/get', uris)).toEqual({});
  });

  it('says where the members stand that the eras differ in, before and after', async () => {
    const own = Buffer.from(`{"resultType":"complete",${result.toString().slice(1)}`);
    const whole = Buffer.from(`{"jsonrpc":"2.0","id":7,"result":${own.toString()}}`);
    const { places } = await nowhere.read(whole);
    expect(places).toEqual(placesOf(own));
    expect(withoutModernMembers(own, places).equals(result)).toBe(true);
    const rewritten = await nowhere.rewrite(own, 'tools/call', uris);
    expect(rewritten.places).toEqual(placesOf(rewritten.result!));
  });

  it('refuses what is no message, and one with more members than any needs', async () => {
    await expect(nowhere.read(Buffer.from('{"id":1}'))).rejects.toThrow();
    const params = Array.from({ length: 129 }, (_, n) => `"k${n}":1`).join();
    const many = Buffer.from(`{"jsonrpc":"2.0","method":"n","params":{${params}}}`);
    await expect(nowhere.read(many)).rejects.toThrow(/more than 128 members/);
  });

  it('finds the items of a page, no more than one over the bound', async () => {
    const page = Buffer.from('{"tools":[1, 2,3,4],"nextCursor":"c"}');
    const { items, cursor, badCursor } = await nowhere.page(page, 'tools', 2);
    expect(items?.map(({ start, end }) => page.toString('utf8', start, end))).toEqual([
      '1',
      '2',
      '3',
    ]);
    expect(page.toString('utf8', cursor?.start, cursor?.end)).toBe('"c"');
    expect(badCursor).toBe(false);
    expect(pageSpans(Buffer.from('{"tools":{},"nextCursor":1}'), 'tools', 2)).toMatchObject({
      items: undefined,
      badCursor: true,
    });
  });

  it.each([
    '{"content":[{"type":"resource_link","\\u0075ri":"a://b"}]}',
    '{"content":[],"_meta":{"ui":{"resourceUri":"ui://b"}}}',
    '{"content":[],"_meta":{"ui\\/resourceUri":"ui://b"}}',
    '{"content":[],"_meta":{"ui":{"resource\\u0055ri":"ui://b"}}}',
  ])('misses no URI however its key is written: %s', (text) => {
    expect(exposed(Buffer.from(text))).toContain('mcp+s');
  });
});

describe('a thread that is lost at its work', () => {
  it('fails the call as too large, and not as unreadable', async () => {
    const lost = vi.spyOn(largeJson, 'read').mockRejectedValue(new WorkerLost('died'));
    const peer = new Peer('srv', () => {});
    const exchange = peer.begin('tools/call', undefined);
    const received = peer.receiveLarge(Buffer.from('{}'), exchange);
    await expect(received).rejects.toMatchObject({
      code: 'upstream_too_large',
      message: 'server srv sent a message that takes too long to read',
      data: { server: 'srv' },
    });
    lost.mockRestore();
  });
});
