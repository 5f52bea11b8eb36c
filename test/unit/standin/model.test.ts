import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Handler } from '../../../kong/standin/external/handler.js';
import { record } from '../../../kong/standin/external/handler-info.js';
import { Model } from '../../../kong/standin/model.js';

const handler = (priority: number, bundled = false): Handler => ({
  priority,
  bundled,
  config: record({
    tag: { type: 'string' },
    secret: { type: 'string', referenceable: true },
    count: { type: 'integer', default: 3 },
  }),
});
const handlers = new Map([
  ['low', handler(1)],
  ['high', handler(9)],
  ['own', handler(5, true)],
]);
const model = (document: object, enabled = ['bundled', 'low', 'high']): Model =>
  new Model(stringify({ _format_version: '3.0', ...document }), handlers, enabled, (reference) =>
    reference.toUpperCase(),
  );
const plugin = (name: string, tag?: string): object => ({ name, config: tag ? { tag } : {} });

describe('a declarative file', () => {
  it('gives a route its plugins by priority, the most specific of each name', () => {
    const { routes, chain } = bound(
      model({
        services: [
          {
            name: 's',
            url: 'http://a',
            plugins: [plugin('low', 'of the service'), plugin('own', 'of the service')],
            routes: [{ name: 'r', plugins: [plugin('low', 'of the route')] }, { name: 'other' }],
          },
        ],
        plugins: [plugin('high', 'global'), plugin('own', 'global')],
      }),
    );
    expect(tags(chain(routes[0]!))).toEqual([
      'high global',
      'own of the service',
      'low of the route',
    ]);
    expect(tags(chain(routes[1]!))).toEqual([
      'high global',
      'own of the service',
      'low of the service',
    ]);
  });

  it('may name the owner of a plugin instead of holding it', () => {
    const { routes, chain } = bound(
      model({
        services: [{ name: 's', url: 'http://a' }],
        routes: [{ name: 'r', service: 's' }, { name: 'q' }],
        plugins: [
          { ...plugin('low', 'by route'), route: 'r' },
          { ...plugin('high', 'by service'), service: 's' },
        ],
      }),
    );
    expect(tags(chain(routes[0]!))).toEqual(['high by service', 'low by route']);
    expect(chain(routes[1]!)).toEqual([]);
  });

  it('fills in defaults, and resolves references where a field allows them', () => {
    const config = { tag: '{vault://env/a}', secret: '{vault://env/a}' };
    const { routes, chain } = bound(model({ routes: [{ plugins: [{ name: 'low', config }] }] }));
    expect(chain(routes[0]!)[0]!.config).toEqual({
      tag: '{vault://env/a}',
      secret: '{VAULT://ENV/A}',
      count: 3,
    });
  });

  it('leaves out a plugin that is not enabled', () => {
    const { routes, chain } = bound(
      model({ routes: [{ plugins: [{ name: 'low', enabled: false }] }] }),
    );
    expect(chain(routes[0]!)).toEqual([]);
  });

  it('may hold consumers, whose ids last through reloads', () => {
    const document = { consumers: [{ username: 'a' }, { id: 'given', custom_id: 'c' }] };
    const [a, given] = model(document).consumers;
    expect(a).toMatchObject({ username: 'a', custom_id: null });
    expect(given).toMatchObject({ id: 'given', username: null, custom_id: 'c' });
    expect(model(document).consumers[0]?.id).toBe(a?.id);
  });

  it.each([
    [{ upstreams: [] }, /in 'upstreams': unknown field/],
    [{ consumers: [{ username: 'a', plugins: [] }] }, /in 'plugins': unknown field/],
    [{ plugins: [plugin('jwt')] }, /does not have plugin 'jwt'; use a real Kong/],
    [{ services: [{ name: 's' }] }, /exactly one of these fields must be non-empty: 'url', 'host'/],
    [{ routes: [{ paths: ['mcp'] }] }, /- in entry 1 of 'paths': invalid value: mcp/],
    [{ routes: [{ service: 'none' }] }, /nothing is named 'none'/],
    [{ _format_version: '1.1' }, /in '_format_version': expected one of: 3.0/],
  ])('is refused for %j', (document, message) => {
    expect(() => model(document)).toThrow(message);
  });

  it('is refused for a plugin that kong.conf does not enable', () => {
    expect(() => model({ plugins: [plugin('low')] }, ['bundled'])).toThrow(/'low' not enabled/);
    expect(() => model({ plugins: [plugin('own')] }, ['low'])).toThrow(/'own' not enabled/);
  });
});

function bound(one: Model): Pick<Model, 'routes' | 'chain'> {
  return { routes: one.routes, chain: (route) => one.chain(route) };
}

function tags(plugins: ReturnType<Model['chain']>): string[] {
  return plugins.map(({ name, config }) => `${name} ${String(config['tag'])}`);
}
