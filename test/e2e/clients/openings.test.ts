import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tellers } from '../../support/eras/clients/all.js';
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
    gateway = await startEndpoints({
      sessions: [sessions],
      moderns: [moderns],
      merged: [sessions, moderns, { name: 'both', url: both.url }],
    });
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([session, modern, both].map((server) => server?.close()));
  });

  const shown = [
    ['sessions', 'session'],
    ['moderns', 'modern'],
    ['merged', 'session'],
    ['merged', 'modern'],
    ['merged', 'both'],
  ] as const;

  describe.each(tellers)('$name', ({ tell, ...revisions }) => {
    /** What it settles on with who speaks both eras, as the gateway does. */
    const newest = revisions.modern ?? revisions.legacy ?? '';
    let direct: readonly (readonly [Told, Told])[];
    let through: readonly Told[];

    beforeAll(async () => {
      const shared = [
        [session, revisions.legacy],
        [modern, revisions.modern],
        [both, newest],
      ] as const;
      const straight = shared.flatMap(([server, revision]) =>
        revision === undefined ? [] : [{ story: storyAt(server.url), revision }],
      );
      const stories = shown.map(([endpoint, name]) => storyAt(gateway.at(endpoint), name));
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

    it.each(shown.map((one, index) => ({ endpoint: one[0], name: one[1], index })))(
      'through the gateway: $endpoint, $name',
      ({ endpoint, name, index }) => {
        const story = storyAt(gateway.at(endpoint), name);
        expect(through[index]).toEqual(expectedOf(story, newest, name));
      },
    );
  });
});
