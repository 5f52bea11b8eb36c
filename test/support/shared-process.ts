import { afterAll, vi } from 'vitest';
import { setLogLevel } from '../../lib/log.js';

// Files of small tests share a process: what one of them has set is not the next one's.
const environment = { ...process.env };

afterAll(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
  for (const name of Object.keys(process.env)) {
    if (!(name in environment)) delete process.env[name];
  }
  Object.assign(process.env, environment);
  setLogLevel('info');
});
