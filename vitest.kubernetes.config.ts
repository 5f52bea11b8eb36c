import { defineConfig } from 'vitest/config';

/** Apart from `npm test`: it needs etcd and kube-apiserver, by KUBEBUILDER_ASSETS. */
export default defineConfig({
  test: {
    reporters: ['default', './test/support/closing-line-reporter.ts'],
    include: ['test/kubernetes/**/*.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 300_000,
    fileParallelism: false,
  },
});
