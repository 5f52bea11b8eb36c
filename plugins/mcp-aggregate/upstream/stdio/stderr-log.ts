import { log } from '../../../../lib/log.js';
import { LineSplitter } from './lines.js';

const maxLineBytes = 1024;
const maxLines = 100;
const windowMs = 10_000;

/**
 * Puts a child's stderr into our log at `debug`, bounded in length and rate. Not higher: such lines
 * may hold arguments and secrets, which must be asked for.
 */
export function stderrLog(server: string, now: () => number = Date.now): (chunk: Buffer) => void {
  let windowEnd = 0;
  let lines = 0;
  const write = (text: string, cut: boolean) => {
    if (now() >= windowEnd) {
      windowEnd = now() + windowMs;
      lines = 0;
    }
    if (++lines > maxLines + 1) return;
    if (lines > maxLines) return log('debug', 'stdio_stderr_suppressed', { server });
    log('debug', 'stdio_stderr', { server, text, ...(cut ? { cut } : {}) });
  };
  const splitter = new LineSplitter(
    maxLineBytes,
    (line) => write(line.toString(), false),
    ({ head }) => write(head.toString(), true),
  );
  return (chunk) => splitter.push(chunk);
}
