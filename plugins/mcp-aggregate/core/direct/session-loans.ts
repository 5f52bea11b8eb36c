import type { DirectWay, LentSession } from './direct-way.js';

/** What another worker asks for: the way into one conversation's session at a server. */
export interface LoanAsk {
  /** Authorization context of the caller there (design D8). */
  readonly context: string;
  /** Names the client's session. */
  readonly conversation: string;
  /** Log level that the session has set. */
  readonly logLevel: string | undefined;
  /** For how long, in milliseconds, at most. */
  readonly ms: number;
}

/** What is lent. Holds secrets. */
export interface Loan extends LentSession {
  /** For how long, in milliseconds. */
  readonly ms: number;
}

/** Whose loans hold no longer; those of all where it names nobody. */
export interface Recall {
  readonly conversation?: string | undefined;
  readonly context?: string | undefined;
}

/** Sessions at one server that other workers use for direct calls (docs/direct.md). */
export interface SessionLoans {
  /**
   * Lends a session that is kept here, which is left alone at least as long as it is lent; undefined
   * where a call in it could not be direct here either.
   */
  lend(ask: LoanAsk): Loan | undefined;
  /** Calls `listener` when what was lent holds no longer, before its time; answers a remover. */
  onRecall(listener: (recall: Recall) => void): () => void;
  /**
   * How Kong can send a call in a session that another worker has lent.
   * @param tool the server's own name, where it is a tool that is called
   */
  by(lent: LentSession, tool: string | undefined): DirectWay;
}
