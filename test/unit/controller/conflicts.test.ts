import { describe, expect, it } from 'vitest';
import { PaperCluster } from '../../support/kubernetes/paper-cluster.js';
import {
  conditionOf,
  gateway,
  grant,
  server,
  snapshot,
} from '../../support/kubernetes/resources.js';

const names = (cluster: PaperCluster) => cluster.served().map(({ name }) => name);
const condition = (cluster: PaperCluster, key: string, type: string) =>
  conditionOf(cluster.server(key)?.status, type);

describe('names and prefixes', () => {
  const claim = (namespace: string, name: string, age: number, spec = {}) =>
    server(
      { namespace, name, age, labels: { mcp: 'yes' } },
      { url: `http://${name}.${namespace}/mcp`, ...spec },
    );
  const everywhere = gateway({}, { servers: { namespaces: { from: 'All' } } });
  const consent = ['one', 'two', 'three'].map((namespace) =>
    grant({ kind: 'MCPGateway', namespace: 'tools' }, { kind: 'MCPServer', namespace }),
  );

  it('stay with whoever came first; the other is told whose they are', () => {
    const cluster = new PaperCluster(
      snapshot({
        gateways: [everywhere],
        grants: consent,
        servers: [
          claim('two', 'tickets', 2),
          claim('one', 'tickets', 1),
          claim('three', 'x', 3, { prefix: 'tickets__' }),
        ],
      }),
    );
    cluster.settle();
    expect(cluster.served()).toMatchObject([{ url: 'http://tickets.one/mcp' }]);
    for (const key of ['two/tickets', 'three/x']) {
      const said = condition(cluster, key, 'Accepted');
      expect(said).toMatchObject({ status: 'False', reason: 'Conflict' });
      expect(said?.['message']).toContain('MCPServer one/tickets came first');
    }
  });

  it('cannot be taken from a younger server that has them, by changing an older one', () => {
    const cluster = new PaperCluster(
      snapshot({
        gateways: [everywhere],
        grants: consent,
        servers: [claim('one', 'old', 1), claim('two', 'young', 2)],
      }),
    );
    cluster.settle();
    const changed = claim('one', 'old', 1, { prefix: 'young__' });
    cluster.change({ servers: [changed, cluster.server('two/young')!] });
    cluster.settle();
    expect(cluster.served()).toMatchObject([
      { url: 'http://old.one/mcp' },
      { url: 'http://young.two/mcp' },
    ]);
    expect(cluster.served()[0]).not.toHaveProperty('prefix');
    expect(condition(cluster, 'one/old', 'Accepted')).toMatchObject({ reason: 'Conflict' });
    expect(condition(cluster, 'two/young', 'Accepted')).toMatchObject({ status: 'True' });
  });

  it('of another namespace are not served without its consent, nor after that is withdrawn', () => {
    const cluster = new PaperCluster(
      snapshot({
        gateways: [everywhere],
        grants: consent,
        servers: [claim('one', 'a', 1), claim('tools', 'b', 2)],
      }),
    );
    cluster.settle();
    expect(names(cluster)).toEqual(['a', 'b']);
    cluster.change({ grants: [] });
    cluster.settle();
    expect(names(cluster)).toEqual(['b']);
    expect(condition(cluster, 'one/a', 'ResolvedRefs')).toMatchObject({
      reason: 'RefNotPermitted',
      message: expect.stringContaining('add a ReferenceGrant to one') as string,
    });
  });
});
