import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { openapiCommand } from '../../../kong/cli/openapi/openapi-command.js';
import { serverRemarks } from '../../../kong/cli/validate/cross-checks.js';
import { readConfig } from '../../../plugins/mcp-aggregate/config/config.js';
import { kongConfig } from '../../support/aggregate/harness.js';
import { petsDocument } from '../../support/openapi/document.js';

describe('kong-mcp openapi', () => {
  let folder: string;
  let file: string;
  let out: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kong-mcp-'));
    file = join(folder, 'Pet Shop.json');
    out = join(folder, 'out.yml');
    await writeFile(file, JSON.stringify(petsDocument));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const run = (...options: string[]) => openapiCommand([file, '--out', out, ...options]);

  it('writes what serves the document, and says what each operation became', async () => {
    const said = await run('--include', 'tag:pets', '--include', 'deletePet');
    expect(said).toContain('Pets 1.2: 2 tools, with pet-shop__ before their names');
    expect(said).toMatch(/listPets +GET \/pets\n/);
    expect(said).toMatch(/- POST \/pets: not included\n/);
    const text = await readFile(out, 'utf8');
    expect(parse(text).services[0].routes[0]).toMatchObject({ paths: ['/internal/pet-shop'] });
    const entry = text.slice(text.indexOf('# servers:')).replaceAll(/^# ?/gm, '');
    expect(parse(entry)).toEqual({
      servers: [
        {
          name: 'pet-shop',
          route: { path: '/internal/pet-shop' },
          openapi: {
            file: 'Pet Shop.json',
            include: [{ tag: 'pets' }, { operation: 'deletePet' }],
          },
        },
      ],
    });
    await expect(run()).rejects.toThrow('--force replaces it');
    await run(
      '--force',
      '--writing',
      '--name',
      'shop',
      '--route',
      '/own',
      '--service',
      'http://x/v1',
    );
    expect(parse(await readFile(out, 'utf8')).services[0]).toMatchObject({
      name: 'shop',
      url: 'http://x/v1',
    });
  });

  it('says what differs from an older document', async () => {
    const old = join(folder, 'old.json');
    const before = JSON.parse(JSON.stringify(petsDocument));
    before.paths['/pets'].get.parameters.pop();
    before.paths['/old'] = { get: { responses: {} } };
    delete before.paths['/pets/{id}'].get;
    await writeFile(old, JSON.stringify(before));
    expect(await run('--diff', old)).toBe('- get_old\n~ listPets: with argument limit\n+ getPet\n');
    expect(await run('--diff', file)).toBe('No tool differs.\n');
    await expect(readFile(out)).rejects.toThrow('ENOENT');
  });

  it.each([
    [['--name', 'a b'], '--name'],
    [['--route', 'internal'], '--route'],
    [['--diff', '/none'], 'cannot be read (ENOENT)'],
  ])('refuses %j', async (options, why) => {
    await expect(run(...options)).rejects.toThrow(why);
  });
});

describe('kong-mcp validate', () => {
  const remarks = (server: object, paths: readonly string[]) => {
    const base = kongConfig([{ name: 'api' }]);
    const servers = [{ ...base.servers![0]!, url: undefined, ...server }];
    const config = readConfig({ ...base, servers });
    const routes = [{ name: 'r', given: { paths }, service: undefined }];
    const declared = { plugins: [{ name: 'mcp-aggregate', config: { mode: 'internal' }, routes }] };
    return serverRemarks(config as never, declared as never, undefined).map(
      ({ message }) => message,
    );
  };
  const route = { path: '/internal/api', internal: true };
  const api = (document: string) => ({
    document,
    include: [],
    exclude: [],
    operations: [],
    scopes_from_security: false,
    output_schemas: true,
  });
  const good = api(JSON.stringify(petsDocument));

  it('looks for the route of an API, and into its document', () => {
    expect(remarks({ route, openapi: good }, ['/internal/api'])).toEqual([]);
    expect(remarks({ route, openapi: good }, ['~/internal/api$'])[0]).toContain(
      'matches /internal/api/x',
    );
    expect(remarks({ route: { ...route, internal: false }, openapi: good }, [])).toEqual([]);
    expect(remarks({ route, openapi: api('{"openapi":"3.0.0"}') }, [])[0]).toContain(
      'has no paths',
    );
    const writing = api('{"openapi":"3.0.0","paths":{"/a":{"post":{}}}}');
    expect(remarks({ route, openapi: writing }, [])[0]).toContain('no operation of its document');
  });
});
