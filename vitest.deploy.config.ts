import { defineConfig } from 'vitest/config';

/** Apart from `npm test`: it needs helm, Kong's charts, and the schemas of what is applied. */
export default defineConfig({
  test: {
    reporters: ['default', './test/support/closing-line-reporter.ts'],
    include: ['test/deploy/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
