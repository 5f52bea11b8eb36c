import type { Sees } from '../../../../lib/policy/item-views.js';
import type { Ticket } from './ticket.js';

/** Of what follows: a process of another release says that it does not know it. */
const form = 1;

/** What a ticket to another process says of its request, beside who asks. */
export interface TicketText {
  /** Hash of the endpoint's configuration. */
  readonly config: string;
  readonly facts: Pick<Ticket, 'httpMethod' | 'asked' | 'hidden' | 'client' | 'session'>;
  /** Of the body's bytes; absent where there is none. */
  readonly digest: string | undefined;
  /** Views that apply. */
  readonly sees: Sees | undefined;
}

type Fields = readonly [
  form: number,
  config: string,
  httpMethod: string,
  method: string,
  name: string | null,
  hidden: 0 | 1,
  modern: 0 | 1,
  version: string | null,
  session: string | null,
  digest: string | null,
  sees: Sees | null,
];

/** As few bytes as JSON allows: it travels with each request. */
export function writeTicket({ config, facts, digest, sees }: TicketText): string {
  const { httpMethod, asked, hidden, client, session } = facts;
  const fields: Fields = [
    form,
    config,
    httpMethod,
    asked.method,
    asked.name ?? null,
    hidden ? 1 : 0,
    client.modern ? 1 : 0,
    client.version ?? null,
    session ?? null,
    digest ?? null,
    sees ?? null,
  ];
  return JSON.stringify(fields);
}

/** @param text authenticated; undefined where another release has written it */
export function readTicket(text: string): TicketText | undefined {
  const fields = JSON.parse(text) as Fields;
  if (fields[0] !== form) return undefined;
  const [, config, httpMethod, method, name, hidden, modern, version, session, ...rest] = fields;
  const [digest, sees] = rest;
  return {
    config,
    facts: {
      httpMethod,
      asked: { method, name: name ?? undefined },
      hidden: hidden === 1,
      client: { modern: modern === 1, version: version ?? undefined },
      session: session ?? undefined,
    },
    digest: digest ?? undefined,
    sees: sees ?? undefined,
  };
}
