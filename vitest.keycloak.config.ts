import { defineConfig } from 'vitest/config';

/** Apart from `npm test`: it needs a Keycloak, by KEYCLOAK_HOME or by Docker. */
export default defineConfig({
  test: {
    reporters: ['default', './test/support/closing-line-reporter.ts'],
    include: ['test/keycloak/**/*.test.ts'],
    globalSetup: ['test/keycloak/support/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});
