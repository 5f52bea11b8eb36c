import { describe, expect, it } from 'vitest';
import { convert, json, openapi, toolOf } from '../../../support/openapi/convert.js';

const nothing = { responses: {} };

describe('names of tools', () => {
  const namesOf = (paths: object) => convert(openapi(paths)).tools.map(({ name }) => name);

  it('are operation ids made legal, else method and path', () => {
    expect(
      namesOf({
        '/a': {
          get: { operationId: 'getA', ...nothing },
          post: { operationId: 'a.b/c d', ...nothing },
        },
        '/b/{id}/c': { parameters: [parameter('id', 'path')], get: nothing },
        '/': { get: nothing },
      }),
    ).toEqual(['getA', 'a_b_c_d', 'get_b_id_c', 'get']);
  });

  it('do not depend on the order of those that have the same id', () => {
    const one = { '/one': { get: { operationId: 'same', ...nothing } } };
    const two = { '/two': { get: { operationId: 'same', ...nothing } } };
    expect(namesOf({ ...one, ...two })).toEqual(['get_one', 'get_two']);
    expect(namesOf({ ...two, ...one })).toEqual(['get_two', 'get_one']);
  });

  it('are told apart by a hash where paths read alike, and cut with one', () => {
    const clash = namesOf({
      '/a-b': { get: nothing },
      '/a/b': { get: nothing },
      '/a_b': { get: nothing },
    });
    expect(new Set(clash).size).toBe(3);
    const [long] = namesOf({ '/a': { get: { operationId: 'x'.repeat(200), ...nothing } } });
    expect(long).toMatch(/^x{41}_[0-9a-f]{6}$/);
  });

  it('stay when another operation is included', () => {
    const paths = {
      '/a': { get: { operationId: 'x', ...nothing }, post: { operationId: 'x', ...nothing } },
    };
    const include = [{ method: 'GET' }];
    const [only] = convert(openapi(paths), { include }).tools;
    expect(only!.name).toBe('get_a');
  });
});

describe('arguments', () => {
  it('are one flat object; a later place has its name behind a name that is taken', () => {
    const { listed, plan } = toolOf(
      {
        parameters: [
          parameter('id', 'path'),
          parameter('id', 'query'),
          parameter('id', 'header'),
          parameter('id', 'cookie'),
        ],
        requestBody: {
          required: true,
          ...json({ type: 'object', properties: { id: {}, id_body: {}, 'a[b]': {} } }),
        },
        ...nothing,
      },
      { path: '/{id}', method: 'post', more: {} },
    );
    expect(Object.keys(listed.inputSchema.properties)).toEqual([
      'id',
      'id_query',
      'id_header',
      'id_cookie',
      'id_body',
      'id_body_body',
      'a_b',
    ]);
    expect(plan.body).toMatchObject({
      fields: [{ name: 'id' }, { name: 'id_body' }, { name: 'a[b]' }],
    });
  });

  it('are the whole body where it is no plain object', () => {
    const bodyOf = (schema: object, required = true) =>
      Object.keys(
        toolOf({ requestBody: { required, ...json(schema) }, ...nothing }, { method: 'post' })
          .listed.inputSchema.properties,
      );
    const properties = { a: {}, b: {} };
    expect(bodyOf({ type: 'object', properties })).toEqual(['a', 'b']);
    expect(bodyOf({ type: 'object', properties }, false)).toEqual(['a', 'b']);
    expect(bodyOf({ type: 'object', properties, required: ['a'] }, false)).toEqual(['body']);
    expect(bodyOf({ type: 'object', properties, additionalProperties: {} })).toEqual(['body']);
    expect(bodyOf({ allOf: [{ type: 'object', properties }] })).toEqual(['body']);
    expect(bodyOf({ type: 'array' })).toEqual(['body']);
  });

  it('are not what the configuration sends, nor what no caller may', () => {
    const names = [
      'X-Key',
      'Authorization',
      'X-Kong-Thing',
      'X-Consumer-ID',
      'If-Match',
      'Host',
      'X-Own',
    ];
    const parameters = names.map((name) => parameter(name, 'header'));
    const { listed, notes } = toolOf(
      { parameters, ...nothing },
      {
        takenHeaders: ['x-key'],
      },
    );
    expect(Object.keys(listed.inputSchema.properties)).toEqual(['If-Match', 'X-Own']);
    expect(notes).toHaveLength(4);
  });

  it('that are fixed are not shown, and must be there', () => {
    const overrides = [{ operation: 'op', fixed: ['tenant'] }];
    const operation = {
      operationId: 'op',
      parameters: [parameter('tenant', 'query', true)],
      ...nothing,
    };
    const { listed, fixed } = toolOf(operation, { overrides });
    expect(listed.inputSchema).toEqual({
      type: 'object',
      properties: {},
      additionalProperties: false,
    });
    expect(fixed).toEqual([{ name: 'tenant', isText: true }]);
    const other = { ...operation, parameters: [parameter('Tenant', 'query', true)] };
    expect(() => toolOf(other, { overrides })).toThrow('fixed has tenant');
  });
});

describe('what becomes a tool', () => {
  const paths = {
    '/a': {
      get: { operationId: 'getA', tags: ['one'], ...nothing },
      post: { operationId: 'postA', tags: ['one'], ...nothing },
    },
    '/b': {
      head: { operationId: 'headB', tags: ['two'], ...nothing },
      delete: { operationId: 'deleteB', 'x-kong-mcp-exclude': true, ...nothing },
    },
  };
  const chosen = (options: object) =>
    convert(openapi(paths), { include: [], ...options }).tools.map(({ name }) => name);

  it.each([
    [{}, ['getA', 'headB']],
    [{ include: [{ tag: 'one' }] }, ['getA']],
    [{ include: [{ tag: 'one', method: '*' }] }, ['getA', 'postA']],
    [{ include: [{ operation: 'post*' }] }, ['postA']],
    [{ include: [{ operation: 'POST /a' }, { path: '/b' }] }, ['postA', 'headB']],
    [{ include: [{ method: '*' }] }, ['getA', 'postA', 'headB']],
    [{ exclude: [{ path: '/a' }] }, ['headB']],
    [{ overrides: [{ operation: 'getA', hide: true }] }, ['headB']],
    [{ overrides: [{ operation: 'HEAD /b', name: 'mine' }] }, ['getA', 'mine']],
  ])('%j', (options, names) => {
    expect(chosen(options)).toEqual(names);
  });

  it('is described by decK’s words, and hinted by its method', () => {
    const operation = {
      'x-kong-mcp-tool-name': 'list-flights',
      'x-kong-mcp-tool-description': 'All flights.',
      summary: 'Flights',
      ...nothing,
    };
    expect(toolOf(operation).listed).toMatchObject({
      name: 'list-flights',
      description: 'All flights.',
      annotations: {
        title: 'Flights',
        readOnlyHint: true,
        destructiveHint: false,
        idempotentHint: true,
      },
    });
    const hints = (method: string) => toolOf(nothing, { method }).listed.annotations;
    expect(hints('put')).toEqual({
      readOnlyHint: false,
      destructiveHint: true,
      idempotentHint: true,
    });
    expect(hints('post')).toEqual({
      readOnlyHint: false,
      destructiveHint: true,
      idempotentHint: false,
    });
  });
});

describe('scopes of the document', () => {
  const schemes = { o: { type: 'oauth2' }, k: { type: 'apiKey' }, c: { type: 'openIdConnect' } };
  const scopes = (security: object | undefined, more: object = {}) =>
    toolOf(security === undefined ? nothing : { security, ...nothing }, {
      more: { components: { securitySchemes: schemes }, ...more },
    }).scopes;

  it.each([
    [undefined, []],
    [[{ o: ['b', 'a'] }], ['a', 'b']],
    [[{ o: ['a'], c: ['b'], k: ['x'] }], ['a', 'b']],
    [[{ k: [] }, { o: ['a'] }, { o: ['b'] }], ['a']],
    [[{ o: ['a'] }, {}], []],
    [[], []],
  ])('%j', (security, wanted) => {
    expect(scopes(security)).toEqual(wanted);
  });

  it('are the document’s where the operation has none of its own', () => {
    expect(scopes(undefined, { security: [{ o: ['a'] }] })).toEqual(['a']);
    expect(scopes([], { security: [{ o: ['a'] }] })).toEqual([]);
    const usual = { 'x-kong-mcp-default-acl': [{ scope: 'tools', allow: ['read'] }] };
    expect(scopes(undefined, usual)).toEqual(['read']);
  });
});

function parameter(name: string, place: string, required = place === 'path'): object {
  return { name, in: place, required, schema: { type: 'string' } };
}
