import { answer, startHttpFixture } from '../http-fixture.js';
import type { FixtureOptions, Handler, HttpFixture } from '../http-fixture.js';

/** A server that misbehaves; its name says how. */
export interface Animal {
  /** Also its name as a server of the gateway. */
  readonly name: string;
  /** Further settings of the server. */
  readonly settings?: Readonly<Record<string, unknown>>;
  start(): Promise<Caught>;
  /** What a client gets that calls its tool `poke`. */
  readonly shows: Shown;
}

export interface Caught {
  readonly url: string;
  /** Of animals that are a fixture turned wild. */
  readonly fixture?: HttpFixture;
  close(): Promise<void>;
}

export type Shown = ShownError | ShownText;

export interface ShownError {
  readonly code: number;
  /** Continues the sentence "server NAME …". */
  readonly why: string;
  /** Whether the server never came as far as being asked: the reason is then in `data`. */
  readonly unlisted?: boolean;
}

export interface ShownText {
  /** Text of the result. */
  readonly text: string;
}

/** Long enough for a busy machine to take a connection and to shake hands. */
export const deadlineMs = 2500;
export const deadline = { timeout: deadlineMs };

export const unavailable = (why: string): ShownError => ({ code: -31001, why });
export const lateBy = (ms: number): ShownError => ({
  code: -31002,
  why: `did not answer within ${ms} ms`,
});
export const late = lateBy(deadlineMs);
export const broken = (why: string): ShownError => ({ code: -31004, why });
export const tooLarge = (why: string): ShownError => ({ code: -31005, why });
export const unlisted = (why: string): ShownError => ({ code: -31001, why, unlisted: true });

export const poke = '{"name":"poke","inputSchema":{"type":"object"}}';

/** Raw `CallToolResult` of one text. */
export function textResult(text: string): string {
  return JSON.stringify({ content: [{ type: 'text', text }] });
}

/** A fixture with the tool `poke`, made wild by `tame`. */
export async function wild(
  change: (fixture: HttpFixture) => void,
  options?: FixtureOptions,
): Promise<Caught> {
  const fixture = await startHttpFixture(options);
  fixture.on('tools/list', (arrived, response) => answer(arrived, response, `{"tools":[${poke}]}`));
  change(fixture);
  return { url: fixture.url, fixture, close: () => fixture.close() };
}

/** An animal that behaves until its tool is called. */
export function inCalls(
  name: string,
  shows: Shown,
  onCall: Handler,
  settings: Animal['settings'] = deadline,
): Animal {
  return { name, shows, settings, start: () => wild(({ on }) => on('tools/call', onCall)) };
}
