import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { chromiumMissing, inChromium, startChromium } from '../../support/browser/chromium.js';
import type { Chromium } from '../../support/browser/chromium.js';
import { noticeFaults } from '../../support/browser/notice-faults.js';
import { allow } from '../../support/browser/person.js';
import { xssCorpus } from '../../support/hostile/xss-corpus.js';
import { projectFile } from '../../support/project.js';
import { startPlaygroundRig } from '../../support/rig/playground-rig.js';
import type { PlaygroundRig } from '../../support/rig/playground-rig.js';

/** Elements that the page makes itself. */
const own =
  'button,code,dd,details,div,form,h2,h3,h4,img,input,label,li,option,p,pre,section,select,span,summary,textarea,ul';

interface Contrasts {
  readonly ground: number;
  readonly low: readonly string[];
}

describe.skipIf(chromiumMissing !== undefined)(inChromium('the playground'), () => {
  let rig: PlaygroundRig;
  let chromium: Chromium;
  let page: Page;
  const noticed: string[] = [];
  const requests: string[] = [];

  beforeAll(async () => {
    [rig, chromium] = await Promise.all([startPlaygroundRig(), startChromium()]);
  });
  afterAll(async () => {
    await chromium?.close();
    await rig?.stop();
  });
  afterEach(async () => {
    await page?.context().close();
    expect(noticed.splice(0)).toEqual([]);
    requests.length = 0;
  });

  /** Opens the page with this endpoint chosen; whatever a page should not do is noticed. */
  async function open(path: string, address = rig.page): Promise<Page> {
    page = await chromium.page();
    const known = [address, rig.gateway.url, rig.issuer.url, rig.provider.issuer];
    const origins = known.map((url) => new URL(url).origin);
    noticeFaults(page, noticed);
    page.on('request', (request) => {
      requests.push(request.url());
      const { origin, protocol } = new URL(request.url());
      if (protocol !== 'data:' && !origins.includes(origin)) noticed.push(request.url());
    });
    await page.addInitScript({ path: projectFile('test/support/browser/look.mjs') });
    await page.goto(address);
    await page.selectOption('#endpoint', { label: rig.gateway.at(path) });
    await press('Connect');
    return page;
  }

  const press = (name: string) => page.getByRole('button', { name, exact: true }).first().click();
  const part = () => page.locator('.result .part').first().innerText();
  const trouble = () => page.locator('.trouble').innerText();
  const standing = () => page.getByText('connected', { exact: true }).waitFor();
  const names = () => page.locator('.choices button').allInnerTexts();
  const stored = () => page.evaluate<number>('sessionStorage.length + localStorage.length');

  async function logIn(path = '/mcp'): Promise<void> {
    await open(path);
    await press('Log in');
    await allow(page);
    await standing();
  }

  it('logs its visitor in by PKCE, and calls a tool as that person', async () => {
    await open('/mcp');
    expect(await page.locator('.hint').innerText()).toContain('This endpoint wants a login');
    await press('Log in');
    expect(await allow(page)).toContain('mcp:tools');
    await standing();
    await press('fine__mixed');
    await page.fill('#field-0', 'hello');
    await page.selectOption('#field-1', { label: '"long"' });
    await page.fill('#field-2', '12345678901234567890');
    await page.selectOption('#field-3', 'true');
    await page.fill('#field-4', '{"a": [1]}');
    await press('Call');
    expect(await part()).toMatch(/^mixed was given {"text":"hello","kind":"long",/);
    expect(rig.fine.of('tools/call').at(-1)?.body).toContain(
      '{"text":"hello","kind":"long","big":12345678901234567890,"loud":true,"more":{"a": [1]}}',
    );
  });

  it('keeps tokens out of storage, cookies and addresses, and codes out of its own', async () => {
    await logIn();
    expect(page.url()).toBe(rig.page);
    expect(await stored()).toBe(0);
    expect(await page.evaluate('document.cookie')).toBe('');
    // The code came back in the fragment, which no server sees.
    const seen = requests.filter((url) => url.startsWith(rig.page));
    expect(seen.filter((url) => new URL(url).search !== '')).toEqual([]);
    expect(requests.filter((url) => /access_token|eyJ/.test(url))).toEqual([]);
  });

  it('forgets the token at the logout, when it is left, and for another endpoint', async () => {
    await logIn();
    await press('Log out');
    expect(await page.locator('.choices').count()).toBe(0);
    await press('Connect');
    await page.getByText('This endpoint wants a login').waitFor();
    await press('Log in');
    // The authorization server knows the person still, and asks for the consent of this client.
    await allow(page);
    await standing();
    await page.selectOption('#endpoint', { label: rig.gateway.at('/open') });
    await page.selectOption('#endpoint', { label: rig.resource });
    await press('Connect');
    await page.getByText('This endpoint wants a login').waitFor();
    await press('Log in');
    await allow(page);
    await standing();
    await page.reload();
    await press('Connect');
    await page.getByText('This endpoint wants a login').waitFor();
  });

  it('asks again with more scopes where a tool needs them', async () => {
    await logIn();
    await press('fine__guarded');
    await press('Call');
    expect(await trouble()).toMatch(/More rights are needed[^]*mcp:more/);
    await press('Log in');
    expect(await allow(page)).toContain('mcp:more');
    await standing();
    // The tool is chosen still.
    await press('Call');
    expect(await part()).toBe('guarded was given {}');
  });

  it('logs in by way of the gateway where the endpoint has a facade', async () => {
    await logIn('/facade');
    expect(await page.locator('#access').innerText()).toContain(
      `logged in at ${rig.gateway.at('/facade')}`,
    );
    await press('fine__guarded');
    await press('Call');
    expect(await part()).toBe('guarded was given {}');
  });

  it('takes a token that its visitor has, and says when it is not taken', async () => {
    await open('/mcp');
    await page.fill('#token', await rig.issuer.token('http://127.0.0.1:1/other'));
    await press('Use it');
    expect(await trouble()).toMatch(/The token is not taken \(401\)[^]*invalid_token/);
    await page.fill('#token', await rig.issuer.token(rig.resource, 'bob'));
    await press('Use it');
    await standing();
    await press('fine__mixed');
    await press('Write JSON');
    await page.fill('#field-all', '{"text": "by hand"}');
    await press('Call');
    expect(await part()).toContain('by hand');
    expect(await stored()).toBe(0);
  });

  it('shows no login where there is none, and no tool that rules hide', async () => {
    await open('/open');
    await standing();
    expect(await page.locator('#token').count()).toBe(0);
    expect(await names()).toContain('fine__mixed');
    expect(await names()).not.toContain('fine__secret');
    // As it would be called by a page that knew the name all the same.
    await page.route('**/open', (route) => {
      const body = route.request().postData() ?? '';
      return route.continue({ postData: body.replace('"fine__mixed"', '"fine__secret"') });
    });
    await press('fine__mixed');
    await page.selectOption('#field-1', { index: 1 });
    await press('Call');
    expect(await trouble()).toMatch(/Error -32602\s+Unknown tool: fine__secret/);
    expect(rig.fine.of('tools/call').map(({ params }) => params.name)).not.toContain('secret');
  });

  it('speaks without sessions where the endpoint has none', async () => {
    await open('/modern');
    await standing();
    expect(await page.locator('#access').innerText()).toContain('MCP 2026-07-28');
    await press('fine__failing');
    await press('Call');
    expect(await part()).toBe('failing was given {}');
    expect(await page.locator('.result').innerText()).toContain('the tool says that it failed');
  });

  it('says what an endpoint lacks that does not let the page in', async () => {
    await open('/bare');
    const { origin } = new URL(rig.page);
    expect(await trouble()).toContain(`Kong's cors plugin must be on its route, with ${origin}`);
  });

  it('works by another name of the machine only where that is allowed', async () => {
    await open('/open', rig.page.replace('127.0.0.1', 'localhost'));
    expect(await trouble()).toContain('does not let pages of http://localhost');
  });

  it('shows progress, and gives up a call', async () => {
    await open('/open');
    await press('fine__slow');
    await press('Call');
    await page.getByText('progress 1 of 2 half').waitFor();
    await press('Cancel');
    expect(await trouble()).toContain('Cancelled');
    await rig.fine.until('notifications/cancelled');
  });

  it('shows pictures that are nothing else', async () => {
    await open('/open');
    await press('fine__picture');
    await press('Call');
    await page.locator('.result img').waitFor();
    const width = 'document.querySelector(".result img").naturalWidth';
    await expect.poll(() => page.evaluate(width)).toBe(1);
  });

  it('shows what servers write as text, and runs none of it', async () => {
    await open('/open');
    for (const name of ['hostile__tool_0', 'hostile__tool_1']) {
      await press(name);
      await page.selectOption('#field-1', { index: 1 });
      await press('Call');
      await page.locator('.result, .trouble').first().waitFor();
      await page.evaluate(
        "document.querySelectorAll('details').forEach((one) => (one.open = true))",
      );
      const made = await page.evaluate<{ foreign: string[]; attributes: string[] }>(
        `look.made('main', '${own}')`,
      );
      expect(made.foreign).toEqual([]);
      const known =
        /^(aria-[\w-]+|autocomplete|class|for|id|open|role|rows|selected|spellcheck|tabindex|type|value)$/;
      expect(made.attributes.filter((one) => !known.test(one))).toEqual([]);
      const text = await page.locator('main').innerText();
      for (const hostile of xssCorpus.slice(0, -1)) expect(text).toContain(hostile);
    }
    expect(await page.evaluate('"hostileRan" in window')).toBe(false);
    expect(await page.locator('.result img').count()).toBe(0);
  });

  it('may connect to nobody but those who are configured', async () => {
    await open('/open');
    await standing();
    const violation = await page.evaluate(`new Promise((resolve) => {
      document.onsecuritypolicyviolation = (event) => resolve(event.effectiveDirective);
      fetch('${rig.hostile.url}').catch(() => undefined);
    })`);
    expect(violation).toBe('connect-src');
  });

  it('goes by keyboard', async () => {
    await open('/open');
    await page.locator('#filter').focus();
    await page.keyboard.type('mixed');
    expect(await names()).toEqual(['fine__mixed']);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.locator('#field-0').focus();
    await page.keyboard.type('typed');
    await page.keyboard.press('Enter');
    // What is missing is said, and is where the next key goes.
    await page.getByText('is needed').waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('field-1');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await part()).toContain('"text":"typed"');
  });

  it.each(['light', 'dark'] as const)(
    'can be read and fits a narrow screen, %s',
    async (scheme) => {
      await open('/open');
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width: 320, height: 700 });
      await press('hostile__tool_0');
      await page.selectOption('#field-1', { index: 1 });
      await press('Call');
      await page.locator('.result').waitFor();
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);
      const { ground, low } = await page.evaluate<Contrasts>('look.contrasts()');
      expect(scheme === 'dark' ? ground < 0.1 : ground > 0.8).toBe(true);
      expect(low).toEqual([]);
    },
  );
});
