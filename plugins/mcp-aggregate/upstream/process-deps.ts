import { bridgesEras } from '../io/era-bridge.js';
import { readStdioEntry } from '../io/stdio-file.js';
import type { UpstreamDeps } from './upstream-deps.js';

/** Upstreams of this process: its environment and its operator's stdio file. */
export const processDeps: UpstreamDeps = {
  stdioEntry: (field, name) => readStdioEntry(field, name, process.env),
  env: process.env,
  bridgesEras: bridgesEras(process.env),
};
