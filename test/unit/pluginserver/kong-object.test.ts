import { describe, expect, it } from 'vitest';
import { kongObjects } from '../../../kong/pluginserver/pdk/kong-object.js';
import { loadKongPdk } from '../../../kong/pluginserver/pdk/kong-pdk.js';
import { PdkCalls } from '../../../kong/pluginserver/pdk/pdk-calls.js';
import { pdkMethods, UnknownPdkMethodError } from '../../../kong/pluginserver/pdk/pdk-methods.js';

type Method = (...args: readonly unknown[]) => Promise<unknown>;
type Node = Method & { readonly [name: string]: Node };

const make = kongObjects(loadKongPdk().PDK);

function event() {
  const sent: string[] = [];
  const calls = new PdkCalls({
    send: (method) => sent.push(Buffer.from(method).toString()),
    onExit: () => undefined,
  });
  return { sent, calls, kong: make(calls) as Node };
}

function at(kong: Node, path: readonly string[]): Node {
  return path.reduce<Node>((node, name) => node[name]!, kong);
}

const camel = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

describe('the kong object of an event', () => {
  it.each([...pdkMethods()])('has %s, in both spellings', (name) => {
    const path = name.split('.').slice(1);
    for (const spelled of [path, path.map(camel)]) {
      const { kong } = event();
      expect(typeof at(kong, spelled)).toBe('function');
    }
  });

  it('sends a call under its name and resolves to the answer', async () => {
    const { kong, sent, calls } = event();
    const host = at(kong, ['request', 'getHeader'])('host');
    calls.answer(Buffer.from('\n\u0003abc'));
    expect([await host, sent]).toEqual(['abc', ['kong.request.get_header']]);
  });

  it('lets a method be taken out of its object', async () => {
    const { kong, sent } = event();
    const { setHeader } = kong['service']!['request']!;
    await setHeader!('a', 'b');
    expect(sent).toEqual(['kong.service.request.set_header']);
  });

  it('keeps events apart', async () => {
    const [one, other] = [event(), event()];
    await at(one.kong, ['response', 'setHeader'])('a', 'b');
    expect([one.sent.length, other.sent.length]).toEqual([1, 0]);
  });

  it.each([
    [['service', 'setTimeouts'], 'kong.service.set_timeouts'],
    [['vault', 'get'], 'kong.vault.get'],
    [['noSuchThing'], 'kong.no_such_thing'],
  ])('rejects a call of %j, naming it', async (path, name) => {
    const { kong, sent } = event();
    const call = at(kong, path)(1);
    await expect(call).rejects.toThrow(new UnknownPdkMethodError(name).message);
    expect(sent).toEqual([]);
  });
});
