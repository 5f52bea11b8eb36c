import { afterEach, beforeEach } from 'vitest';

/** What one test may hold back, in characters; of more the end is kept. */
const mostHeld = 1_000_000;

let held = '';
const write = process.stderr.write.bind(process.stderr);

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
