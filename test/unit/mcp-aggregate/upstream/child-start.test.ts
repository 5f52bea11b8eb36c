import { EventEmitter } from 'node:events';
import { expect, it, vi } from 'vitest';
import { Child } from '../../../../plugins/mcp-aggregate/upstream/stdio/child.js';
import type { Spawn } from '../../../../plugins/mcp-aggregate/upstream/stdio/start-process.js';

/** What Node answers where there is no descriptor left for pipes. */
const withoutPipes = (() => {
  const child = Object.assign(new EventEmitter(), { exitCode: null, signalCode: null });
  const error = Object.assign(new Error('spawn EMFILE'), { code: 'EMFILE' });
  process.nextTick(() => child.emit('error', error));
  return child;
}) as unknown as Spawn;

it.each<[string, Spawn | undefined]>([
  ['E2BIG', undefined],
  ['EMFILE', withoutPipes],
])('a child that the machine cannot start ends with the reason (%s)', async (code, spawn) => {
  const ends: string[] = [];
  const ignore = () => undefined;
  const events = { onStdout: ignore, onStderr: ignore, onEnd: (why: string) => ends.push(why) };
  // A single argument may have 128 KiB.
  const args = ['x'.repeat(200_000)];
  const entry = { kind: 'stdio', command: '/bin/cat', args, env: {} } as const;
  const child = new Child(entry, {}, events, spawn);
  child.write(Buffer.from('{}'));
  child.kill('is not wanted any more');
  await child.close(1);
  await vi.waitFor(() => expect(ends).toEqual([`cannot be started (${code})`]));
  expect(child.alive).toBe(false);
  expect(child.write(Buffer.from('{}'))).toBe(false);
});
