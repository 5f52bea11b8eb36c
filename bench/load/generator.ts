import { runTool } from './tool.js';

/** What is sent and what has to come back; `$n` stands for the number of a request. */
export interface LoadRequest {
  readonly method: string;
  readonly params?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly expect: { readonly text: string } | { readonly tools: number };
}

/** Where requests go, and with what. */
export interface LoadTarget {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Every connection opens a session of its own. */
  readonly session: boolean;
  readonly requests: readonly LoadRequest[];
}

export interface LoadPlan extends LoadTarget {
  readonly connections: number;
  readonly warmSeconds?: number;
  readonly seconds: number;
  readonly timeoutSeconds?: number;
  /** All sessions have to be open by then; 90 by default. */
  readonly setupSeconds?: number;
  /** Processes whose CPU and memory are looked at, each with its children. */
  readonly watch?: Readonly<Record<string, readonly number[]>>;
}

/** Of watched processes. */
export interface Usage {
  readonly processes: number;
  readonly cpuSeconds: number;
  /** Per request. */
  readonly cpuMicros: number;
  readonly rssBytes: number;
}

export interface LoadReport {
  readonly connections: number;
  readonly seconds: number;
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Answers that were not the right one. */
  readonly wrong: number;
  /** Requests without a whole answer. */
  readonly lost: number;
  /** The first of both in words. */
  readonly faults: readonly string[];
  readonly watched: Readonly<Record<string, Usage>>;
  /** Of the generator, per request. */
  readonly ownCpuMicros: number;
}

/** Closed-loop load: one request in flight per connection, every answer verified. */
export async function runLoad(plan: LoadPlan): Promise<LoadReport> {
  return (await runTool(['load'], JSON.stringify(plan))) as LoadReport;
}

/** As `runLoad`. @throws Error where an answer was wrong or lost */
export async function runFlawless(plan: LoadPlan): Promise<LoadReport> {
  const report = await runLoad(plan);
  const { wrong, lost, faults } = report;
  if (wrong + lost > 0) throw new Error(`${wrong} wrong, ${lost} lost: ${faults.join('; ')}`);
  return report;
}
