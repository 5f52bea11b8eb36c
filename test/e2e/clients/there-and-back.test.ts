import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEndpoints } from '../../support/eras/endpoints.js';
import type { Endpoints } from '../../support/eras/endpoints.js';
import { answerBytes, rawModernClient, rawSessionClient } from '../../support/eras/raw-clients.js';
import type { RawClient } from '../../support/eras/raw-clients.js';
import { rawObjects } from '../../support/eras/raw-json.js';
import {
  oddIn,
  startRawModernServer,
  startRawSessionServer,
  tool,
} from '../../support/eras/raw-servers.js';
import type { RawServer } from '../../support/eras/raw-servers.js';

const kinds = [
  {
    ends: 'sessions at both ends, none in between',
    start: startRawSessionServer,
    connect: rawSessionClient,
    hop: ['2026-07-28'],
  },
  {
    ends: 'sessions in between alone',
    start: startRawModernServer,
    connect: (url: string) => Promise.resolve(rawModernClient(url)),
    hop: ['2025-11-25', '2025-03-26'],
  },
];

/** Without what each hop of the modern era says for itself. */
const ofServer = (result: string): string =>
  result.replace(
    /"resultType":"complete", ?|"_meta":\{"io.modelcontextprotocol\/serverInfo":\{[^}]*\}\},/g,
    '',
  );

/** client → endpoint `near` → (in the other era) endpoint `far` → server */
describe.each(kinds)('there and back: $ends', ({ start, connect, hop }) => {
  const definitions = fc.sample(rawObjects, 12);
  let server: RawServer;
  let gateway: Endpoints;
  let direct: RawClient;
  let through: RawClient;

  beforeAll(async () => {
    server = await start(definitions.map((odd, index) => tool(`t${index}`, odd)));
    gateway = await startEndpoints({
      // Refuses whoever comes in another era than the one meant.
      far: { servers: [{ name: 's', url: server.url }], protocol_versions: hop },
      near: ({ url }) => [{ name: 'f', url: `${url}/far`, protocol_versions: hop }],
    });
    [direct, through] = await Promise.all([connect(server.url), connect(gateway.at('near'))]);
  });
  afterAll(async () => {
    await gateway?.stop();
    await server?.close();
  });

  it('definitions keep their bytes', async () => {
    const [there, seen] = await Promise.all([direct.list(), through.list()]);
    for (const [index, odd] of definitions.entries()) {
      expect(there).toContain(tool(`t${index}`, odd));
      expect(seen).toContain(tool(`f__s__t${index}`, odd));
    }
  });

  it('arguments, questions, answers and results keep their bytes', async () => {
    await fc.assert(
      fc.asyncProperty(rawObjects, async (odd) => {
        const there = await direct.call('t0', odd);
        const seen = await through.call('f__s__t0', odd);
        expect(oddIn(there.question)).toBe(odd);
        expect(oddIn(seen.question)).toBe(odd);
        expect(seen.question).toContain('"[f] [s] Which?"');
        expect(ofServer(seen.result)).toBe(ofServer(there.result));
        const [before, after] = server.answered.slice(-2);
        expect(before).toContain(answerBytes(odd));
        expect(after).toContain(answerBytes(odd));
      }),
      { numRuns: 8 },
    );
  });
});
