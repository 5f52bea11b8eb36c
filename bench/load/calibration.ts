import { cpus } from 'node:os';
import { runTool } from './tool.js';

/** How fast a machine is: microseconds that one piece of work takes. */
export interface Calibration {
  readonly cpu: string;
  readonly cores: number;
  readonly kernel: string;
  readonly go: string;
  readonly node: string;
  readonly compiledMicros: number;
  readonly jitMicros: number;
}

interface ToolCalibration {
  readonly micros: number;
  readonly hash: number;
  readonly cores: number;
  readonly go: string;
  readonly kernel: string;
}

const words = ['tools', 'call', 'list', 'name', 'value', 'session', 'answer'];

/** As in bench/tool/calibrate.go. */
function workText(): string {
  return Array.from({ length: 512 }, (_, n) => `${words[(n * n) % 7]} `).join('');
}

function round(text: string): number {
  let hash = 2166136261;
  const counts = new Map<string, number>();
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const c = text.charCodeAt(at);
    hash = Math.imul(hash ^ c, 16777619);
    if (c !== 32) continue;
    const word = text.slice(start, at);
    counts.set(word, (counts.get(word) ?? 0) + 1);
    start = at + 1;
  }
  return hash >>> 0;
}

function jit(): { readonly micros: number; readonly hash: number } {
  const text = workText();
  const rounds = 200;
  const times: number[] = [];
  let hash = 0;
  const until = performance.now() + 1000;
  while (performance.now() < until) {
    const begun = performance.now();
    for (let n = 0; n < rounds; n++) hash = round(text);
    times.push(((performance.now() - begun) / rounds) * 1000);
  }
  times.sort((a, b) => a - b);
  return { micros: times[Math.floor(times.length / 10)] ?? Number.NaN, hash };
}

/** Two seconds of one core. @throws Error where both did not do the same work */
export async function calibrate(): Promise<Calibration> {
  const compiled = (await runTool(['calibrate'])) as ToolCalibration;
  const own = jit();
  if (own.hash !== compiled.hash) throw new Error('the references do not do the same work');
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: compiled.cores,
    kernel: compiled.kernel,
    go: compiled.go,
    node: process.version,
    compiledMicros: compiled.micros,
    jitMicros: own.micros,
  };
}

/** One line for under a table. */
export function calibrationLine(seen: Calibration): string {
  const { compiledMicros, jitMicros } = seen;
  return (
    `Calibration: ${seen.cores} × ${seen.cpu}, the same work ${compiledMicros.toFixed(1)} µs compiled ` +
    `(${seen.go}), ${jitMicros.toFixed(1)} µs by a JIT (Node ${seen.node}): ` +
    `${(jitMicros / compiledMicros).toFixed(2)} ×`
  );
}
