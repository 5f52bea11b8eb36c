import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UriTemplate } from '@modelcontextprotocol/sdk/shared/uriTemplate.js';
import { UriSpace } from '../../../../../plugins/mcp-aggregate/core/uris/uri-space.js';

const servers = ['github', 'GitLab', '1st', 'a-b', 'plain'].map((name) => ({
  name,
  plainUris: name === 'plain',
}));
const uris = new UriSpace(servers);

const scheme = fc.constantFrom('test', 'file', 'https', 'ui', 'UI', 'mcp', 'mcp+github+x', 'urn');
const hostile = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.tuple(scheme, fc.webPath()).map(([name, path]) => `${name}://${path}`),
  fc.constantFrom(
    'mcp+github+test://a',
    'ui://mcp+github/a',
    'ui://mcp+plain/a',
    'mcp+plain+mcp+plain+x',
    'mcp+github+ui://a',
    'MCP+GITHUB+x',
    'ui://',
    'ui:///',
    '',
    'relative/path',
    '{+uri}',
    'test://{a}/{?b,c}',
  ),
);
const server = fc.constantFrom(...servers.map(({ name }) => name));

describe('URIs of many servers in one space', () => {
  it.each([
    ['github', 'test://a/b?c#d', 'mcp+github+test://a/b?c#d'],
    ['github', 'file:///etc/hosts', 'mcp+github+file:///etc/hosts'],
    ['github', 'ui://app/view.html', 'ui://mcp+github/app/view.html'],
    ['GitLab', 'repo://{owner}/{+path}', 'mcp+GitLab+repo://{owner}/{+path}'],
    ['plain', 'test://a', 'test://a'],
    ['plain', 'mcp+github+test://a', 'mcp+plain+mcp+github+test://a'],
    ['plain', 'mcp+nobody+test://a', 'mcp+nobody+test://a'],
  ])('of %s: %s is shown as %s', (name, original, shown) => {
    expect(uris.expose(name, original)).toBe(shown);
    expect(uris.locate(shown)).toEqual({ server: name, original });
  });

  it('lead back to their own server as they were, whatever they are', () => {
    fc.assert(
      fc.property(server, hostile, (name, original) => {
        expect(uris.locate(uris.expose(name, original))).toEqual({ server: name, original });
      }),
      { numRuns: 3000 },
    );
  });

  it('are never the same for two servers', () => {
    fc.assert(
      fc.property(server, hostile, server, hostile, (a, one, b, other) => {
        fc.pre(a !== b || one !== other);
        expect(uris.expose(a, one)).not.toBe(uris.expose(b, other));
      }),
      { numRuns: 3000 },
    );
  });

  it('have one spelling: what leads somewhere is what is shown of it, but for capitals', () => {
    fc.assert(
      fc.property(hostile, (uri) => {
        const { server: name, original } = uris.locate(uri)!;
        expect(uris.expose(name, original).toLowerCase()).toBe(uri.toLowerCase());
      }),
      { numRuns: 3000 },
    );
  });

  it('survive the normalising of URL parsers as the original does', () => {
    const ordinary = fc.webUrl({ validSchemes: ['test', 'repo', 'ui'], withFragments: true });
    fc.assert(
      fc.property(server, ordinary, (name, original) => {
        const shown = new URL(uris.expose(name, original)).href;
        const located = uris.locate(shown)!;
        expect(located.server).toBe(name);
        expect(new URL(located.original).href).toBe(new URL(original).href);
      }),
      { numRuns: 1000 },
    );
  });

  it('lead back when the name of the server has lost its capitals', () => {
    expect(uris.locate('mcp+gitlab+test://A')).toEqual({ server: 'GitLab', original: 'test://A' });
  });

  it('expand as templates to the mapped URI of the original expansion', () => {
    const value = fc.stringMatching(/^[a-z0-9 /?&%é-]{1,12}$/);
    const template = fc.constantFrom(
      't://{a}',
      't://x/{+a}/y{?b}',
      'ui://{a}/v',
      '{+a}',
      't:{a}.{b}',
    );
    fc.assert(
      fc.property(server, template, value, value, (name, original, a, b) => {
        const shown = new UriTemplate(uris.expose(name, original)).expand({ a, b });
        const expanded = new UriTemplate(original).expand({ a, b });
        expect(uris.locate(shown)).toEqual({ server: name, original: expanded });
      }),
    );
  });

  it('without a server of plain URIs, others lead nowhere', () => {
    const mapped = new UriSpace([{ name: 'a', plainUris: false }]);
    for (const uri of ['test://a', 'mcp+b+test://a', 'mcp+a', 'xmcp+a+b', 'mcp+a+ui://x', '']) {
      expect(mapped.locate(uri)).toBeUndefined();
    }
  });
});
