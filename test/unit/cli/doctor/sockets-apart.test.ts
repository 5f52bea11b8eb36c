import { describe, expect, it } from 'vitest';
import { apartFindings, startCommand } from '../../../../kong/cli/doctor/sockets-apart.js';
import type { PluginInfo } from '../../../../kong/pluginserver/wire/messages.js';

const entry = (plugin: string, socket: string) => ({ plugin, socket });
const two = [entry('mcp-oauth', '/auth'), entry('mcp-aggregate', '/own')];
const infos = (...names: readonly string[]) => names.map((name) => ({ name }) as PluginInfo);
const both = infos('mcp-oauth', 'mcp-aggregate');
const running = (auth: readonly PluginInfo[] | undefined, own: readonly PluginInfo[] | undefined) =>
  new Map([
    ['/auth', auth],
    ['/own', own],
  ]);

describe('sockets of their own', () => {
  it.each([
    ['a worker for authentication', running(infos('mcp-oauth'), both)],
    ['nothing answers there', running(undefined, undefined)],
  ])('are as they should be: %s', (_, there) => {
    expect(apartFindings('kong.conf', two, there)).toEqual([]);
  });

  it('are those of two plugin servers, or the wrong way round', () => {
    const found = [running(both, both), running(both, undefined), running(both, infos('mcp-oauth'))]
      .flatMap((there) => apartFindings('kong.conf', two, there))
      .map(({ message, mend }) => [message, mend]);
    const apart = [
      expect.stringContaining('of two plugin servers'),
      '/own for both, or that of --auth-socket for mcp-oauth',
    ];
    const swapped = [
      expect.stringContaining('wrong way round'),
      '/own for mcp-oauth, /auth for mcp-aggregate',
    ];
    expect(found).toEqual([apart, apart, swapped]);
  });

  it('are nothing to look at where there is one, or one plugin', () => {
    const there = new Map([['/own', both]]);
    const one = two.map(({ plugin }) => entry(plugin, '/own'));
    expect(apartFindings('kong.conf', one, there)).toEqual([]);
    expect(apartFindings('kong.conf', one.slice(0, 1), there)).toEqual([]);
  });

  it('are named in the command that starts the plugin server', () => {
    expect(startCommand(two, '/auth')).toBe(
      'kong-mcp-pluginserver --socket /own --auth-socket /auth',
    );
    expect(startCommand(two.slice(0, 1), '/auth')).toBe('kong-mcp-pluginserver --socket /auth');
  });
});
