import { afterEach, describe, expect, it } from 'vitest';
import { HandleStore } from '../../../../lib/handles/handle-store.js';
import { InternalTickets, receiptHeader } from '../../../../lib/handles/sealed/internal-tickets.js';
import { held } from '../../../../lib/held/limits.js';
import { joinSiblings, siblings } from '../../../../lib/workers/siblings.js';
import { fakeNode } from '../../../support/aggregate/fake-siblings.js';

const secrets = [Buffer.alloc(32, 1)];
const at = { path: '/internal/one', httpMethod: 'POST' };
const request = {
  ...at,
  server: 'one',
  asked: { method: 'tools/call', name: undefined },
  session: 'upstream-session',
};
let now = 1_800_000_000_000;
const clock = () => now;
const process = (isShared = true) => {
  const store = new HandleStore<typeof request>({ ...held.internalHandles, now: clock });
  return { store, tickets: new InternalTickets(store, secrets, isShared, clock) };
};
const alone = siblings();
afterEach(() => joinSiblings(alone));

describe('a ticket to the route of a server', () => {
  it('stays in the process where there is no other, and leaves nothing there', () => {
    const { store, tickets } = process(false);
    const ticket = tickets.mint(request);
    expect(store.size).toBe(1);
    expect(tickets.redeem(ticket.text, at)).toEqual(request);
    expect(ticket.wasTaken({})).toBe(true);
    const unused = tickets.mint(request);
    expect(unused.wasTaken({ [receiptHeader]: 'x' })).toBe(false);
    expect(tickets.redeem(unused.text, at)).toBeUndefined();
    expect(store.size).toBe(0);
  });

  it.each<[string, () => { here: InternalTickets; there: InternalTickets }]>([
    [
      'another worker',
      () => {
        joinSiblings(fakeNode(2).workers[0]!);
        return { here: process(false).tickets, there: process(false).tickets };
      },
    ],
    ['another node', () => ({ here: process().tickets, there: process().tickets })],
  ])('opens in %s, once, and is answered with a receipt', (_what, make) => {
    const { here, there } = make();
    const ticket = here.mint(request);
    const redeemed = there.redeem(ticket.text, at)!;
    const { receipt, ...said } = redeemed;
    expect(said).toEqual(request);
    expect(there.redeem(ticket.text, at)).toBeUndefined();
    expect(ticket.wasTaken({ [receiptHeader]: receipt })).toBe(true);
    // Beside a header of the server's own.
    expect(ticket.wasTaken({ [receiptHeader]: [`x, ${receipt!}`] })).toBe(true);
    const next = there.redeem(here.mint(request).text, at)!;
    for (const header of [undefined, '', 'x', receipt?.slice(1), next.receipt, ticket.text]) {
      expect(ticket.wasTaken({ [receiptHeader]: header })).toBe(false);
    }
    expect(ticket.wasTaken(undefined)).toBe(false);
  });

  it('opens for its path and HTTP method alone, and in its time', () => {
    const [here, there] = [process().tickets, process().tickets];
    const { text } = here.mint(request);
    expect(there.redeem(text, { ...at, path: '/internal/two' })).toBeUndefined();
    expect(there.redeem(text, { ...at, httpMethod: 'GET' })).toBeUndefined();
    expect(
      there.redeem(`${text.slice(0, -1)}${text.endsWith('A') ? 'B' : 'A'}`, at),
    ).toBeUndefined();
    now += held.internalHandles.ms;
    expect(there.redeem(text, at)).toBeDefined();
    const late = here.mint({ ...request, session: undefined }).text;
    now += held.internalHandles.ms + 1;
    expect(there.redeem(late, at)).toBeUndefined();
  });
});
