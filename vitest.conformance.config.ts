import { defineConfig } from 'vitest/config';

/** Apart from `npm test`: it fetches the official suite and a newer Node. */
export default defineConfig({
  test: {
    reporters: ['default', './test/support/closing-line-reporter.ts'],
    include: ['test/conformance/**/*.test.ts'],
    testTimeout: 60_000,
    fileParallelism: false,
  },
});
