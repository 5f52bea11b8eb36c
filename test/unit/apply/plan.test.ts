import { describe, expect, it } from 'vitest';
import { entitiesOf } from '../../../kong/apply/entities.js';
import type { Members } from '../../../kong/apply/members.js';
import { planOf, tagged } from '../../../kong/apply/plan.js';
import type { Present, Step } from '../../../kong/apply/plan.js';

const tag = 'kong-mcp';

const endpoint = (config: Members = { servers: [] }, more: Members = {}): Members => ({
  _format_version: '3.0',
  services: [
    {
      name: 'mcp',
      url: 'http://127.0.0.1:9',
      routes: [
        {
          name: 'mcp',
          paths: ['~/mcp$'],
          plugins: [
            { name: 'mcp-oauth', config: { resource: 'https://g/mcp' } },
            { name: 'mcp-aggregate', config },
          ],
          ...more,
        },
      ],
    },
  ],
});

const wanted = (document: Members) => entitiesOf(document, tag);

/** What a Kong has once these were written: with defaults, and lists in an order of its own. */
const written = (document: Members): Present[] =>
  wanted(document).map((entity) => {
    const body: Members = { ...tagged(entity, tag), created_at: 1, retries: 5 };
    return { kind: entity.kind, id: entity.id, body: { ...body, tags: reversed(body['tags']) } };
  });

const reversed = (list: unknown) => [...(list as unknown[])].reverse();
const shown = (steps: readonly Step[]) => steps.map(({ method, title }) => `${method} ${title}`);

describe('the plan of writes', () => {
  it('for a new endpoint puts the lock on a route that nobody reaches, then opens it', () => {
    const steps = planOf(wanted(endpoint()), [], tag);
    expect(shown(steps)).toEqual([
      'PUT service mcp',
      'PUT route mcp',
      'PUT plugin mcp-oauth of route mcp',
      'PUT plugin mcp-aggregate of route mcp',
      'PUT route mcp',
    ]);
    const [first, last] = steps.filter(({ kind }) => kind === 'routes');
    expect(first!.body).toMatchObject({ hosts: ['not-yet.invalid'], tags: [tag] });
    expect(last!.body).not.toHaveProperty('hosts');
    expect(last!.body!['tags']).toHaveLength(2);
  });

  it('goes on where it was interrupted, and opens the route', () => {
    const steps = planOf(wanted(endpoint()), [], tag);
    for (let done = 1; done < steps.length; done += 1) {
      const present = new Map<string, Present>();
      for (const { kind, id, body } of steps.slice(0, done)) {
        present.set(id, { kind, id, body: body! });
      }
      const rest = planOf(wanted(endpoint()), [...present.values()], tag);
      expect(rest.at(-1)).toEqual(steps.at(-1));
      expect(shown(rest.filter(({ kind }) => kind === 'plugins'))).toEqual(
        shown(steps.slice(done).filter(({ kind }) => kind === 'plugins')),
      );
    }
  });

  it('is empty where all is so already', () => {
    expect(planOf(wanted(endpoint()), written(endpoint()), tag)).toEqual([]);
  });

  it('writes what differs alone', () => {
    const changed = endpoint({ servers: [{ name: 'a', url: 'http://a/mcp' }] });
    expect(shown(planOf(wanted(changed), written(endpoint()), tag))).toEqual([
      'PUT plugin mcp-aggregate of route mcp',
    ]);
  });

  it('sees a field that is no longer wanted, and one that somebody else has changed', () => {
    const before = endpoint({ servers: [], page_size: 5 });
    expect(planOf(wanted(endpoint()), written(before), tag)).toHaveLength(1);
    const meddled = written(endpoint()).map((one) =>
      one.kind === 'plugins' ? { ...one, body: { ...one.body, enabled: false, config: {} } } : one,
    );
    expect(planOf(wanted(endpoint()), meddled, tag)).toHaveLength(2);
    const off = written(endpoint()).map((one) => ({
      ...one,
      body: { ...one.body, enabled: false },
    }));
    expect(planOf(wanted(endpoint()), off, tag).map(({ kind }) => kind)).toEqual([
      'plugins',
      'plugins',
    ]);
  });

  it('puts a new plugin on a route before it changes the route, and takes away last', () => {
    const before = endpoint({ servers: [] }, { plugins: [{ name: 'key-auth' }] });
    const after = endpoint({ servers: [] }, { paths: ['~/other$'] });
    expect(shown(planOf(wanted(after), written(before), tag))).toEqual([
      'PUT plugin mcp-oauth of route mcp',
      'PUT plugin mcp-aggregate of route mcp',
      'PUT route mcp',
      'DELETE plugin key-auth',
    ]);
  });

  it('removes routes before their plugins and services', () => {
    expect(shown(planOf([], written(endpoint()), tag))).toEqual([
      'DELETE route mcp',
      'DELETE plugin mcp-oauth',
      'DELETE plugin mcp-aggregate',
      'DELETE service mcp',
    ]);
  });
});

describe('the entities of a document', () => {
  it('have ids that stay, are the owner’s own, and refer to each other', () => {
    const [service, route, oauth] = wanted(endpoint());
    expect(wanted(endpoint({ page_size: 9 })).map(({ id }) => id)).toEqual(
      wanted(endpoint()).map(({ id }) => id),
    );
    expect(entitiesOf(endpoint(), 'other')[0]!.id).not.toBe(service!.id);
    expect(service!.body).toMatchObject({ protocol: 'http', host: '127.0.0.1', port: 9 });
    expect(service!.body).not.toHaveProperty('url');
    expect(route!.body['service']).toEqual({ id: service!.id });
    expect(oauth!.body['route']).toEqual({ id: route!.id });
    expect(service!.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-/);
  });

  it('may stand at the top and name each other', () => {
    const flat = {
      services: [{ name: 's', host: 'h' }],
      routes: [{ name: 'r', service: 's', paths: ['/r'] }],
      plugins: [{ name: 'cors', route: { name: 'r' } }, { name: 'file-log' }],
    };
    expect(wanted(flat).map(({ title }) => title)).toEqual([
      'service s',
      'route r',
      'plugin cors of route r',
      'plugin file-log',
    ]);
  });

  it.each([
    [{ consumers: [{ username: 'a' }] }, 'consumers: a Kong with a database gets services'],
    [{ routes: [{ name: 'r', service: 'gone' }] }, 'a route refers to gone of services'],
    [{ services: [{ host: 'h' }] }, 'a service has no name'],
    [
      {
        services: [
          { name: 's', host: 'h' },
          { name: 's', host: 'i' },
        ],
      },
      'service s is there twice',
    ],
    [{ services: [{ name: 's', url: 'nowhere' }] }, 'the url of a service is not a URL'],
    [{ plugins: [{ name: 'cors', consumer: 'c' }] }, 'plugin cors: consumer cannot be written'],
  ])('are refused where they cannot be carried: %j', (document, message) => {
    expect(() => wanted(document)).toThrow(message);
  });
});
