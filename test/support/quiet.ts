import { afterEach, beforeEach } from 'vitest';

/** What one test may hold back, in characters; of more the end is kept. */
const mostHeld = 1_000_000;

let held = '';
/** The process's own `write`: files that share a process each hold back after another. */
const own = Symbol.for('kong-plugin-mcp.test.stderr-write');
const kept = process.stderr as { [own]?: typeof process.stderr.write };
const write = (kept[own] ??= process.stderr.write.bind(process.stderr));

type Done = (error?: Error | null) => void;

/** Product code logs on stderr: held back here, and shown only when the test fails. */
function hold(chunk: string | Uint8Array, encoding?: BufferEncoding | Done, done?: Done): boolean {
  held += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
  if (held.length > 2 * mostHeld) held = held.slice(-mostHeld);
  (typeof encoding === 'function' ? encoding : done)?.();
  return true;
}
process.stderr.write = hold;

beforeEach(() => {
  held = '';
});

afterEach(({ task }) => {
  if (task.result?.state === 'fail') write(held.slice(-mostHeld));
});
