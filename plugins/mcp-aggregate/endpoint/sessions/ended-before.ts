import type { Duplex } from 'node:stream';
import { readFrames, sendFrame } from '../../../../lib/workers/frames.js';
import type { Remove, Siblings } from '../../../../lib/workers/siblings.js';
import type { EndedName, Sessions } from './sessions.js';

const topic = 'sessions_ended_before';
/** What the most that one worker remembers takes, with names of its own, is half of it. */
const mostBytes = 8 * 1_048_576;
/** For one worker, and for all of them, in milliseconds: a start waits no longer. */
const oneMs = 1_000;
const allMs = 2_000;
const line = /^([\w-]{1,128}) (\d{1,16})$/;

/**
 * Learns which sessions have ended before this worker was there, from the first of the others that
 * knows: one that has learned it itself. Where none says so in time, nothing is known of them.
 */
export async function learnEndedBefore(siblings: Siblings, sessions: Sessions): Promise<void> {
  const latest = performance.now() + allMs;
  for (let step = 1; step < siblings.count; step++) {
    const left = Math.min(oneMs, latest - performance.now());
    if (left <= 0) return;
    const text = await askOne(siblings, (siblings.slot + step) % siblings.count, left);
    if (text === undefined) continue;
    for (const ended of readEndedNames(text)) sessions.end(ended);
    return;
  }
}

/** Says to workers that start which sessions have ended; called once this one knows. */
export function tellEndedBefore(siblings: Siblings, sessions: Sessions): Remove {
  return siblings.onConnect(topic, (stream) => {
    stream.on('error', () => undefined);
    const names = sessions.ended().map(({ id, expiresAt }) => `${id} ${Math.ceil(expiresAt)}`);
    sendFrame(stream, {}, Buffer.from(fitting(names).join('\n')));
    stream.end();
  });
}

/** Undefined where that worker is not there, does not know, or takes too long. */
async function askOne(siblings: Siblings, slot: number, ms: number): Promise<string | undefined> {
  let stream: Duplex | undefined;
  let isLate = false;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => {
      isLate = true;
      stream?.destroy();
      resolve(undefined);
    }, ms);
  });
  const asked = async (): Promise<string | undefined> => {
    stream = await siblings.connect(slot, topic, {}).catch(() => undefined);
    if (stream === undefined || isLate) return void stream?.destroy();
    stream.on('error', () => undefined);
    let text: string | undefined;
    await readFrames(stream, mostBytes, ({ payload }) => (text ??= payload?.toString()));
    return isLate ? undefined : text;
  };
  try {
    return await Promise.race([asked(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The latest of them, in the order in which they ended. */
function fitting(latestFirst: readonly string[]): string[] {
  let bytes = 0;
  const beyond = latestFirst.findIndex((name) => (bytes += name.length + 1) > mostBytes);
  return latestFirst.slice(0, beyond < 0 ? undefined : beyond).reverse();
}

function* readEndedNames(text: string): Iterable<EndedName> {
  for (const one of text.split('\n')) {
    const [, id, expiresAt] = line.exec(one) ?? [];
    if (id !== undefined) yield { id, expiresAt: Number(expiresAt) };
  }
}
