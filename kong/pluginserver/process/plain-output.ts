import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { log } from '../../../lib/log.js';

/** Longer prints of libraries are cut, in characters. */
const longest = 4096;

/**
 * Turns what libraries print and what Node itself warns of into lines of the log, so that stderr
 * holds JSON lines alone and stdout nothing: Kong takes what the process writes for its log.
 */
export function keepOutputPlain(): void {
  const lines = new Writable({
    write: (chunk: Buffer, _encoding, taken) => {
      log('info', 'printed', { text: chunk.toString().trimEnd().slice(0, longest) });
      taken();
    },
  });
  globalThis.console = new Console({ stdout: lines, stderr: lines });
  process.removeAllListeners('warning');
  process.on('warning', (warning: Error & { readonly code?: string }) => {
    const { name, code, message } = warning;
    log('warn', 'node_warning', { name, code, message: message.slice(0, longest) });
  });
}
