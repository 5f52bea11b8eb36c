/** What keeps a resource from being served: a condition that is False. */
export interface Problem {
  readonly condition: 'Accepted' | 'ResolvedRefs';
  readonly reason: string;
  /** Says what is wrong and what mends it; no value of a Secret. */
  readonly message: string;
}

export const unresolved = (reason: string, message: string): Problem => ({
  condition: 'ResolvedRefs',
  reason,
  message,
});

export const unaccepted = (reason: string, message: string): Problem => ({
  condition: 'Accepted',
  reason,
  message,
});

/** A value, or why there is none. */
export type Outcome<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };

export const done = <T>(value: T): Outcome<T> => ({ ok: true, value });
export const failed = (problem: Problem): Outcome<never> => ({ ok: false, problem });
