import { fileURLToPath } from 'node:url';
import { TestProcess } from '../support/process.js';

/** Pinned: the suite is an alpha, and its scenarios are our requirements. */
const suite = '@modelcontextprotocol/conformance@0.2.0-alpha.12';
/** The suite needs Node 22; npm has it as a package. */
const node = 'node@22';

export interface ScenarioCount {
  readonly passed: number;
  readonly failed: number;
}

/** Runs the official suite's server scenarios of one revision; the counts are the suite's own. */
export async function runSuite(
  url: string,
  requirements: string,
): Promise<ReadonlyMap<string, ScenarioCount>> {
  const child = new TestProcess(
    'npm',
    [
      ...['exec', '--yes', `--package=${node}`, `--package=${suite}`, '--'],
      ...['conformance', 'server', '--url', url, '--requirements', requirements],
    ],
    { cwd: fileURLToPath(new URL('.', import.meta.url)) },
  );
  await child.exited;
  const counts = new Map<string, ScenarioCount>();
  for (const [, name, passed, failed] of child.stdout.matchAll(
    /^[✓✗] (\S+): (\d+) passed, (\d+) failed$/gm,
  )) {
    counts.set(String(name), { passed: Number(passed), failed: Number(failed) });
  }
  if (counts.size === 0) throw new Error(`the suite did not run: ${child.stderr.slice(-2000)}`);
  return counts;
}
