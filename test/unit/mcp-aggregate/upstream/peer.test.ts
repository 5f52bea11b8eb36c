import { describe, expect, it } from 'vitest';
import { Peer } from '../../../../plugins/mcp-aggregate/upstream/conversation/peer.js';
import type { Exchange } from '../../../../plugins/mcp-aggregate/upstream/conversation/exchange.js';
import { collect } from '../../../support/upstreams/under-test.js';

function setUp() {
  const changed: string[] = [];
  const peer = new Peer('srv', (method) => changed.push(method));
  const receive = (text: string, origin?: Exchange) =>
    peer.receive(Buffer.from(text), origin).map(String);
  return { peer, changed, receive };
}

const call = (text: string) => Buffer.from(text);
const done = (id: number) => `{"jsonrpc":"2.0","id":${id},"result":{"n":${id}}}`;

describe('requests', () => {
  it('carries params byte for byte under an id of its own', () => {
    const { peer } = setUp();
    const params = '{"name":"t", "arguments":{"n":9007199254740993,"e":1.0,"u":"\\u0041"} }';
    const { message } = peer.begin('tools/call', call(params));
    expect(message.toString()).toBe(
      `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`,
    );
    expect(peer.begin('ping', undefined).message.toString()).toBe(
      '{"jsonrpc":"2.0","id":2,"method":"ping"}',
    );
  });

  it("puts its own progress token in the place of the caller's and leaves the rest", () => {
    const { peer } = setUp();
    const params =
      '{"_meta":{"a":1, "progressToken" : "secret-7" },"arguments":{"progressToken":5}}';
    const { message } = peer.begin('tools/call', call(params));
    expect(message.toString()).toContain(
      '"params":{"_meta":{"a":1, "progressToken" : 1 },"arguments":{"progressToken":5}}}',
    );
  });

  it('invents no token where the caller wants no progress', () => {
    const { peer } = setUp();
    const { message } = peer.begin('tools/call', call('{"arguments":{"progressToken":5}}'));
    expect(message.toString()).toContain('"params":{"arguments":{"progressToken":5}}}');
  });
});

describe('answers', () => {
  it('reach their request in whatever order they come', async () => {
    const { peer, receive } = setUp();
    const [one, two] = [peer.begin('a', undefined), peer.begin('b', undefined)];
    receive(done(2));
    receive(done(1));
    expect(await collect(two.events())).toEqual([{ done: '{"n":2}' }]);
    expect(await collect(one.events())).toEqual([{ done: '{"n":1}' }]);
    expect(peer.pending).toBe(0);
  });

  it('keep their bytes, errors too', async () => {
    const { peer, receive } = setUp();
    const [one, two] = [peer.begin('a', undefined), peer.begin('b', undefined)];
    const result = '{ "big":123456789012345678901,"e":1e2, "s":"\\u00e9\\/" }';
    receive(`{"result":${result} ,"jsonrpc":"2.0","id":1}`);
    expect(await collect(one.events())).toEqual([{ done: result }]);
    const error = '{"code":-32001, "message":"no", "data":9007199254740993}';
    receive(`{"jsonrpc":"2.0","id":2,"error":${error}}`);
    expect(await collect(two.events())).toEqual([{ answered: error }]);
  });

  it('count once: a second answer to one id is ignored', async () => {
    const { peer, receive } = setUp();
    const one = peer.begin('a', undefined);
    receive(done(1));
    receive('{"jsonrpc":"2.0","id":1,"result":{"second":true}}');
    expect(await collect(one.events())).toEqual([{ done: '{"n":1}' }]);
    expect(peer.ignored).toBe(1);
  });

  it.each(['99', '"1"', '1e0', '-1'])('with the unknown id %s are ignored', (id) => {
    const { peer, receive } = setUp();
    peer.begin('a', undefined);
    try {
      receive(`{"jsonrpc":"2.0","id":${id},"result":{}}`);
    } catch {
      // Refused as no message: as good as ignored.
    }
    expect(peer.pending).toBe(1);
  });

  it("on another call's stream are not believed", () => {
    const { peer, receive } = setUp();
    peer.begin('victim', undefined);
    const attacker = peer.begin('a', undefined);
    receive(done(1), attacker);
    expect(peer.pending).toBe(2);
    expect(peer.ignored).toBe(1);
  });

  it('without code and message fail the call', async () => {
    const { peer, receive } = setUp();
    const one = peer.begin('a', undefined);
    receive('{"jsonrpc":"2.0","id":1,"error":{"code":"x"}}');
    expect(await collect(one.events())).toMatchObject([{ fail: 'upstream_protocol' }]);
  });

  it('come out of a batch as well', async () => {
    const { peer, receive } = setUp();
    const [one, two] = [peer.begin('a', undefined), peer.begin('b', undefined)];
    receive(`[${done(2)}, ${done(1)}]`);
    expect(await collect(one.events())).toEqual([{ done: '{"n":1}' }]);
    expect(await collect(two.events())).toEqual([{ done: '{"n":2}' }]);
  });
});

describe('notifications', () => {
  const progress = (token: string) =>
    `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":0.50,"progressToken": ${token} ,"x":9007199254740993}}`;

  it("of progress carry the caller's token, all else byte for byte", async () => {
    const { peer, receive } = setUp();
    const one = peer.begin('a', call('{"_meta":{"progressToken":"tok\\u0065n"}}'));
    receive(progress('1'));
    receive(done(1));
    expect(await collect(one.events())).toEqual([
      {
        note: 'notifications/progress',
        params: '{"progress":0.50,"progressToken": "tok\\u0065n" ,"x":9007199254740993}',
      },
      { done: '{"n":1}' },
    ]);
  });

  it.each(['1', '2', '"1"', '"secret"', '9'])(
    'of progress with token %s reach nobody but the call that owns it',
    (token) => {
      const { peer, receive } = setUp();
      peer.begin('no token wanted', call('{}'));
      const other = peer.begin('b', call('{"_meta":{"progressToken":"secret"}}'));
      const origin = token === '2' ? peer.begin('c', undefined) : other;
      receive(progress(token), origin);
      expect(peer.ignored).toBe(1);
    },
  );

  it('of other kinds belong to the call on whose stream they come, and on a shared pipe to none', async () => {
    const { peer, receive } = setUp();
    const one = peer.begin('a', undefined);
    const text = '{"jsonrpc":"2.0","method":"notifications/message","params":{"data":1.0}}';
    receive(text);
    expect(peer.ignored).toBe(1);
    receive(text, one);
    receive(done(1), one);
    expect(await collect(one.events())).toEqual([
      { note: 'notifications/message', params: '{"data":1.0}' },
      { done: '{"n":1}' },
    ]);
  });

  it('of changed lists reach the listeners, from a stream and from a pipe', () => {
    const { peer, changed, receive } = setUp();
    const one = peer.begin('a', undefined);
    receive('{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}', one);
    receive('{"jsonrpc":"2.0","method":"notifications/prompts/list_changed"}');
    expect(changed).toEqual([
      'notifications/tools/list_changed',
      'notifications/prompts/list_changed',
    ]);
  });

  it('in a flood that nobody reads end the call', async () => {
    const { peer, receive } = setUp();
    const one = peer.begin('a', call('{"_meta":{"progressToken":1}}'));
    for (let i = 0; i < 5000; i++) receive(progress('1'));
    const events = await collect(one.events());
    expect(events.at(-1)).toMatchObject({ fail: 'upstream_too_large' });
    expect(one.signal.aborted).toBe(true);
  });
});

describe("the server's own requests", () => {
  it('are answered for ping and refused for all else, with their id as it stood', () => {
    const { receive } = setUp();
    expect(receive('{"jsonrpc":"2.0","id":"p\\u0031","method":"ping"}')).toEqual([
      '{"jsonrpc":"2.0","id":"p\\u0031","result":{}}',
    ]);
    const [reply] = receive(
      '{"jsonrpc":"2.0","id":9007199254740993,"method":"sampling/createMessage","params":{}}',
    );
    expect(reply).toContain('"id":9007199254740993,"error":{"code":-32601,');
  });
});

describe('what is no message', () => {
  it.each([
    'nonsense',
    '{}',
    '\uFEFF{"jsonrpc":"2.0","id":1,"result":{}}',
    '{"jsonrpc":"2.0","id":1,"result":1}',
    '{"jsonrpc":"2.0","id":1,"result":{},"error":{}}',
    '{"jsonrpc":"2.0","id":1,"id":2,"result":{}}',
  ])('is refused: %s', (text) => {
    const { receive } = setUp();
    expect(() => receive(text)).toThrow(expect.objectContaining({ code: 'upstream_protocol' }));
  });
});
