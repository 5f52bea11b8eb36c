import { setTimeout as pause } from 'node:timers/promises';
import { applyToKong } from '../../apply/apply.js';
import { ApplyError } from '../../apply/apply-error.js';
import { ConfigError } from '../../../lib/errors/errors.js';
import { log } from '../../../lib/log.js';
import { Pace } from './pace.js';
import { StableText } from './stable-text.js';
import type { Texts } from './stable-text.js';
import type { WatchOptions } from './watch-options.js';
import { filesOf, wantedOf } from './wanted.js';
import type { ReadWanted } from './wanted.js';

/** Between two looks at the files. Small beside the five seconds in which a server must be gone. */
const lookEveryMs = 500;

/**
 * Keeps a Kong in step with the files until `signal` ends it. What is wrong is said once, and the
 * last configuration that was in order stays.
 */
export async function follow(options: WatchOptions, signal: AbortSignal): Promise<void> {
  const files = new StableText(filesOf(options.sources));
  const pace = new Pace(options.resyncMs);
  const said = new Said();
  let current: ReadWanted | undefined;
  while (!signal.aborted) {
    const texts = await files.changed();
    const read = texts && readGood(options, texts, current !== undefined);
    if (read !== undefined) {
      current = read;
      pace.hurry();
    }
    if (current !== undefined && pace.due(Date.now())) {
      await applied(options, current, pace, said, signal);
    }
    await pause(lookEveryMs, undefined, { signal }).catch(() => undefined);
  }
}

function readGood(
  { sources }: WatchOptions,
  texts: Texts,
  hasOther: boolean,
): ReadWanted | undefined {
  try {
    const read = wantedOf(sources, texts);
    log('info', 'file_read', { file: sources.file, notes: read.notes });
    return read;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const kept = hasOther ? 'the last good one' : 'nothing yet';
    log('error', 'file_refused', { file: sources.file, reason: error.message, served: kept });
    return undefined;
  }
}

async function applied(
  { kong, sources }: WatchOptions,
  { wanted }: ReadWanted,
  pace: Pace,
  said: Said,
  signal: AbortSignal,
): Promise<void> {
  try {
    const { changes, mode, version } = await applyToKong(kong, wanted, signal);
    pace.succeeded(Date.now());
    const mended = said.mended();
    if (changes.length > 0 || mended) {
      log('info', 'kong_in_step', { kong: kong.url, version, database: mode, changes });
    }
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof ApplyError)) throw error;
    const again = pace.failed(error, Date.now());
    if (!said.isNew(error.message)) return;
    const fields = { file: sources.file, code: error.code, reason: error.message };
    log('error', 'kong_not_in_step', { ...fields, again_in_seconds: again / 1000 });
  }
}

/** What was said last of a Kong, so that it is not said at each try. */
class Said {
  #last: string | undefined = 'nothing yet';

  isNew(message: string): boolean {
    const isNew = this.#last !== message;
    this.#last = message;
    return isNew;
  }

  /** Whether all is well for the first time, or again. */
  mended(): boolean {
    const was = this.#last !== undefined;
    this.#last = undefined;
    return was;
  }
}
