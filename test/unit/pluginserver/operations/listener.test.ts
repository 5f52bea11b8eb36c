import { connect } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { OperationsListener } from '../../../../kong/pluginserver/operations/listener.js';
import { sourceOf } from '../../../../kong/pluginserver/operations/operations.js';
import { Pages } from '../../../../kong/pluginserver/operations/pages.js';
import { Reporter } from '../../../../kong/pluginserver/operations/report.js';
import type {
  DetailsAsked,
  LoadedPlugin,
} from '../../../../kong/pluginserver/instances/load-plugins.js';
import { Refusals } from '../../../../kong/pluginserver/refused/refusals.js';
import { ConfigError } from '../../../../lib/errors/errors.js';
import { freePort } from '../../../support/ports.js';
import { until } from '../../../support/readiness.js';
import { exchange } from '../../../support/rpc.js';

const missing: string[] = [];
const plugin = {
  module: { getVersion: () => '1.2.3' },
  status: () => ({ endpoints: [] }),
  missing: () => missing,
  details: async ({ endpoint, server }: DetailsAsked) =>
    server === 's' ? { asked: `${endpoint} ${server}` } : undefined,
} as unknown as LoadedPlugin;

describe('the operations listener', () => {
  const listeners: OperationsListener[] = [];
  afterEach(() => {
    missing.length = 0;
    for (const listener of listeners.splice(0)) listener.close();
  });

  async function start(port?: number, refusals = new Refusals(), refusedIsReady = false) {
    const own = port ?? (await freePort());
    const plugins = new Map([['mcp-test', plugin]]);
    const pages = new Pages(sourceOf(new Reporter(plugins, refusals, refusedIsReady)));
    const options = { host: '127.0.0.1', port: own, hosts: [], refusedIsReady };
    const listener = new OperationsListener(options, pages);
    listeners.push(listener);
    await listener.start();
    const get = (path: string, method = 'GET', headers = {}, body?: string) =>
      exchange(`http://127.0.0.1:${own}${path}`, method, headers, body);
    return { listener, pages, get, port: own };
  }

  it('is alive from the start, ready when Kong can reach it, and not ready once it stops', async () => {
    const { get, pages } = await start();
    expect((await get('/health')).status).toBe(200);
    const starting = await get('/ready');
    expect(starting.status).toBe(503);
    expect(JSON.parse(starting.text)).toEqual({
      ready: false,
      missing: ['the plugin server is starting'],
    });
    pages.serving();
    expect((await get('/ready')).status).toBe(200);
    missing.push('endpoint e: server s');
    const waiting = await get('/ready');
    expect([waiting.status, JSON.parse(waiting.text)]).toEqual([
      503,
      { ready: false, missing: ['endpoint e: server s'] },
    ]);
    pages.stopping();
    expect((await get('/ready')).text).toContain('stopping');
    expect((await get('/health')).status).toBe(200);
  });

  it('shows status and figures, in their types, never kept by a cache', async () => {
    const { get } = await start();
    const status = await get('/status?x=1');
    expect(JSON.parse(status.text)).toMatchObject({
      plugins: { 'mcp-test': { version: '1.2.3', endpoints: [] } },
    });
    expect(status.headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'no-store',
    });
    const metrics = await get('/metrics');
    expect(metrics.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  });

  it.each([
    [false, 503],
    [true, 200],
  ])('with refusedIsReady %s a refused configuration is ready with %i', async (ready, status) => {
    const refusals = new Refusals();
    const { get, pages } = await start(undefined, refusals, ready);
    pages.serving();
    expect((await get('/ready')).status).toBe(200);
    const config = { __plugin_id: 'p1', route_id: 'r1' };
    const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const refusal = refusals.add('mcp-test', config, new ConfigError('resource', 'is odd'));
    stderr.mockRestore();
    refusal.route = 'named';
    const page = await get('/ready');
    expect(page.status).toBe(status);
    const hindrance = 'route named: the configuration of mcp-test is refused';
    if (!ready) expect(JSON.parse(page.text)).toEqual({ ready: false, missing: [hindrance] });
    expect(JSON.parse((await get('/status')).text)).toMatchObject({
      ready,
      refused_configurations: [
        { plugin: 'mcp-test', endpoint: 'r1', route: 'named', reason: 'resource: is odd' },
      ],
    });
    refusals.accepted('mcp-test', config);
    expect((await get('/ready')).status).toBe(200);
  });

  it('answers HEAD without a body', async () => {
    const { get } = await start();
    const head = await get('/health', 'HEAD');
    expect([head.status, head.text]).toEqual([200, '']);
    expect(Number(head.headers['content-length'])).toBeGreaterThan(5);
  });

  it('serves the console by files of its own, with nothing inline and nothing from elsewhere', async () => {
    const { get } = await start();
    const page = await get('/console');
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    const scripts = ['main', 'dom', 'rules', 'sections', 'tools', 'words'].map(
      (name) => `${name}.mjs`,
    );
    for (const name of ['style.css', 'icon.svg', ...scripts]) {
      const file = await get(`/console/${name}`);
      expect(file.status, name).toBe(200);
      expect(file.headers['x-content-type-options']).toBe('nosniff');
      expect(file.headers['content-security-policy']).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
          "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      );
      // The one address is a namespace.
      expect(file.text.replace('http://www.w3.org/2000/svg', '')).not.toMatch(
        /\/\/\w+\.\w|innerHTML/,
      );
      for (const [, link = ''] of file.text.matchAll(/from '\.\/([^']+)'/g)) {
        expect((await get(`/console/${link}`)).headers['content-type']).toMatch(
          /^text\/javascript/,
        );
      }
    }
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    expect(page.text).not.toMatch(/<style|style=|\son\w+=|<script(?![^>]*src="console\/)/);
    expect([...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, to]) => to)).toEqual([
      'console/icon.svg',
      'console/style.css',
      'console/main.mjs',
      '#main',
    ]);
  });

  it('finds no other file by the console, and leads its folder to the page', async () => {
    const { get } = await start();
    for (const path of ['copy-to-dist.mjs', '..%2fpages.js', '../pages.js', 'constructor', '%00']) {
      expect((await get(`/console/${path}`)).status, path).toBe(404);
    }
    const folder = await get('/console/');
    expect([folder.status, folder.headers.location]).toEqual([308, '../console']);
    expect((await get('/console', 'GET', { host: 'attacker.example' })).status).toBe(421);
    expect((await get('/console', 'POST')).status).toBe(405);
  });

  it('gives the tools of a server in full, and 404 for what is not there', async () => {
    const { get } = await start();
    const tools = await get('/status/tools?endpoint=e%201&server=s');
    expect([tools.status, JSON.parse(tools.text)]).toEqual([200, { asked: 'e 1 s' }]);
    expect((await get('/status/tools?endpoint=e%201&server=other')).status).toBe(404);
    expect((await get('/status/tools')).status).toBe(404);
    expect((await get(`/status/tools?server=s&endpoint=${'e'.repeat(2_000)}`)).status).toBe(404);
  });

  it('refuses other methods, paths and hosts', async () => {
    const { get } = await start();
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const refused = await get('/status', method, {}, method === 'POST' ? 'x' : undefined);
      expect([refused.status, refused.headers.allow]).toEqual([405, 'GET, HEAD']);
    }
    for (const path of ['/', '/Status', '/status/', '//status']) {
      expect((await get(path)).status, path).toBe(404);
    }
    const rebound = await get('/status', 'GET', { host: 'attacker.example' });
    expect([rebound.status, rebound.text]).toEqual([421, 'this Host is not served here\n']);
    expect((await get('/status', 'GET', { host: 'localhost:1' })).status).toBe(200);
  });

  it('holds few connections', async () => {
    const { get, port } = await start();
    const idle = Array.from({ length: 80 }, () => connect(port, '127.0.0.1'));
    const ended = idle.map((socket) => {
      socket.on('error', () => undefined);
      return new Promise<void>((resolve) => socket.once('close', () => resolve()));
    });
    // Those above the bound are closed at once, before they say anything.
    await Promise.race(ended);
    for (const socket of idle) socket.destroy();
    await Promise.all(ended);
    await until(async () => (await get('/health').catch(() => undefined))?.status === 200, {
      what: 'it never recovered',
    });
  });

  it('waits for an address that a predecessor still holds', async () => {
    const first = await start();
    const second = await start(first.port);
    second.pages.serving();
    expect((await first.get('/ready')).status).toBe(503);
    first.listener.close();
    await until(async () => (await second.get('/ready').catch(() => undefined))?.status === 200, {
      what: 'the successor never took the address',
    });
  });

  it('says at once that an address can never be had', async () => {
    const pages = new Pages(sourceOf(new Reporter(new Map(), new Refusals(), false)));
    const options = { host: '192.0.2.1', port: 1, hosts: [], refusedIsReady: false };
    const listener = new OperationsListener(options, pages);
    await expect(listener.start()).rejects.toThrow(
      '--operations 192.0.2.1:1 cannot be listened at',
    );
  });
});
