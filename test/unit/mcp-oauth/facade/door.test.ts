import { afterEach, describe, expect, it } from 'vitest';
import { counted } from '../../../../lib/held/counts.js';
import { Door, doorTicketHeader } from '../../../../plugins/mcp-oauth/endpoint/door.js';

describe('the door', () => {
  let now = 0;
  const door = new Door(() => now);
  afterEach(() => door.close());

  const ticket = (body: string) =>
    door.ticket(() => Promise.resolve({ status: 200, headers: {}, body }));
  const show = async (shown: string) => {
    const headers = { [doorTicketHeader]: shown };
    const answer = await fetch(`http://127.0.0.1:${await door.port()}/`, { headers });
    return answer.status === 200 ? answer.text() : answer.status;
  };

  it('serves who shows a ticket, once and in time', async () => {
    const [first, late] = [ticket('first'), ticket('late')];
    expect(await show(first)).toBe('first');
    expect(await show(first)).toBe(403);
    now += counted.doorTickets.ms;
    expect(await show(late)).toBe(403);
    expect(await show('made up')).toBe(403);
  });

  it('has room for a request whatever other plugins have refused before it', async () => {
    const tickets = Array.from({ length: counted.doorTickets.most + 1 }, (_, i) => ticket(`${i}`));
    expect(await show(tickets[0]!)).toBe(403);
    expect(await show(tickets[1]!)).toBe('1');
    expect(await show(tickets.at(-1)!)).toBe(`${counted.doorTickets.most}`);
  });
});
