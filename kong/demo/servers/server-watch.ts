import { serverEvent } from './server-events.js';

const keptLines = 3;
const keptLength = 200;

interface LogLine {
  readonly event?: unknown;
  readonly server?: unknown;
  readonly text?: unknown;
  readonly port?: unknown;
}

/** Follows the plugin server's log: what becomes of each server, and what its process said last. */
export class ServerWatch {
  readonly #say: (text: string) => void;
  readonly #failing = new Map<string, string>();
  readonly #said = new Map<string, string[]>();
  #operationsPort: number | undefined;

  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  /** Where the operations listener is, once the log has told it. */
  get operationsPort(): number | undefined {
    return this.#operationsPort;
  }

  /** The console of it, likewise. */
  get consoleUrl(): string | undefined {
    const port = this.#operationsPort;
    return port === undefined ? undefined : `http://127.0.0.1:${port}/console`;
  }

  /** Why a server is down, with its last words; undefined while it is not. */
  whyDown(server: string): string | undefined {
    const reason = this.#failing.get(server);
    if (reason === undefined) return undefined;
    return [reason, ...(this.#said.get(server) ?? [])].join('\n      ');
  }

  /** Takes one line. Says which server goes down, and when it is back; once each. */
  take(line: string): void {
    const entry = read(line);
    if (entry?.event === 'operations_listening' && typeof entry.port === 'number') {
      this.#operationsPort = entry.port;
    }
    if (entry?.event === 'stdio_stderr') this.#keep(entry);
    const event = serverEvent(line);
    if (event === undefined || event.up !== this.#failing.has(event.server)) return;
    const { server, reason } = event;
    if (event.up) {
      this.#failing.delete(server);
      return this.#say(`server ${server} is back`);
    }
    this.#failing.set(server, reason);
    this.#say(`server ${server} is down: ${this.whyDown(server)}; the others go on`);
  }

  #keep({ server, text }: LogLine): void {
    if (typeof server !== 'string' || typeof text !== 'string' || text.trim() === '') return;
    const plain = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '').slice(0, keptLength);
    this.#said.set(server, [...(this.#said.get(server) ?? []), plain].slice(-keptLines));
  }
}

function read(line: string): LogLine | undefined {
  if (!/"(?:operations_listening|stdio_stderr)"/.test(line)) return undefined;
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return undefined;
  }
}
