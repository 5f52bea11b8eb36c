import { writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Preloaded into the plugin server: on SIGUSR2 it collects garbage and writes what it holds. */
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

process.on('SIGUSR2', () => {
  collect();
  collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  const file = process.env['BENCH_PROBE_FILE'];
  if (file) writeFileSync(file, JSON.stringify({ heapUsed, external, rss }));
});
