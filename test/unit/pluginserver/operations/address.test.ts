import { describe, expect, it } from 'vitest';
import { readOptions } from '../../../../kong/pluginserver/options.js';
import {
  hostAllowed,
  readAddress,
  readHosts,
} from '../../../../kong/pluginserver/operations/address.js';

describe('the address of the operations listener', () => {
  it.each([
    ['9464', '127.0.0.1', 9464],
    ['0.0.0.0:80', '0.0.0.0', 80],
    ['[::1]:0', '::1', 0],
    ['localhost:65535', 'localhost', 65535],
  ])('%s', (text, host, port) => expect(readAddress(text)).toEqual({ host, port }));

  it.each(['', 'host', ':80', '127.0.0.1:', '127.0.0.1:65536', 'a:b:80', '::1:80', 'a b:1', '-1'])(
    'refuses %j',
    (text) => expect(readAddress(text)).toBeUndefined(),
  );

  it('is off unless it is configured, by flag before environment', () => {
    const base = ['--socket', 'x.sock'];
    const of = (args: string[], env = {}) => {
      const options = readOptions([...base, ...args], env);
      return typeof options === 'object' ? options.operations : options;
    };
    expect(of([])).toBeUndefined();
    expect(of([], { KONG_MCP_OPERATIONS: '' })).toBeUndefined();
    const env = { KONG_MCP_OPERATIONS: '1', KONG_MCP_OPERATIONS_HOSTS: 'Ops.Internal, 10.0.0.7' };
    expect(of([], env)).toEqual({
      host: '127.0.0.1',
      port: 1,
      hosts: ['ops.internal', '10.0.0.7'],
      refusedIsReady: false,
    });
    const told = { ...env, KONG_MCP_REFUSED_IS_READY: 'true' };
    expect(of([], told)).toMatchObject({ refusedIsReady: true });
    expect(of(['--refused-is-ready'], env)).toMatchObject({ refusedIsReady: true });
    expect(of(['--operations', '2'], env)).toMatchObject({ port: 2 });
    expect(() => of(['--operations', 'nowhere'])).toThrow('--operations must be HOST:PORT');
    expect(() => of(['--operations-hosts', 'a/b'])).toThrow('--operations-hosts must be');
  });
});

describe('Host', () => {
  const options = { host: '10.1.2.3', port: 1, hosts: ['ops.internal', '::2'] };

  it.each([
    'localhost',
    'LOCALHOST:9464',
    '127.0.0.1:1',
    '127.9.9.9',
    '[::1]:5',
    '10.1.2.3:9464',
    'ops.internal',
    'Ops.Internal:80',
    '[::2]',
  ])('%s is let in', (host) => expect(hostAllowed(host, options)).toBe(true));

  it.each([
    undefined,
    '',
    'attacker.example',
    'localhost.attacker.example',
    '127.0.0.1.attacker.example',
    'ops.internal.attacker.example:80',
    'x@localhost',
    'localhost:80:80',
    'localhost, attacker.example',
    '127.0.0.1 ',
    '::1',
    '[::3]',
    '0.0.0.0',
    '127.1',
  ])('%j is not', (host) => expect(hostAllowed(host, options)).toBe(false));

  it('names of a list are hosts, nothing else', () => {
    expect(readHosts('')).toEqual([]);
    expect(readHosts('a.b, [::1]')).toEqual(['a.b', '::1']);
    expect(readHosts('*')).toBeUndefined();
    expect(readHosts('http://a')).toBeUndefined();
  });
});
