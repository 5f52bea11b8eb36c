import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { anonymousIdentity } from '../../../../lib/identity/identity.js';
import { readConfig } from '../../../../plugins/mcp-aggregate/config/config.js';
import { callerContext } from '../../../../plugins/mcp-aggregate/core/admit/caller.js';
import { fingerprint } from '../../../../plugins/mcp-aggregate/core/pins/fingerprint.js';
import { Runtimes } from '../../../../plugins/mcp-aggregate/io/runtimes/runtimes.js';
import { FakeUpstream, unreachable } from '../../../support/aggregate/fake-upstream.js';
import { kongConfig } from '../../../support/aggregate/harness.js';
import { ManualClock } from '../../../support/aggregate/manual-clock.js';

const note = (uri: string, name = 'good') => ({ uri, name });
const digestOf = (one: object) => fingerprint(Buffer.from(JSON.stringify(one))).digest;
const resources = Object.fromEntries(
  [note('note:///a'), note('note:///b')].map((one) => [one.uri, { digest: digestOf(one) }]),
);
const pin_lockfile_text = JSON.stringify({ lockfile: 'kong-plugin-mcp/pins/1', resources });

describe('a resource that is read before its server has listed any', () => {
  let upstream: FakeUpstream;
  let runtimes: Runtimes;
  beforeEach(() => {
    upstream = new FakeUpstream('s');
    upstream.more = {
      resource: [note('note:///a'), note('note:///b', 'evil'), note('note:///new')],
    };
    const acquire = () => ({ upstream, release: () => undefined });
    runtimes = new Runtimes(acquire, new ManualClock());
  });
  afterEach(() => runtimes.close());

  const read = async (uri: string) => {
    const plain = kongConfig([{ name: 's' }]);
    const servers = plain.servers?.map((server) => {
      return { ...server, pin: 'enforce' as const, pin_lockfile_text };
    });
    const items = runtimes
      .use(readConfig({ ...plain, servers }))
      .itemsFor(callerContext(anonymousIdentity));
    // What the access phase asks has to be answered at once.
    await new Promise((done) => setImmediate(done));
    return items.router.resolveUri('resource', `mcp+s+${uri}`);
  };
  const unknown = { code: 'unknown_resource' };

  it('waits for the list', async () => {
    let come!: () => void;
    const coming = new Promise<void>((resolve) => (come = resolve));
    upstream.onList = async () => {
      await coming;
      return { items: [], offered: new Set(['tools']) };
    };
    const reads = ['note:///a', 'note:///b', 'note:///new', 'note:///unlisted'].map((uri) =>
      read(uri).then(
        () => 'served',
        () => 'unknown',
      ),
    );
    await new Promise((done) => setImmediate(done));
    come();
    expect(await Promise.all(reads)).toEqual(['served', 'unknown', 'unknown', 'served']);
  });

  it('is unknown where there is no list to be had, unless its URI is approved', async () => {
    upstream.onList = () => Promise.reject(unreachable('s'));
    await expect(read('note:///new')).rejects.toMatchObject(unknown);
    await expect(read('note:///%6Eew')).rejects.toMatchObject(unknown);
    expect(await read('note:///a')).toMatchObject({ original: 'note:///a' });
  });
});
