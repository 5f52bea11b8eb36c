import type { Reporter, TestModule } from 'vitest/node';

/** Of how many files it is worth while to name the slowest, and how many are named. */
const wholeRun = 100;
const named = 8;

/**
 * Ends a run with the plain line `N passed, N failed, N skipped` that CI systems read, after the
 * slowest files of a whole run; a run that is ended from outside with the files it was at.
 */
export default class ClosingLineReporter implements Reporter {
  readonly #running = new Set<string>();
  readonly #tell = (): void => {
    process.stderr.write(`\nended while these ran: ${[...this.#running].join(', ') || 'none'}\n`);
    process.exit(143);
  };

  onTestRunStart(): void {
    process.once('SIGTERM', this.#tell);
  }

  onTestModuleStart({ relativeModuleId }: TestModule): void {
    this.#running.add(relativeModuleId);
  }

  onTestModuleEnd({ relativeModuleId }: TestModule): void {
    this.#running.delete(relativeModuleId);
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    process.off('SIGTERM', this.#tell);
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) count[test.result().state] += 1;
    }
    if (modules.length >= wholeRun) process.stdout.write(slowest(modules));
    const skipped = count.skipped + count.pending;
    process.stdout.write(`\n${count.passed} passed, ${count.failed} failed, ${skipped} skipped\n`);
  }
}

function slowest(modules: readonly TestModule[]): string {
  const files = modules.map((module) => ({
    name: module.relativeModuleId,
    seconds: module.diagnostic().duration / 1_000,
  }));
  files.sort((one, other) => other.seconds - one.seconds);
  const lines = files.slice(0, named).map(({ name, seconds }) => `${seconds.toFixed(1)} s ${name}`);
  return `\nslowest files:\n${lines.join('\n')}\n`;
}
