import type { DirectConfig } from '../../config/servers/direct-config.js';

/** A session at a server as direct calls are sent in it. Holds secrets. */
export interface LentSession {
  /** Of the session, and the credential that was fetched. */
  readonly headers: Readonly<Record<string, string>>;
  /** Names of the capabilities that the server declared in it, those at least by which it is decided. */
  readonly offered: ReadonlySet<string>;
}

/** How Kong can send a call to its server now. */
export interface DirectWay {
  readonly settings: DirectConfig;
  /** Longest silence of this call, in milliseconds. */
  readonly silenceMs: number;
  /** Of the session, if it is in one, and the credential. Holds secrets. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the server is spoken to without sessions. */
  readonly modern: boolean;
  /** As of `LentSession`. */
  readonly offered: ReadonlySet<string>;
}
