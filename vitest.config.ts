import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const quiet = './test/support/quiet.ts';
/** Replaces modules, or counts CPU to a few milliseconds: in a process of its own. */
const alone = ['test/unit/adversarial/**/*.test.ts', 'test/unit/**/*.alone.test.ts'];

/**
 * Projects by what they start: nothing, one process, whole gateways. Timeouts end what hangs; a slow
 * machine is no fault. How the time of the whole is kept: CONTRIBUTING.md.
 */
export default defineConfig({
  test: {
    reporters: ['default', './test/support/closing-line-reporter.ts'],
    silent: 'passed-only',
    maxWorkers: Math.max(2, availableParallelism()),
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          exclude: alone,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // Half of the time of small files is loading the same modules again.
          isolate: false,
          setupFiles: ['./test/support/shared-process.ts', quiet],
        },
      },
      {
        test: {
          name: 'unit-alone',
          include: alone,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          setupFiles: [quiet],
        },
      },
      {
        test: {
          name: 'contract',
          include: ['test/contract/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          setupFiles: [quiet],
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          isolate: false,
          // Two at a time, since each waits for processes that start; a Kong is heavier.
          maxWorkers: process.env['KONG_BIN'] ? 1 : 2,
          sequence: { groupOrder: 1 },
          setupFiles: [quiet],
        },
      },
    ],
  },
});
