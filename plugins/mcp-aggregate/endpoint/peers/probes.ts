import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Where peers ask each other whether they are there. */
export const probePath = '/peer';
/** Carries the challenge, and its proof that one of us asks. */
export const probeHeader = 'x-mcp-peer-probe';

/** What a worker says of its node. */
export interface NodeSaid {
  /** Its workers, and the slots of those that are up. */
  readonly count: number;
  readonly up: readonly number[];
}

const challengeBytes = 16;

/**
 * Tells nodes with the same sealing key from strangers, both ways: who asks proves that it has a key,
 * and so does who answers. What is said is no secret; it counts for one challenge at one address.
 */
export class Probes {
  readonly #keys: readonly Buffer[];

  /** @param secrets sealing keys: the first proves, all are believed */
  constructor(secrets: readonly Buffer[]) {
    this.#keys = secrets.map((secret) =>
      createHmac('sha256', secret).update('kong-plugin-mcp peer probe 1').digest(),
    );
  }

  /** A question to the aggregator at `address`, and what checks the answer. */
  ask(address: string): { header: string; check: (answer: string) => NodeSaid | undefined } {
    const challenge = randomBytes(challengeBytes).toString('base64url');
    const header = `${challenge}.${proof(this.#keys[0]!, 'ask', address, challenge)}`;
    const check = (answer: string): NodeSaid | undefined => {
      const [said = '', proven = ''] = answer.split('.');
      const known = this.#keys.some((key) =>
        isSame(proven, proof(key, 'answer', address, challenge, said)),
      );
      return known ? readSaid(said) : undefined;
    };
    return { header, check };
  }

  /** The answer to a question that came at `address`; undefined for a stranger's. */
  answer(address: string, header: string, said: NodeSaid): string | undefined {
    const [challenge = '', proven = '', rest] = header.split('.');
    if (rest !== undefined || challenge.length > 64) return undefined;
    const key = this.#keys.find((one) => isSame(proven, proof(one, 'ask', address, challenge)));
    if (key === undefined) return undefined;
    const text = Buffer.from(JSON.stringify(said)).toString('base64url');
    return `${text}.${proof(key, 'answer', address, challenge, text)}`;
  }
}

function proof(key: Buffer, ...parts: readonly string[]): string {
  const text = parts.map((part) => `${part.length}:${part}`).join('');
  return createHmac('sha256', key).update(text).digest('base64url');
}

function isSame(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)];
  return one.length === other.length && timingSafeEqual(one, other);
}

/** @param said authenticated */
function readSaid(said: string): NodeSaid | undefined {
  const { count, up } = JSON.parse(Buffer.from(said, 'base64url').toString()) as Partial<NodeSaid>;
  return typeof count === 'number' && Array.isArray(up) ? { count, up } : undefined;
}
