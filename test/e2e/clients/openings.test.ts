import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tellers } from '../../support/eras/clients/all.js';
import { firstSdk, nextSdk } from '../../support/eras/clients/sdk.js';
import { startEndpoints } from '../../support/eras/endpoints.js';
import type { Endpoints } from '../../support/eras/endpoints.js';
import { startDualServer, startModernServer } from '../../support/eras/modern-server.js';
import { startSessionServer } from '../../support/eras/session-server.js';
import type { EraServer } from '../../support/eras/session-server.js';
import { expectedOf, storyAt } from '../../support/eras/story.js';
import type { Told } from '../../support/eras/story.js';

describe('every client, at every kind of server', () => {
  let session: EraServer;
  let modern: EraServer;
  let both: EraServer;
  let gateway: Endpoints;

  beforeAll(async () => {
    [session, modern, both] = await Promise.all([
      startSessionServer(),
      startModernServer(),
      startDualServer(),
    ]);
    const [sessions, moderns] = [
      { name: 'session', url: session.url },
      { name: 'modern', url: modern.url },
    ];
    const merged = [sessions, moderns, { name: 'both', url: both.url }];
    gateway = await startEndpoints({
      sessions: [sessions],
      moderns: [moderns],
      merged,
      narrowed: { servers: merged, protocol_versions: ['2025-11-25', '2025-06-18', '2025-03-26'] },
      ahead: { servers: merged, protocol_versions: ['2026-07-28'] },
    });
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([session, modern, both].map((server) => server?.close()));
  });

  /** Endpoint and server, and of which era one has to be there; of both it is the newer one. */
  const shown = [
    ['sessions', 'session', 'newest'],
    ['moderns', 'modern', 'newest'],
    ['merged', 'session', 'newest'],
    ['merged', 'modern', 'newest'],
    ['merged', 'both', 'newest'],
    ['narrowed', 'modern', 'legacy'],
    ['ahead', 'session', 'modern'],
  ] as const;

  describe.each(tellers)('$name', ({ tell, legacy, modern: ahead }) => {
    const revisions = { legacy, modern: ahead, newest: ahead ?? legacy };
    const asked = shown.flatMap(([endpoint, name, era]) => {
      const revision = revisions[era];
      return revision === undefined ? [] : [{ endpoint, name, revision }];
    });
    let direct: readonly (readonly [Told, Told])[];
    let through: readonly Told[];

    beforeAll(async () => {
      const shared = [
        [session, revisions.legacy],
        [modern, revisions.modern],
        [both, revisions.newest],
      ] as const;
      const straight = shared.flatMap(([server, revision]) =>
        revision === undefined ? [] : [{ story: storyAt(server.url), revision }],
      );
      const stories = asked.map(({ endpoint, name }) => storyAt(gateway.at(endpoint), name));
      const told = await tell([...straight.map(({ story }) => story), ...stories]);
      direct = straight.map(({ story, revision }, index) => [
        told[index]!,
        expectedOf(story, revision),
      ]);
      through = told.slice(straight.length);
    });

    it('straight at servers that share an era with it', () => {
      for (const [told, expected] of direct) expect(told).toEqual(expected);
    });

    it.each(asked.map((one, index) => ({ ...one, index })))(
      'through the gateway: $endpoint, $name',
      ({ endpoint, name, revision, index }) => {
        const story = storyAt(gateway.at(endpoint), name);
        expect(through[index]).toEqual(expectedOf(story, revision, name));
      },
    );
  });

  it('who speaks none of the versions of an endpoint is told which there are', async () => {
    const error = await firstSdk([storyAt(gateway.at('ahead'), 'session')]).catch(String);
    expect(error).toMatch(/2026-07-28/);
    const pinned = nextSdk({ pin: '2026-07-28' });
    await expect(pinned([storyAt(gateway.at('narrowed'), 'session')])).rejects.toThrow(
      /2025-11-25/,
    );
  });
});
