import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { consolePage } from '../../../../kong/pluginserver/operations/console-page.js';
import { originsOf } from '../../../../kong/pluginserver/operations/playground.js';
import { readPlayground } from '../../../../kong/pluginserver/operations/read-playground.js';
import { readOptions } from '../../../../kong/pluginserver/options.js';
import { projectFile } from '../../../support/project.js';

const endpoint = 'https://gw.example/mcp';
const issuer = 'https://login.example/realm';

describe('the switch of the playground', () => {
  const of = (args: string[], env = {}) => {
    const options = readOptions(['--socket', 'x', ...args], env);
    return typeof options === 'object' ? options.operations?.playground : options;
  };

  it('is off unless endpoints are named, by flag before environment', () => {
    expect(of([])).toBeUndefined();
    expect(of(['--operations', '1'])).toBeUndefined();
    const env = { KONG_MCP_OPERATIONS: '1', KONG_MCP_PLAYGROUND: endpoint };
    expect(of([], env)).toEqual({ endpoints: [endpoint], logins: [] });
    expect(of(['--playground', `${endpoint}/b`], env)?.valueOf()).toMatchObject({
      endpoints: [`${endpoint}/b`],
    });
    const login = { ...env, KONG_MCP_PLAYGROUND_LOGINS: issuer };
    expect(of([], login)).toMatchObject({ logins: [{ issuer }] });
  });

  it('is refused where it could not work', () => {
    expect(() => of(['--playground', endpoint])).toThrow('--playground needs --operations');
    expect(() => of(['--operations', '1', '--playground-logins', issuer])).toThrow(
      '--playground-logins needs --playground',
    );
    expect(() => of(['--operations', '1', '--playground', 'x'])).toThrow('--playground must be');
  });
});

describe('what the playground may call', () => {
  it('is read as it is written', () => {
    expect(
      readPlayground(
        `${endpoint}, http://127.0.0.1:8000/mcp,http://localhost:1/x`,
        `${issuer} client_id=a:b=c https://token.example, http://127.0.0.1:9000`,
      ),
    ).toEqual({
      endpoints: [endpoint, 'http://127.0.0.1:8000/mcp', 'http://localhost:1/x'],
      logins: [
        { issuer, clientId: 'a:b=c', also: ['https://token.example'] },
        { issuer: 'http://127.0.0.1:9000', also: [] },
      ],
    });
  });

  it.each([
    ['', ''],
    ['gw.example/mcp', ''],
    ['http://gw.example/mcp', ''],
    ['ftp://gw.example', ''],
    ['javascript:alert(1)', ''],
    ['https://user@gw.example/mcp', ''],
    ['https://gw.example/mcp?x', ''],
    ['https://gw.example/mcp#x', ''],
    ['https://[::1]/mcp', ''],
    ["https://gw.example 'unsafe-inline'", ''],
    [Array.from({ length: 65 }, () => endpoint).join(), ''],
    [endpoint, 'http://login.example'],
    [endpoint, `${issuer} client_id=`],
    [endpoint, `${issuer} client_id=a client_id=b`],
    [endpoint, `${issuer} https://token.example/path`],
    [endpoint, `${issuer} *`],
    [endpoint, 'client_id=a'],
  ])('is not %j with %j', (endpoints, logins) => {
    expect(readPlayground(endpoints, logins)).toBeUndefined();
  });

  it('is each origin once', () => {
    const options = readPlayground(`${endpoint},${endpoint}/b`, `${issuer} https://token.example`);
    expect(originsOf(options!)).toEqual([
      'https://gw.example',
      'https://login.example',
      'https://token.example',
    ]);
  });
});

describe('the page of the playground', () => {
  const on = readPlayground(endpoint, issuer)!;
  const files = readdirSync(projectFile('kong/pluginserver/console/playground'))
    .filter((name) => name !== 'index.html')
    .map((name) => `/console/playground/${name}`);
  const all = ['/console/playground', '/console/playground/settings', ...files];

  it.each(all)('%s is there where it is switched on, and nowhere else', async (path) => {
    expect(await consolePage(path)).toBeUndefined();
    const page = await consolePage(path, on);
    expect(page?.status).toBe(200);
    expect(page?.headers?.['content-security-policy']).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; " +
        "connect-src 'self' https://gw.example https://login.example; " +
        "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect(page?.body).not.toMatch(/innerHTML|insertAdjacent|document\.write|eval\(/);
  });

  it('has no script or style of its own, and links that work below any path', async () => {
    const { body = '' } = (await consolePage('/console/playground', on)) ?? {};
    expect(body).not.toMatch(/<style|style=|\son\w+=|<script(?![^>]*src="playground\/)/);
    const links = [...body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, to]) => to!);
    for (const link of links.filter((one) => !one.startsWith('#'))) {
      const { pathname } = new URL(link, 'http://x/console/playground');
      expect((await consolePage(pathname, on))?.status, link).toBe(200);
    }
    expect((await consolePage('/console/playground/', on))?.headers).toEqual({
      location: '../playground',
    });
  });

  it('tells what it may call, and the console stays as strict as it was', async () => {
    const { body = '' } = (await consolePage('/console/playground/settings', on)) ?? {};
    expect(JSON.parse(body)).toEqual(on);
    const console = await consolePage('/console', on);
    expect(console?.headers?.['content-security-policy']).toContain("connect-src 'self';");
  });
});
