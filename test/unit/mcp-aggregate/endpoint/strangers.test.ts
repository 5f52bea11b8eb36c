import { expect, it } from 'vitest';
import { Sealer } from '../../../../lib/handles/seal.js';
import { anonymousIdentity } from '../../../../lib/identity/identity.js';
import { Revocations } from '../../../../lib/shared-state/revocations.js';
import type { SharedState } from '../../../../lib/shared-state/shared-state.js';
import type { Ticket } from '../../../../plugins/mcp-aggregate/endpoint/requests/ticket.js';
import { Sessions } from '../../../../plugins/mcp-aggregate/endpoint/sessions/sessions.js';
import { Strangers } from '../../../../plugins/mcp-aggregate/endpoint/sessions/strangers.js';

const owner = { endpoint: 'route-a', principal: 'alice' };

/** One process, and what Redis says to it. */
function process() {
  const sessions = new Sessions(new Sealer([Buffer.alloc(32, 1)]), Date.now);
  const text = sessions.mint(owner, '2025-11-25', 60_000);
  const said = { answer: undefined as boolean | undefined, hearing: {}, asked: 0 };
  const shared = {
    revocations: new Revocations(Date.now),
    get hearing() {
      return said.hearing;
    },
    hasEnded: () => {
      said.asked += 1;
      return Promise.resolve(said.answer);
    },
  } as unknown as SharedState;
  const ticket = {
    session: text,
    config: { endpoint: owner.endpoint, sessionTtlMs: 60_000 },
    caller: { principal: owner.principal, identity: anonymousIdentity },
  } as unknown as Ticket;
  const strangers = new Strangers(sessions);
  const opens = async () => {
    await strangers.check(ticket, shared);
    return sessions.open(owner, text) !== undefined;
  };
  return { said, opens };
}

it('a session is asked for once', async () => {
  const { said, opens } = process();
  said.answer = false;
  for (let i = 0; i < 3; i++) expect(await opens()).toBe(true);
  expect(said.asked).toBe(1);
});

it('one of which Redis did not say whether it has ended is asked for again', async () => {
  const { said, opens } = process();
  expect(await opens()).toBe(true);
  said.answer = true;
  expect(await opens()).toBe(false);
});

it('one that may have ended while nothing was heard is asked for again', async () => {
  const { said, opens } = process();
  said.answer = false;
  expect(await opens()).toBe(true);
  said.answer = true;
  expect(await opens()).toBe(true);
  said.hearing = {};
  expect(await opens()).toBe(false);
});
