import type { SealingKeys } from '../../../lib/handles/sealing-keys.js';
import type { FamilySnapshot } from '../../../lib/metrics/snapshot.js';
import type { DetailsAsked } from '../instances/load-plugins.js';
import type { Report } from '../operations/report.js';
import type { ServerOptions } from '../options.js';

/** An instance as Kong asked for it. */
export interface KnownInstance {
  readonly id: number;
  readonly name: string;
  /** JSON as Kong sent it. */
  readonly config: Uint8Array;
}

/** The first that a worker hears. */
export interface Welcome {
  readonly slot: number;
  readonly count: number;
  /** As `Siblings` has it. */
  readonly authentication: number | undefined;
  readonly options: ServerOptions;
  readonly keys: SealingKeys;
  /** Private folder with the sockets of the workers, and what opens them. */
  readonly folder: string;
  readonly token: string;
  readonly instances: readonly KnownInstance[];
}

/** Whether a worker can serve; where not, what to tell whoever started the server. */
export type Ready = { readonly ready: true } | { readonly ready: false; readonly why: string };

/** Whether an instance runs at a worker, and for how long at most where there is an end to it. */
export interface Started {
  readonly started: boolean;
  readonly endsInMs?: number | undefined;
}

/** What the primary says to workers. */
export type ToWorker = {
  /** Answered once the plugins are ready. */
  readonly welcome: { readonly says: Welcome; readonly answer: Ready };
  /** A connection of Kong's comes with it. */
  readonly connection: { readonly says: undefined; readonly answer: undefined };
  readonly start: { readonly says: KnownInstance; readonly answer: Started };
  readonly retire: { readonly says: readonly number[]; readonly answer: undefined };
  /** Ports of the aggregators by slot; null for one that is down. */
  readonly ports: { readonly says: readonly (number | null)[]; readonly answer: undefined };
  readonly told: {
    readonly says: { readonly topic: string; readonly message: unknown; readonly from: number };
    readonly answer: undefined;
  };
  /** Answered as soon as the event loop turns. */
  readonly ping: { readonly says: undefined; readonly answer: undefined };
  /** What readiness waits for at a worker. */
  readonly missing: { readonly says: undefined; readonly answer: readonly string[] };
  readonly report: { readonly says: undefined; readonly answer: Report };
  readonly details: { readonly says: DetailsAsked; readonly answer: object | undefined };
  readonly figures: { readonly says: undefined; readonly answer: FamilySnapshot[] };
  /** Makes one out of what all workers tell of their plugins, each by its name. */
  readonly mergeStatus: {
    readonly says: readonly Report['plugins'][];
    readonly answer: Report['plugins'];
  };
  /** A successor has the socket: no further call is taken. */
  readonly drain: { readonly says: undefined; readonly answer: undefined };
  readonly stop: { readonly says: undefined; readonly answer: undefined };
};

/** What workers say to the primary. */
export type ToPrimary = {
  /** The connection that was handed over has been taken. */
  readonly took: { readonly says: undefined; readonly answer: undefined };
  /** Where the worker's aggregator listens. */
  readonly port: { readonly says: number; readonly answer: undefined };
  /** Kong starts an instance: answers the id under which all know it; undefined where it fails. */
  readonly begin: {
    readonly says: Omit<KnownInstance, 'id'>;
    readonly answer: number | undefined;
  };
  readonly find: { readonly says: number; readonly answer: KnownInstance | undefined };
  readonly close: { readonly says: number; readonly answer: undefined };
  /** Instances that events have come for since the last time. */
  readonly used: { readonly says: readonly number[]; readonly answer: undefined };
  readonly tell: {
    readonly says: { readonly topic: string; readonly message: unknown };
    readonly answer: undefined;
  };
};
