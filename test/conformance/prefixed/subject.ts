import { expect } from 'vitest';
import type { Count } from '../suite.js';
import { asFixture } from './side.js';
import type { Side } from './side.js';

export interface SubjectContext {
  readonly through: Side;
  readonly direct: Side;
  /**
   * Two checks: that what is seen directly has these contents, and that what is seen through the
   * gateway, names undone, is the very same. Answers what was seen through the gateway.
   */
  readonly alike: <T>(observe: (side: Side) => Promise<T>, contents: unknown) => Promise<T>;
  /** One check. */
  readonly check: (seen: unknown, contents: unknown) => void;
}

/** Shows what one scenario of the suite is about, with its names behind a prefix. */
export type Subject = (context: SubjectContext) => Promise<void>;

export async function runSubject(
  subject: Subject,
  places: Pick<SubjectContext, 'through' | 'direct'>,
): Promise<Count> {
  const why: string[] = [];
  let passed = 0;
  const attempt = (assertion: () => void): void => {
    try {
      assertion();
      passed += 1;
    } catch (error) {
      why.push((error as Error).message);
    }
  };
  const check = (seen: unknown, contents: unknown): void =>
    attempt(() => expect({ seen }).toMatchObject({ seen: contents }));
  const alike = async <T>(observe: (side: Side) => Promise<T>, contents: unknown): Promise<T> => {
    const [seen, there] = [await observe(places.through), await observe(places.direct)];
    check(there, contents);
    attempt(() => expect(asFixture(seen), difference(seen, there)).toEqual(asFixture(there)));
    return seen;
  };
  try {
    await subject({ ...places, alike, check });
  } catch (error) {
    why.push(String(error));
  }
  return { passed, failed: why.length, why };
}

const mostShown = 2000;

function difference(seen: unknown, there: unknown): string {
  const [through, direct] = [seen, there].map((one) =>
    JSON.stringify(asFixture(one))?.slice(0, mostShown),
  );
  return `through the gateway: ${through}\ndirectly: ${direct}\n`;
}
