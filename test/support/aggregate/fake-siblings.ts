import { duplexPair } from 'node:stream';
import type { Duplex } from 'node:stream';
import { SiblingGoneError } from '../../../lib/workers/siblings.js';
import type { Siblings } from '../../../lib/workers/siblings.js';

type OnTold = (message: unknown, from: number) => void;
type OnConnect = (stream: Duplex, hello: unknown, from: number) => void;

/** Workers of one node, all in this process. */
export interface FakeNode {
  readonly workers: readonly Siblings[];
  /** From here on the worker is not there; what it had open is cut. */
  end(slot: number): void;
  /** Another takes its place: `workers` has it from here on. */
  restart(slot: number): void;
}

interface Worker extends Siblings {
  port: number | undefined;
  readonly told: Map<string, Set<OnTold>>;
  readonly taken: Map<string, Set<OnConnect>>;
  readonly streams: Set<Duplex>;
  gone: boolean;
}

/** What is told arrives in a later turn, as JSON would carry it. */
export function fakeNode(count: number): FakeNode {
  const workers: Worker[] = [];
  const make = (slot: number): Worker => {
    const worker: Worker = {
      slot,
      count,
      authentication: undefined,
      port: undefined,
      told: new Map(),
      taken: new Map(),
      streams: new Set(),
      gone: false,
      portOf: (of) => (workers[of]?.gone === false ? workers[of].port : undefined),
      announce: (port) => void (worker.port = port),
      tell: (topic, message) => {
        const text = JSON.stringify(message);
        for (const other of workers) {
          if (other === worker || other.gone) continue;
          setImmediate(() => {
            for (const take of other.told.get(topic) ?? []) take(JSON.parse(text), slot);
          });
        }
      },
      onTold: (topic, take) => register(worker.told, topic, take),
      connect: (to, topic, hello) => {
        const other = workers[to];
        const takers = other?.gone === false ? [...(other.taken.get(topic) ?? [])] : [];
        if (other === undefined || takers.length === 0) {
          return Promise.reject(new SiblingGoneError(to));
        }
        const [near, far] = duplexPair();
        for (const [side, of] of [
          [near, worker],
          [far, other],
        ] as const) {
          of.streams.add(side);
          side.once('close', () => of.streams.delete(side));
          side.on('error', () => undefined);
        }
        near.once('close', () => far.destroy());
        far.once('close', () => near.destroy());
        setImmediate(() => takers.forEach((take) => take(far, hello, slot)));
        return Promise.resolve(near);
      },
      onConnect: (topic, take) => register(worker.taken, topic, take),
    };
    return worker;
  };
  for (let slot = 0; slot < count; slot++) workers.push(make(slot));
  return {
    workers,
    end: (slot) => {
      const worker = workers[slot]!;
      worker.gone = true;
      for (const stream of worker.streams) stream.destroy();
    },
    restart: (slot) => void (workers[slot] = make(slot)),
  };
}

function register<T>(all: Map<string, Set<T>>, topic: string, take: T): () => void {
  const takers = all.get(topic) ?? new Set<T>();
  all.set(topic, takers.add(take));
  return () => void takers.delete(take);
}
